using System.Runtime.InteropServices;
using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Projections;

/// <summary>
/// Finds inputs that go together in the first events. With z the inputs standardised over the E events, c_ij = z_iᵀ (Z Zᵀ + λE · 1)⁻¹ z_j is their correlation after every principal
/// component with variance well above λ has been given the same weight (whitening, in the space of the events), so that what all inputs share does not make all of them neighbours.
/// The affinity of j to i is |c_ij| / (√c_jj + 0.05). Inputs that have not varied have none.
/// </summary>
/// <remarks>
/// Reserves: the first events [events, inputs] and their count in Plastic; standardised and whitened events [events, inputs], the inverse of the kernel [events, events] in doubles,
/// means, scales, affinities and √c_jj [inputs] in Scratch.
/// </remarks>
internal sealed class FieldSearch
{
    private const double Floor = 2d;
    private const float Damping = 0.05f;
    private const double LeastSpread = 1e-30;
    private readonly int _inputs;
    private readonly int _stride;
    private readonly Slot _first;
    private readonly Slot _count;
    private readonly Slot _standardised;
    private readonly Slot _whitened;
    private readonly Slot _doubles;
    private readonly Slot _means;
    private readonly Slot _scales;
    private readonly Slot _affinities;
    private readonly Slot _own;

    /// <summary>Reserves the slots.</summary>
    /// <param name="layout">Layout of the program.</param>
    /// <param name="name">Name of the projection.</param>
    /// <param name="inputs">Inputs.</param>
    /// <param name="events">Most events that are gathered.</param>
    public FieldSearch(LayoutBuilder layout, string name, int inputs, int events)
    {
        (_inputs, _stride) = (inputs, LayoutBuilder.Padded(inputs));
        _first = layout.Matrix(Region.Plastic, $"{name}.firstEvents", events, inputs);
        _count = layout.Vector(Region.Plastic, $"{name}.firstEventCount", 2);
        _standardised = layout.Matrix(Region.Scratch, $"{name}.standardisedEvents", events, inputs);
        _whitened = layout.Matrix(Region.Scratch, $"{name}.whitenedEvents", events, inputs);
        _doubles = layout.Vector(Region.Scratch, $"{name}.kernel", 2 * events * events);
        _means = layout.Vector(Region.Scratch, $"{name}.inputMeans", inputs);
        _scales = layout.Vector(Region.Scratch, $"{name}.inputScales", inputs);
        _affinities = layout.Vector(Region.Scratch, $"{name}.affinities", inputs);
        _own = layout.Vector(Region.Scratch, $"{name}.ownAffinities", inputs);
    }

    /// <summary>Keeps an event.</summary>
    /// <param name="activity">Shape [inputs].</param>
    /// <param name="step">A learning step.</param>
    /// <returns>Events kept.</returns>
    public int Add(ReadOnlySpan<float> activity, in StepContext step)
    {
        var count = (int)step.WriteLongs(_count)[0]++;
        activity.CopyTo(step.Write(_first)[(count * _stride)..]);
        return count + 1;
    }

    /// <summary>How many events are kept.</summary>
    /// <param name="step">A learning step.</param>
    /// <returns>The number.</returns>
    public int Kept(in StepContext step) => (int)step.ViewLongs(_count)[0];

    /// <summary>An event that is kept, as it came.</summary>
    /// <param name="index">0 … events kept − 1.</param>
    /// <param name="step">A learning step.</param>
    /// <returns>Shape [inputs].</returns>
    public ReadOnlySpan<float> Event(int index, in StepContext step) => step.View(_first).Slice(index * _stride, _inputs);

    /// <summary>The mean of every input; after <see cref="Prepare"/>.</summary>
    /// <param name="step">A learning step.</param>
    /// <returns>Shape [inputs].</returns>
    public ReadOnlySpan<float> Means(in StepContext step) => step.View(_means)[.._inputs];

    /// <summary>½ Σ|x − m| / Σ(x − m)², one over what an input moves by when it moves, however seldom that is (1 for an input of 0 and 1); 0 where it has not varied; after <see cref="Prepare"/>.</summary>
    /// <param name="step">A learning step.</param>
    /// <returns>Shape [inputs].</returns>
    public ReadOnlySpan<float> Scales(in StepContext step) => step.View(_scales)[.._inputs];

