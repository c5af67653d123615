using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Modulators;
using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Heads;

/// <summary>
/// A mixture of learners, each with a population and a head of its own, weighed by recent surprise. With p_i the probabilities of member i, limited to [0.01, 0.99],
/// two geometric mixtures q = softmax(Σ w_i ln p_i) move their weights along the gradient of the log-loss, w_i ← w_i + η (ln p_i[c] − Σ_k q[k] ln p_i[k])
/// (Mattern 2013, eq. 4; the gated linear network of Veness et al. 2021 without its gates), a fast and a slow one; a third, linear mixture weighs by exp(−L_i) with the faded log-loss
/// L_i ← γ L_i − ln p_i[c], γ = 1 − 1 / memory (Vovk 1990). The mean of the three is m. Members are credited for their own errors only.
/// Members that follow what comes forget what does not, and are weighed by what comes. So for classes that have stopped coming (<see cref="AbsentClasses"/>), A, the members that retain answer alone:
/// with r the mean of their probabilities, the answer is r[k] for k in A and (1 − Σ_A r) m[k] / Σ_{j ∉ A} m[j] for the others (the gate and the experts of Jacobs et al. 1991); while nothing is absent it is m.
/// </summary>
/// <remarks>
/// Reserves: weights of the two mixtures and faded losses [members] in Read; log-probabilities [members, classes], mixtures [3, classes], what retaining members say and the answer [2, classes],
/// gradients [2, members], and the event and classes that were mixed in Scratch.
/// </remarks>
public sealed class EnsembleHead : IHead, IInitialise
{
    private const float Rarest = 0.01f;
    private const float FirstWeight = 0.3f;
    private const float LeastWeight = -0.2f;
    private const float LargestWeight = 3f;
    private const float LargestGradient = 8f;
    private const int Fast = 0;
    private const int Slow = 1;
    private const int Linear = 2;
    private readonly IClassHead[] _members;
    private readonly bool[] _retains;
    private readonly float _retainers;
    private readonly AbsentClasses? _absent;
    private readonly RecentLabels? _recent;
    private readonly int _count;
    private readonly float[] _rates;
    private readonly float _keep;
    private readonly int _stride;
    private readonly Slot[] _weights;
    private readonly Slot _losses;
    private readonly Slot _logs;
    private readonly Slot _mixtures;
    private readonly Slot _retained;
    private readonly Slot _answer;
    private readonly Slot[] _gradients;
    private readonly Slot _mixed;

    /// <summary>Reserves weights and scratch.</summary>
    /// <param name="layout">Layout of the program.</param>
    /// <param name="members">Heads of the members.</param>
    /// <param name="classes">Classes that fit.</param>
    /// <param name="spec">Rates and memory.</param>
    public EnsembleHead(LayoutBuilder layout, IReadOnlyList<IClassHead> members, int classes, EnsembleHeadSpec spec)
    {
        _members = [.. members];
        _retains = [.. spec.Members.Select(member => member.Retains)];
        _retainers = _retains.Count(retains => retains);
        _absent = _retainers > 0f ? new AbsentClasses(layout, classes, spec.Absence) : null;
        _recent = spec.Recent ? new RecentLabels(layout, classes) : null;
        _count = members.Count + (spec.Recent ? 1 : 0);
        _rates = [spec.FastRate, spec.SlowRate];
        _keep = 1f - (1f / spec.Memory);
        _stride = LayoutBuilder.Padded(classes);
        _weights = [layout.Vector(Region.Read, "head.fastWeights", _count), layout.Vector(Region.Read, "head.slowWeights", _count)];
        _losses = layout.Vector(Region.Read, "head.fadedLosses", _count);
        _logs = layout.Matrix(Region.Scratch, "head.logProbabilities", _count, classes);
        _mixtures = layout.Matrix(Region.Scratch, "head.mixtures", 3, classes);
        _retained = layout.Vector(Region.Scratch, "head.retained", classes);
        _answer = layout.Vector(Region.Scratch, "head.answer", classes);
        _gradients = [layout.Vector(Region.Scratch, "head.fastGradients", _count), layout.Vector(Region.Scratch, "head.slowGradients", _count)];
        _mixed = layout.Vector(Region.Scratch, "head.mixed", 4);
    }

    /// <inheritdoc/>
    public void Initialise(in StepContext step)
    {
        foreach (var weights in _weights)
        {
            // What looks at no features has to earn its weight.
            step.Write(weights)[.._members.Length].Fill(FirstWeight);
        }
    }

    /// <inheritdoc/>
    public void Read(int classCount, in StepContext step, PredictionBuffer prediction)
    {
        var scores = prediction.Prepare(classCount);
        Mix(classCount, step);
        if (step.IsLearning)
        {
            var mixed = step.WriteLongs(_mixed);
            (mixed[0], mixed[1]) = (step.Sequence, classCount);
        }

        step.View(_answer)[..classCount].CopyTo(scores);
        prediction.Label = Reduction.IndexOfMax(scores);
    }

