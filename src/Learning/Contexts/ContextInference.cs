using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.Populations;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Contexts;

/// <summary>
/// The context of an event from its features alone. Context c keeps mean μ and variance v of every feature; its surprise at features x is
/// s_c = Σ_i ((x_i − μ_i)² / u_i + ln u_i) / n with u_i = v_i + ε v̄ + 10⁻⁶, twice the negative log-likelihood of independent normals per feature. The event goes to the context of
/// least s_c where that is within τ standard deviations of what the context's own events surprise it by; else to the young context, if there is one; else to the least s_c all the same,
/// its statistics untouched, and the excess over τ is summed over events (cumulative sum, Page 1954) until it opens a new context, as in Collins and Koechlin 2012, where a new strategy
/// is opened when none is reliable. Needs no label and no task.
/// </summary>
/// <remarks>
/// Reserves in Read: means and precisions 1 / u [contexts, features], Σ ln u [contexts], mean and variance of the surprise [contexts, 2], events by context and contexts open as int64;
/// in Plastic: variances [contexts, features] and the evidence; in Scratch: what was found. Precisions follow the variances at every event of a context up to its 32nd and at every 16th from then on.
/// </remarks>
public sealed class ContextInference
{
    private const float Floor = 1e-6f;
    private const float LargestSurprise = 1e15f;
    private const float LargestExcess = 4f;
    private const float SurpriseMemory = 500f;
    private const int Strange = 1;
    private readonly ContextSpec _spec;
    private readonly ContextSignal _signal;
    private readonly InputPopulation _input;
    private readonly int _stride;
    private readonly Slot _means;
    private readonly Slot _precisions;
    private readonly Slot _logs;
    private readonly Slot _surprises;
    private readonly Slot _events;
    private readonly Slot _open;
    private readonly Slot _variances;
    private readonly Slot _evidence;
    private readonly Slot _verdict;
    private readonly Slot _deviation;

    /// <summary>Reserves the statistics.</summary>
    /// <param name="layout">Layout of the program.</param>
    /// <param name="spec">How many contexts, and when a new one opens.</param>
    /// <param name="signal">Where the context goes.</param>
    /// <param name="input">The features, with dense activity.</param>
    public ContextInference(LayoutBuilder layout, ContextSpec spec, ContextSignal signal, InputPopulation input)
    {
        _spec = spec;
        _signal = signal;
        _input = input;
        _stride = LayoutBuilder.Padded(input.Units);
        _means = layout.Matrix(Region.Read, "context.means", spec.MaxContexts, input.Units);
        _precisions = layout.Matrix(Region.Read, "context.precisions", spec.MaxContexts, input.Units);
        _logs = layout.Vector(Region.Read, "context.logVariances", spec.MaxContexts);
        _surprises = layout.Matrix(Region.Read, "context.surprises", spec.MaxContexts, 2);
        _events = layout.Vector(Region.Read, "context.counts", 2 * spec.MaxContexts);
        _open = layout.Vector(Region.Read, "context.opened", 2);
        _variances = layout.Matrix(Region.Plastic, "context.variances", spec.MaxContexts, input.Units);
        _evidence = layout.Vector(Region.Plastic, "context.evidence", 1);
        _verdict = layout.Vector(Region.Scratch, "context.verdict", 1);
        _deviation = layout.Vector(Region.Scratch, "context.deviation", 1);
    }

    /// <summary>The context found by the last <see cref="Infer"/>.</summary>
    /// <param name="step">The step.</param>
    /// <returns>Its number.</returns>
    public int Current(in StepContext step) => _signal.Current(step);

