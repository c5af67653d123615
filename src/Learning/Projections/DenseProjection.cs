using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.Populations;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Projections;

/// <summary>
/// All-to-all synapses, stored by presynaptic row: W[pre, post], row stride padded to 16 floats, padding zero.
/// drive[post] += Σ over active pre of x[pre] · W[pre, post], so silent units cost nothing.
/// </summary>
/// <remarks>Reserves: weights [pre count, post units] in Read.</remarks>
public sealed class DenseProjection : IProjection
{
    /// <summary>Reserves the weights.</summary>
    /// <param name="layout">Layout of the program.</param>
    /// <param name="name">Name of the projection.</param>
    /// <param name="pre">Presynaptic population.</param>
    /// <param name="post">Postsynaptic population.</param>
    public DenseProjection(LayoutBuilder layout, string name, Population pre, Population post)
    {
        Name = name;
        Pre = pre;
        Post = post;
        Stride = LayoutBuilder.Padded(post.Units);
        Weights = layout.Matrix(Region.Read, $"{name}.weights", pre.Count, post.Units);
    }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>Presynaptic population.</summary>
    public Population Pre { get; }

    /// <summary>Postsynaptic population.</summary>
    public Population Post { get; }

    /// <summary>Presynaptic units, bias included.</summary>
    public int RowCount => Pre.Count;

    /// <summary>Floats from row to row.</summary>
    public int Stride { get; }

    /// <summary>The weights; shape [pre count, stride].</summary>
    public Slot Weights { get; }

    /// <summary>The pull that is applied lazily, where the chain has one.</summary>
    public ILazyPull? LazyPull { get; internal set; }

    /// <inheritdoc/>
    public void Transmit(in StepContext step)
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

    /// <summary>One row of weights, to read.</summary>
    /// <param name="row">Presynaptic unit.</param>
    /// <param name="step">The step.</param>
    /// <returns>Shape [stride].</returns>
    public ReadOnlySpan<float> Row(int row, in StepContext step) => step.View(Weights).Slice(row * Stride, Stride);
}