    /// <inheritdoc/>
    public StepOutcome Score(in HeadTarget target, in StepContext step)
    {
        foreach (var member in _members)
        {
            member.Score(target, step);
        }

        // What was read of this event and for as many classes still stands; once only, for what is learned again later in the event is another input.
        var mixed = step.WriteLongs(_mixed);
        if (mixed[0] != step.Sequence || mixed[1] != target.ClassCount)
        {
            Mix(target.ClassCount, step);
        }

        mixed[1] = -1;
        var mixtures = step.View(_mixtures);
        for (var i = 0; i < _count; i++)
        {
            var logs = step.View(_logs).Slice(i * _stride, _stride);
            for (var speed = Fast; speed <= Slow; speed++)
            {
                var gradient = logs[target.Label] - Reduction.Dot(mixtures.Slice(speed * _stride, _stride), logs);
                step.Write(_gradients[speed])[i] = Math.Clamp(gradient, -LargestGradient, LargestGradient);
            }
        }

        return ClassScore.Of(step.View(_answer)[target.Label], target.ClassCount);
    }

    /// <inheritdoc/>
    public void Commit(in HeadTarget target, in StepContext step)
    {
        var importance = MathF.Min(step.Weight, 1f);
        var losses = step.Write(_losses);
        foreach (var member in _members)
        {
            member.Commit(target, step);
        }

        _recent?.Add(target.Label, target.ClassCount, step);
        if (importance > 0f)
        {
            _absent?.Add(target.Label, step);
        }

        for (var i = 0; i < _count; i++)
        {
            losses[i] = (_keep * losses[i]) - (importance * step.View(_logs)[(i * _stride) + target.Label]);
            for (var speed = Fast; speed <= Slow; speed++)
            {
                var weights = step.Write(_weights[speed]);
                weights[i] = Math.Clamp(weights[i] + (importance * _rates[speed] * step.View(_gradients[speed])[i]), LeastWeight, LargestWeight);
            }
        }
    }

    private void Mix(int classCount, in StepContext step)
    {
        var mixtures = step.Write(_mixtures);
        mixtures.Clear();
        step.Write(_retained).Clear();
        var linear = mixtures.Slice(Linear * _stride, _stride);
        var losses = step.View(_losses);
        var least = losses[0];
        foreach (var loss in losses[.._count])
        {
            least = MathF.Min(least, loss);
        }

        var shares = 0f;
        for (var i = 0; i < _count; i++)
        {
            var logs = step.Write(_logs).Slice(i * _stride, _stride);
            if (i < _members.Length)
            {
                _members[i].Probabilities(classCount, step, logs[..classCount]);
            }
            else
            {
                _recent!.Probabilities(classCount, step, logs[..classCount]);
            }

            if (i < _retains.Length && _retains[i])
            {
                RowKernels.AddScaled(logs[..classCount], 1f / _retainers, step.Write(_retained)[..classCount]);
            }

            var share = Elementary.Exp(least - losses[i]);
            shares += share;
            RowKernels.AddScaled(logs[..classCount], share, linear[..classCount]);
            for (var k = 0; k < classCount; k++)
            {
                // Not Clamp: NaN must reach the guard.
                var p = logs[k];
                logs[k] = Elementary.Log(p < Rarest ? Rarest : p > 1f - Rarest ? 1f - Rarest : p);
            }

            logs[classCount..].Clear();
            for (var speed = Fast; speed <= Slow; speed++)
            {
                RowKernels.AddScaled(logs, step.View(_weights[speed])[i], mixtures.Slice(speed * _stride, _stride));
            }
        }

        RowKernels.Scale(linear, 1f / shares, linear);
        SoftmaxKernel.Apply(mixtures[.._stride], classCount);
        SoftmaxKernel.Apply(mixtures.Slice(_stride, _stride), classCount);
        var answer = step.Write(_answer);
        for (var k = 0; k < classCount; k++)
        {
            answer[k] = (mixtures[k] + mixtures[_stride + k] + linear[k]) * (1f / 3f);
        }

        if (_absent is not null)
        {
            AnswerForAbsent(answer[..classCount], step);
        }
    }

    private void AnswerForAbsent(Span<float> answer, in StepContext step)
    {
        var retained = step.View(_retained);
        var (kept, present) = (0f, 0f);
        for (var k = 0; k < answer.Length; k++)
        {
            if (_absent!.IsAbsent(k, step))
            {
                kept += retained[k];
            }
            else
            {
                present += answer[k];
            }
        }

        // The class that came last is never absent, so something is present.
        var scale = kept > 0f ? (1f - kept) / present : 1f;
        for (var k = 0; kept > 0f && k < answer.Length; k++)
        {
            answer[k] = _absent!.IsAbsent(k, step) ? retained[k] : scale * answer[k];
        }
    }
}
