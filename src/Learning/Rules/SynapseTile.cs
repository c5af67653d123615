using LifelongApi.Learning.Projections;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Rules;

/// <summary>Some rows of a projection: few enough that their proposal stays in the first-level cache.</summary>
public readonly ref struct SynapseTile
{
    /// <summary>Makes a tile.</summary>
    /// <param name="projection">The projection.</param>
    /// <param name="rows">Row numbers.</param>
    /// <param name="pre">Presynaptic activity of each row.</param>
    public SynapseTile(DenseProjection projection, ReadOnlySpan<int> rows, ReadOnlySpan<float> pre)
    {
        Projection = projection;
        Rows = rows;
        Pre = pre;
    }

    /// <summary>The projection.</summary>
    public DenseProjection Projection { get; }

    /// <summary>Row numbers; shape [rows].</summary>
    public ReadOnlySpan<int> Rows { get; }

    /// <summary>Presynaptic activity of each row; shape [rows].</summary>
    public ReadOnlySpan<float> Pre { get; }

    /// <summary>Floats per row.</summary>
    public int Stride => Projection.Stride;

    /// <summary>One row of a matrix that has the projection's shape (weights, importance, moments), to read.</summary>
    /// <param name="matrix">Slot of shape [pre count, stride].</param>
    /// <param name="k">Index within the tile.</param>
    /// <param name="step">The step.</param>
    /// <returns>Shape [stride].</returns>
    public ReadOnlySpan<float> View(Slot matrix, int k, in StepContext step) => step.View(matrix).Slice(Rows[k] * Stride, Stride);

    /// <summary>One row of a matrix that has the projection's shape, to write.</summary>
    /// <param name="matrix">Slot of shape [pre count, stride].</param>
    /// <param name="k">Index within the tile.</param>
    /// <param name="step">The step.</param>
    /// <returns>Shape [stride].</returns>
    public Span<float> Write(Slot matrix, int k, in StepContext step) => step.Write(matrix).Slice(Rows[k] * Stride, Stride);
}
