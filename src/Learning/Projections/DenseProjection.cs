using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.Populations;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Projections;

/// <summary>
/// All-to-all synapses: W[pre, post]. drive[post] += Σ over active pre of x[pre] · W[pre, post], so silent units cost nothing.
/// Where normalised, x[pre] / √n goes in for x[pre], with n active units; the bias unit stays as it is.
/// </summary>
/// <remarks>Reserves, where normalised: the activities sent [active] in Scratch.</remarks>
public sealed class DenseProjection : Projection
{
    private readonly Slot? _sent;

    /// <summary>Reserves the weights.</summary>
    /// <param name="layout">Layout of the program.</param>
    /// <param name="name">Name of the projection.</param>
    /// <param name="pre">Presynaptic population.</param>
    /// <param name="post">Postsynaptic population.</param>
    /// <param name="normalise">Whether activities are divided by the root of how many units are active.</param>
    public DenseProjection(LayoutBuilder layout, string name, Population pre, Population post, bool normalise = false)
        : base(layout, name, pre, post, pre.Count, post.Units)
    {
        _sent = normalise ? layout.Vector(Region.Scratch, $"{name}.sent", pre.MaxActive + 1) : null;
    }

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
        RowKernels.AccumulateRows(step.View(Weights), Stride, window.Start, rows, values, drive.Slice(window.Start, window.Width));
    }

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
}
