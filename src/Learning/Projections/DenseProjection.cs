using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.Populations;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Projections;

/// <summary>
/// All-to-all synapses: W[pre, post]. drive[post] += Σ over active pre of x[pre] · W[pre, post], so silent units cost nothing.
/// </summary>
/// <param name="layout">Layout of the program.</param>
/// <param name="name">Name of the projection.</param>
/// <param name="pre">Presynaptic population.</param>
/// <param name="post">Postsynaptic population.</param>
public sealed class DenseProjection(LayoutBuilder layout, string name, Population pre, Population post)
    : Projection(layout, name, pre, post, pre.Count, post.Units)
{
    /// <inheritdoc/>
    public override void Transmit(in StepContext step)
    {
        var rows = Pre.Active(step);
        var values = Pre.Values(step);
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

        RowKernels.AccumulateRows(step.View(Weights), Stride, rows, values, drive);
    }
}
