using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Rules;

/// <summary>Proposal, transform and addition in one pass over the rows in use, bit for bit what the chain does tile by tile with <see cref="RowKernels.AddRows"/>.</summary>
internal static class OuterStep
{
    /// <summary>matrix[rows[k], :] += bend((factor · values[k]) · line[:]).</summary>
    /// <typeparam name="TBend">What bends.</typeparam>
    /// <param name="line">Shape [stride].</param>
    /// <param name="rows">Row numbers, shape [active].</param>
    /// <param name="values">Shape [active].</param>
    /// <param name="factor">Factor of all rows.</param>
    /// <param name="bend">What bends.</param>
    /// <param name="matrix">Shape [n, stride].</param>
    /// <returns>Sum of the squares of what was added, in the order of <see cref="RowKernels.AddRows"/>.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Run<TBend>(ReadOnlySpan<float> line, ReadOnlySpan<int> rows, ReadOnlySpan<float> values, float factor, TBend bend, Span<float> matrix)
        where TBend : IRowBend, allows ref struct
    {
        if ((line.Length & 15) != 0 || values.Length != rows.Length)
        {
            Throw.Kernel_LengthsDiffer(nameof(OuterStep), rows.Length, values.Length);
        }

        ref var source = ref MemoryMarshal.GetReference(line);
        if (line.Length == LayoutBuilder.Line)
        {
            return RunNarrow(Vector512.LoadUnsafe(ref source), rows, values, factor, bend, matrix);
        }

        var (a, b, c, d) = (Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero);
        for (var k = 0; k < rows.Length; k++)
        {
            ref var to = ref MemoryMarshal.GetReference(matrix.Slice(rows[k] * line.Length, line.Length));
            var scale = Vector512.Create(factor * values[k]);
            bend.Begin(rows[k]);
            for (nuint j = 0; j < (nuint)line.Length; j += 16)
            {
                var change = bend.Bend(scale * Vector512.LoadUnsafe(ref source, j), j);
                (Vector512.LoadUnsafe(ref to, j) + change).StoreUnsafe(ref to, j);

                // Lines go to the four sums in turn.
                (a, b, c, d) = (b, c, d, Vector512.FusedMultiplyAdd(change, change, a));
            }
        }

        return Reduction.Lanes((a + b) + (c + d));
    }

    /// <summary>The same of rows of one line, four at a time: after four lines each of the sums is where it was.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float RunNarrow<TBend>(Vector512<float> line, ReadOnlySpan<int> rows, ReadOnlySpan<float> values, float factor, TBend bend, Span<float> matrix)
        where TBend : IRowBend, allows ref struct
    {
        var (a, b, c, d) = (Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero);
        var k = 0;
        for (; k + 4 <= rows.Length; k += 4)
        {
            var change = Change(line, rows[k], factor * values[k], ref bend, matrix);
            a = Vector512.FusedMultiplyAdd(change, change, a);
            change = Change(line, rows[k + 1], factor * values[k + 1], ref bend, matrix);
            b = Vector512.FusedMultiplyAdd(change, change, b);
            change = Change(line, rows[k + 2], factor * values[k + 2], ref bend, matrix);
            c = Vector512.FusedMultiplyAdd(change, change, c);
            change = Change(line, rows[k + 3], factor * values[k + 3], ref bend, matrix);
            d = Vector512.FusedMultiplyAdd(change, change, d);
        }

        for (; k < rows.Length; k++)
        {
            var change = Change(line, rows[k], factor * values[k], ref bend, matrix);
            (a, b, c, d) = (b, c, d, Vector512.FusedMultiplyAdd(change, change, a));
        }

        return Reduction.Lanes((a + b) + (c + d));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Change<TBend>(Vector512<float> line, int row, float scale, ref TBend bend, Span<float> matrix)
        where TBend : IRowBend, allows ref struct
    {
        ref var to = ref MemoryMarshal.GetReference(matrix.Slice(row * LayoutBuilder.Line, LayoutBuilder.Line));
        bend.Begin(row);
        var change = bend.Bend(Vector512.Create(scale) * line, 0);
        (Vector512.LoadUnsafe(ref to) + change).StoreUnsafe(ref to);
        return change;
    }

    /// <summary>Every proposal times one number.</summary>
    /// <param name="factor">The number.</param>
    internal readonly struct Scaling(float factor) : IRowBend
    {
        /// <inheritdoc/>
        public void Begin(int row)
        {
        }

        /// <inheritdoc/>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<float> Bend(Vector512<float> proposal, nuint column) => proposal * Vector512.Create(factor);
    }
}
