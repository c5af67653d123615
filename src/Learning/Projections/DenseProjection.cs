using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.Populations;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Projections;

/// <summary>
/// All-to-all synapses: W[pre, post]. drive[post] += Σ over active pre of x[pre] · W[pre, post], so silent units cost nothing.
/// Where normalised, x[pre] / √n goes in for x[pre], with n active units; the bias unit stays as it is.
/// </summary>
/// <remarks>Reserves, where normalised: the activities sent [active] in Scratch; where outer products wait, an <see cref="OuterBuffer"/>, for exact changes with an <see cref="UpdateQueue"/>; where events are foreseen, a <see cref="Foresight"/>.</remarks>
public sealed class DenseProjection : Projection
{
    private readonly Slot? _sent;

    /// <summary>Reserves the weights.</summary>
    /// <param name="layout">Layout of the program.</param>
    /// <param name="name">Name of the projection.</param>
    /// <param name="pre">Presynaptic population.</param>
    /// <param name="post">Postsynaptic population.</param>
    /// <param name="normalise">Whether activities are divided by the root of how many units are active.</param>
    /// <param name="pending">Changes that wait before the weights take them in, or null. Not where normalised; the presynaptic population has a dense activity.</param>
    /// <param name="batch">Events of a mini-batch, or null; the presynaptic population has a dense activity.</param>
    /// <param name="looksAhead">Whether the drives of the events until the weights change are computed together. Only for the first projection to a population without a gate.</param>
    public DenseProjection(LayoutBuilder layout, string name, Population pre, Population post, bool normalise = false, int? pending = null, int? batch = null, bool looksAhead = false)
        : base(layout, name, pre, post, pre.Count, post.Units)
    {
        _sent = normalise ? layout.Vector(Region.Scratch, $"{name}.sent", pre.MaxActive + 1) : null;
        if (pending is { } changes)
        {
            Queue = new UpdateQueue(layout, this, Buffer = new OuterBuffer(layout, Region.Read, $"{name}.pending", this, changes));
        }
        else if (batch is { } events)
        {
            Buffer = new OuterBuffer(layout, Region.Plastic, $"{name}.batch", this, events);
        }

        Foresight = looksAhead && Buffer is not null ? new Foresight(layout, this, Buffer) : null;
    }

    /// <summary>Whether activities are divided by the root of how many units are active.</summary>
    internal bool IsNormalised => _sent is not null;

    /// <summary>Outer products that wait: changes in full, or what a mini-batch has gathered.</summary>
    internal OuterBuffer? Buffer { get; }

    /// <summary>Changes that the weights have not taken in, where the spec lets them wait.</summary>
    internal UpdateQueue? Queue { get; }

    /// <summary>What was computed for events that come next.</summary>
    internal Foresight? Foresight { get; }

    /// <inheritdoc/>
    public override void Transmit(in StepContext step)
    {
        var rows = Pre.Active(step);
        var values = Sent(step);
        var drive = step.Write(Post.Drive);
        if (LazyPull is not null)
        {
            if (!step.IsLearning)
            {
                LazyPull.Accumulate(rows, values, drive, step);
                return;
            }

            LazyPull.CatchUp(rows, step);
        }

        var window = Post.Window(step);
        var working = drive.Slice(window.Start, window.Width);
        if (!step.IsLearning || Foresight?.TryTransmit(step, working) != true)
        {
            RowKernels.AccumulateRows(step.View(Weights), Stride, window.Start, rows, values, working);
        }

        if (Foresight is not null)
        {
            ClearSignsOfZeros(working);
        }

        Queue?.Transmit(window.Start, working, step);
    }

    /// <inheritdoc/>
    public override ReadOnlySpan<float> Row(int row, in StepContext step) => Queue is null ? Hidden(row, step) : Queue.Row(row, step);

    private ReadOnlySpan<float> Sent(in StepContext step)
    {
        var values = Pre.Values(step);
        if (_sent is not { } slot)
        {
            return values;
        }

        var sent = step.Write(slot)[..values.Length];
        var units = Pre.HasBias ? values.Length - 1 : values.Length;
        values.CopyTo(sent);
        RowKernels.Scale(values[..units], 1f / MathF.Sqrt(Math.Max(1, units)), sent[..units]);
        return sent;
    }

    /// <summary>−0 becomes 0, so that a sum with the zeros of silent units has the bits of one without.</summary>
    private static void ClearSignsOfZeros(Span<float> drive)
    {
        ref var start = ref MemoryMarshal.GetReference(drive);
        for (nuint i = 0; i < (nuint)drive.Length; i += LayoutBuilder.Line)
        {
            var line = Vector512.LoadUnsafe(ref start, i);
            Vector512.ConditionalSelect(Vector512.Equals(line, Vector512<float>.Zero), Vector512<float>.Zero, line).StoreUnsafe(ref start, i);
        }
    }
}