    /// <summary>Measures, standardises and whitens the events that are kept.</summary>
    /// <param name="step">A learning step.</param>
    /// <returns>How many inputs have varied.</returns>
    public int Prepare(in StepContext step)
    {
        var varied = 0;
        for (var input = 0; input < _inputs; input++)
        {
            varied += Standardise(input, step) ? 1 : 0;
        }

        Whiten(step);
        return varied;
    }

    /// <summary>Writes the inputs with the largest affinity to one of them.</summary>
    /// <param name="centre">The input, which comes first.</param>
    /// <param name="step">A learning step, after <see cref="Prepare"/>.</param>
    /// <param name="field">Numbers of the inputs; overwritten.</param>
    public void Find(int centre, in StepContext step, Span<int> field)
    {
        var affinities = step.Write(_affinities)[.._inputs];
        affinities.Clear();
        for (var n = 0; n < Kept(step); n++)
        {
            RowKernels.AddScaled(Whitened(n, step), Standardised(n, step)[centre], affinities);
        }

        var own = step.View(_own);
        var scales = Scales(step);
        for (var input = 0; input < affinities.Length; input++)
        {
            affinities[input] = scales[input] == 0f ? -1f : MathF.Abs(affinities[input]) / (own[input] + Damping);
        }

        affinities[centre] = float.MaxValue;
        for (var i = 0; i < field.Length; i++)
        {
            field[i] = Reduction.IndexOfMax(affinities);
            affinities[field[i]] = -2f;
        }
    }

    /// <summary>Lets go of the first events.</summary>
    /// <param name="step">A learning step.</param>
    public void Forget(in StepContext step)
    {
        step.Write(_first).Clear();
        step.WriteLongs(_count)[0] = 0;
    }

    private Span<float> Standardised(int index, in StepContext step) => step.Write(_standardised).Slice(index * _stride, _inputs);

    private Span<float> Whitened(int index, in StepContext step) => step.Write(_whitened).Slice(index * _stride, _inputs);

    private bool Standardise(int input, in StepContext step)
    {
        var events = step.View(_first);
        var standardised = step.Write(_standardised);
        var count = Kept(step);
        double mean = 0, square = 0, magnitude = 0;
        for (var n = 0; n < count; n++)
        {
            mean += events[(n * _stride) + input] / (double)count;
        }

        for (var n = 0; n < count; n++)
        {
            var deviation = events[(n * _stride) + input] - mean;
            square += deviation * deviation;
            magnitude += Math.Abs(deviation);
        }

        // What the sums round by is no variation.
        var spread = Math.Sqrt(square / count);
        var varies = spread > Math.Max(LeastSpread, 1e-9 * Math.Abs(mean));
        for (var n = 0; n < count; n++)
        {
            standardised[(n * _stride) + input] = varies ? (float)((events[(n * _stride) + input] - mean) / spread) : 0f;
        }

        step.Write(_means)[input] = (float)mean;
        step.Write(_scales)[input] = varies ? (float)(0.5 * magnitude / square) : 0f;
        return varies;
    }

    private void Whiten(in StepContext step)
    {
        var count = Kept(step);
        var kernel = MemoryMarshal.Cast<float, double>(step.Write(_doubles))[..(count * count)];
        for (var row = 0; row < count; row++)
        {
            for (var column = 0; column <= row; column++)
            {
                var product = (double)Reduction.Dot(Standardised(row, step), Standardised(column, step));
                kernel[(row * count) + column] = kernel[(column * count) + row] = row == column ? product + (Floor * count) : product;
            }
        }

        if (!Cholesky.Invert(kernel, count))
        {
            Throw.Fields_KernelNotPositive();
        }

        var own = step.Write(_own)[.._inputs];
        own.Clear();
        for (var n = 0; n < count; n++)
        {
            var whitened = Whitened(n, step);
            whitened.Clear();
            for (var other = 0; other < count; other++)
            {
                RowKernels.AddScaled(Standardised(other, step), (float)kernel[(n * count) + other], whitened);
            }

            var standardised = Standardised(n, step);
            for (var input = 0; input < own.Length; input++)
            {
                own[input] = MathF.FusedMultiplyAdd(standardised[input], whitened[input], own[input]);
            }
        }

        for (var input = 0; input < own.Length; input++)
        {
            own[input] = MathF.Sqrt(MathF.Max(own[input], 0f));
        }
    }
}
