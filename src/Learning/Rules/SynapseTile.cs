using System.Runtime.CompilerServices;
using LifelongApi.Learning.Projections;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Rules;

/// <summary>Some rows of a projection within a window of columns: little enough that the proposal stays in the first-level cache.</summary>
public readonly ref struct SynapseTile
{
    /// <summary>Makes a tile.</summary>
    /// <param name="projection">The projection.</param>
    /// <param name="rows">Row numbers.</param>
    /// <param name="pre">Presynaptic activity of each row.</param>
    /// <param name="window">Columns.</param>
    public SynapseTile(Projection projection, ReadOnlySpan<int> rows, ReadOnlySpan<float> pre, ColumnWindow window)
    {
        Projection = projection;
        Rows = rows;
        Pre = pre;
        Window = window;
    }

    /// <summary>The projection.</summary>
    public Projection Projection { get; }

    /// <summary>Row numbers; shape [rows].</summary>
    public ReadOnlySpan<int> Rows { get; }

    /// <summary>Presynaptic activity of each row; shape [rows].</summary>
    public ReadOnlySpan<float> Pre { get; }

    /// <summary>The columns that the tile covers.</summary>
    public ColumnWindow Window { get; }

    /// <summary>Floats per row of the tile.</summary>
    public int Width => Window.Width;

    /// <summary>The tile's part of a vector over postsynaptic units.</summary>
    /// <param name="vector">Shape [stride].</param>
    /// <returns>Shape [width].</returns>
    public ReadOnlySpan<float> Columns(ReadOnlySpan<float> vector) => vector.Slice(Window.Start, Window.Width);

    /// <summary>One row of a matrix that has the projection's shape (weights, importance, moments), to read.</summary>
    /// <param name="matrix">Slot of shape [pre count, stride].</param>
    /// <param name="k">Index within the tile.</param>
    /// <param name="step">The step.</param>
    /// <returns>Shape [width].</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ReadOnlySpan<float> View(Slot matrix, int k, in StepContext step) =>
        step.View(matrix).Slice((Rows[k] * Projection.Stride) + Window.Start, Window.Width);

    /// <summary>One row of a matrix that has the projection's shape, to write.</summary>
    /// <param name="matrix">Slot of shape [pre count, stride].</param>
    /// <param name="k">Index within the tile.</param>
    /// <param name="step">The step.</param>
    /// <returns>Shape [width].</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Span<float> Write(Slot matrix, int k, in StepContext step) =>
        step.Write(matrix).Slice((Rows[k] * Projection.Stride) + Window.Start, Window.Width);
}

/// <summary>A range of columns in whole 64-byte lines.</summary>
/// <param name="Start">First column, a multiple of 16.</param>
/// <param name="Width">Columns, a multiple of 16.</param>
public readonly record struct ColumnWindow(int Start, int Width);
