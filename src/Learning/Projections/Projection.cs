using LifelongApi.Learning.Populations;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Projections;

/// <summary>
/// Synapses between two populations: a weight matrix W[row, column] stored by row, row stride padded to 16 floats, padding zero.
/// What a row and a column stand for is the projection's own matter; rules, transforms and anchors see the matrix.
/// </summary>
/// <remarks>Reserves: weights [rows, columns] in Read.</remarks>
public abstract class Projection : IProjection
{
    /// <summary>Reserves the weights.</summary>
    /// <param name="layout">Layout of the program.</param>
    /// <param name="name">Name of the projection.</param>
    /// <param name="pre">Presynaptic population.</param>
    /// <param name="post">Postsynaptic population.</param>
    /// <param name="rows">Rows of the weights.</param>
    /// <param name="columns">Columns of the weights.</param>
    protected Projection(LayoutBuilder layout, string name, Population pre, Population post, int rows, int columns)
    {
        Name = name;
        Pre = pre;
        Post = post;
        RowCount = rows;
        ColumnCount = columns;
        Stride = LayoutBuilder.Padded(columns);
        Weights = layout.Matrix(Region.Read, $"{name}.weights", rows, columns);
    }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>Presynaptic population.</summary>
    public Population Pre { get; }

    /// <summary>Postsynaptic population.</summary>
    public Population Post { get; }

    /// <summary>Rows of the weights.</summary>
    public int RowCount { get; }

    /// <summary>Columns of the weights in use.</summary>
    public int ColumnCount { get; }

    /// <summary>Floats from row to row.</summary>
    public int Stride { get; }

    /// <summary>The weights; shape [rows, stride].</summary>
    public Slot Weights { get; }

    /// <summary>The pull that is applied lazily, where the chain has one.</summary>
    public ILazyPull? LazyPull { get; internal set; }

    /// <inheritdoc/>
    public abstract void Transmit(in StepContext step);

    /// <summary>Lets the projection form itself from the first events; called once per folded event after the guard, before its chain.</summary>
    /// <param name="step">A learning step.</param>
    public virtual void Develop(in StepContext step)
    {
    }

    /// <summary>What one row transmits and carries back, to read; by default its weights. It holds until the next call.</summary>
    /// <param name="row">Row number.</param>
    /// <param name="step">The step.</param>
    /// <returns>Shape [stride].</returns>
    public virtual ReadOnlySpan<float> Row(int row, in StepContext step) => Hidden(row, step);

    /// <summary>One row of the weights as they are stored, to read.</summary>
    /// <param name="row">Row number.</param>
    /// <param name="step">The step.</param>
    /// <returns>Shape [stride].</returns>
    public ReadOnlySpan<float> Hidden(int row, in StepContext step) => step.View(Weights).Slice(row * Stride, Stride);
}