    /// <summary>Finds the context of the features at hand; writes scratch only.</summary>
    /// <param name="step">The step.</param>
    public void Infer(in StepContext step)
    {
        var events = step.ViewLongs(_events);
        var open = (int)step.ViewLongs(_open)[0];
        var (best, young, least) = (-1, -1, float.PositiveInfinity);
        for (var context = 0; context < open; context++)
        {
            if (events[context] < _spec.MinimumEvents)
            {
                young = context;
                continue;
            }

            var surprise = Surprise(context, step);
            if (surprise < least)
            {
                (best, least) = (context, surprise);
            }
        }

        var deviation = best < 0 ? 0f : Deviation(best, least, step);
        var isStrange = best >= 0 && !(deviation <= _spec.Tolerance) && young < 0;
        var isLikeNone = best < 0 || !(deviation <= _spec.Tolerance);
        _signal.Give(isLikeNone && young >= 0 ? young : Math.Max(0, best), step);
        step.WriteIntegers(_verdict)[0] = isStrange ? Strange : 0;
        step.Write(_deviation)[0] = deviation;
    }

    /// <summary>Takes the event in that <see cref="Infer"/> looked at.</summary>
    /// <param name="step">A learning step.</param>
    public void Commit(in StepContext step)
    {
        var context = _signal.Current(step);
        ref var open = ref step.WriteLongs(_open)[0];
        open = Math.Max(1, open);
        var evidence = step.Write(_evidence);
        var excess = step.View(_deviation)[0] - _spec.Tolerance;
        if (step.ViewIntegers(_verdict)[0] != Strange)
        {
            evidence[0] = MathF.Max(0f, evidence[0] + MathF.Min(excess, 0f));
            Learn(context, step);
            return;
        }

        evidence[0] = MathF.Min(evidence[0] + MathF.Min(excess, LargestExcess), _spec.Evidence + LargestExcess);
        if (evidence[0] > _spec.Evidence && open < _spec.MaxContexts)
        {
            evidence[0] = 0f;
            Learn((int)open++, step);
        }
    }

    private float Surprise(int context, in StepContext step)
    {
        var sum = ContextKernels.WeightedSquares(step.View(_input.Activity)[.._stride], Row(_means, context, step), Row(_precisions, context, step));
        return MathF.Min((sum + step.View(_logs)[context]) / _input.Units, LargestSurprise);
    }

    private float Deviation(int context, float surprise, in StepContext step)
    {
        var usual = step.View(_surprises).Slice(context * LayoutBuilder.Line, 2);
        return MathF.Min((surprise - usual[0]) / MathF.Sqrt(usual[1] + 1e-12f), LargestSurprise);
    }

    private void Learn(int context, in StepContext step)
    {
        ref var count = ref step.WriteLongs(_events)[context];
        count++;
        var settled = count - (_spec.MinimumEvents / 2);
        if (settled > 0)
        {
            var rate = 1f / MathF.Min(settled, SurpriseMemory);
            var usual = step.Write(_surprises).Slice(context * LayoutBuilder.Line, 2);
            var difference = Surprise(context, step) - usual[0];
            usual[0] += rate * difference;
            usual[1] = (1f - rate) * (usual[1] + (rate * difference * difference));
        }

        var means = step.Write(_means).Slice(context * _stride, _stride);
        var variances = step.Write(_variances).Slice(context * _stride, _stride);
        ContextKernels.Follow(step.View(_input.Activity)[.._stride], 1f / MathF.Min(count, _spec.Memory), means, variances);
        means[_input.Units..].Clear();
        variances[_input.Units..].Clear();
        if (count < 32 || count % 16 == 0)
        {
            Sharpen(context, variances, step);
        }
    }

    private void Sharpen(int context, ReadOnlySpan<float> variances, in StepContext step)
    {
        var precisions = step.Write(_precisions).Slice(context * _stride, _stride);
        var smallest = (_spec.Smoothing * Reduction.Sum(variances) / _input.Units) + Floor;
        var sum = 0f;
        for (var i = 0; i < _input.Units; i++)
        {
            var variance = variances[i] + smallest;
            precisions[i] = 1f / variance;
            sum += Elementary.Log(variance);
        }

        step.Write(_logs)[context] = sum;
    }

    private ReadOnlySpan<float> Row(Slot matrix, int context, in StepContext step) => step.View(matrix).Slice(context * _stride, _stride);
}
