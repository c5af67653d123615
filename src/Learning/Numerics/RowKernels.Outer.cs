using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace LifelongApi.Learning.Numerics;

/// <content>Outer products over the rows in use.</content>
public static partial class RowKernels
{
    /// <summary>product[k, :] = (factor · vector[rows[k]]) · line[:].</summary>
    /// <param name="vector">Shape [n].</param>
    /// <param name="rows">Row numbers, shape [active].</param>
    /// <param name="factor">Factor.</param>
    /// <param name="line">Shape [width], width a multiple of 16.</param>
    /// <param name="product">Shape [active, width]; overwritten.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void OuterRows(ReadOnlySpan<float> vector, ReadOnlySpan<int> rows, float factor, ReadOnlySpan<float> line, Span<float> product)
    {
        if ((line.Length & 15) != 0 || product.Length != rows.Length * line.Length)
        {
            Throw.Kernel_LengthsDiffer(nameof(OuterRows), rows.Length * line.Length, product.Length);
        }

        ref var source = ref MemoryMarshal.GetReference(line);
        ref var to = ref MemoryMarshal.GetReference(product);
        foreach (var row in rows)
        {
            var scale = Vector512.Create(factor * vector[row]);
            for (nuint i = 0; i < (nuint)line.Length; i += 16)
            {
                (scale * Vector512.LoadUnsafe(ref source, i)).StoreUnsafe(ref to, i);
            }

            to = ref Unsafe.Add(ref to, line.Length);
        }
    }

    /// <summary>
    /// matrix[rows[k], j] += factor · ((weight · values[k]) · line[j]) for every row k: <see cref="Scale"/> twice and <see cref="AddRows"/> in one pass, with the same rounding.
    /// </summary>
    /// <param name="line">Shape [stride], stride a multiple of 16.</param>
    /// <param name="rows">Row numbers, shape [active].</param>
    /// <param name="values">One factor per row, shape [active].</param>
    /// <param name="weight">Factor of all rows, multiplied first.</param>
    /// <param name="factor">Factor of all rows, multiplied last.</param>
    /// <param name="matrix">Shape [n, stride].</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void AddOuterRows(ReadOnlySpan<float> line, ReadOnlySpan<int> rows, ReadOnlySpan<float> values, float weight, float factor, Span<float> matrix)
    {
        if ((line.Length & 15) != 0 || values.Length != rows.Length)
        {
            Throw.Kernel_LengthsDiffer(nameof(AddOuterRows), rows.Length, values.Length);
        }

        CheckRows(matrix.Length, line.Length, rows);
        ref var source = ref MemoryMarshal.GetReference(line);
        ref var destination = ref MemoryMarshal.GetReference(matrix);
        var (stride, column) = ((nuint)line.Length, (nuint)0);
        for (; column + Wide <= stride; column += Wide)
        {
            AddOuterWide(ref Unsafe.Add(ref source, column), rows, values, weight, factor, ref Unsafe.Add(ref destination, column), stride);
        }

        if (column == stride)
        {
            return;
        }

        var last = Vector512.Create(factor);
        for (var k = 0; k < rows.Length; k++)
        {
            ref var to = ref Unsafe.Add(ref destination, (nuint)rows[k] * stride);
            var scale = Vector512.Create(weight * values[k]);
            for (var j = column; j < stride; j += 16)
            {
                (Vector512.LoadUnsafe(ref to, j) + (scale * Vector512.LoadUnsafe(ref source, j) * last)).StoreUnsafe(ref to, j);
            }
        }
    }

    /// <summary>The same for rows of one line, which are summed on the way.</summary>
    /// <param name="line">Shape [16].</param>
    /// <param name="rows">Row numbers, shape [active].</param>
    /// <param name="values">One factor per row, shape [active].</param>
    /// <param name="weight">Factor of all rows, multiplied first.</param>
    /// <param name="factor">Factor of all rows, multiplied last.</param>
    /// <param name="matrix">Shape [n, 16].</param>
    /// <returns>Sum of the squares of what was added, with the bits of <see cref="Reduction.SumOfSquares"/> over all of it.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static float AddOuterLines(ReadOnlySpan<float> line, ReadOnlySpan<int> rows, ReadOnlySpan<float> values, float weight, float factor, Span<float> matrix)
    {
        if (line.Length != 16 || values.Length != rows.Length)
        {
            Throw.Kernel_LengthsDiffer(nameof(AddOuterLines), rows.Length, values.Length);
        }

        // One by one: rows of a readout are few, and CheckRows divides and fills a register first.
        var limit = (uint)matrix.Length / 16;
        foreach (var row in rows)
        {
            if ((uint)row >= limit)
            {
                Throw.Kernel_LengthsDiffer(nameof(AddOuterLines), (int)limit, row);
            }
        }

        var (source, last) = (Vector512.LoadUnsafe(ref MemoryMarshal.GetReference(line)), Vector512.Create(factor));
        var (even, odd) = (Vector512<float>.Zero, Vector512<float>.Zero);
        for (var k = 0; k < rows.Length; k++)
        {
            ref var to = ref Unsafe.Add(ref MemoryMarshal.GetReference(matrix), (nint)rows[k] * 16);
            var change = Vector512.Create(weight * values[k]) * source * last;
            (Vector512.LoadUnsafe(ref to) + change).StoreUnsafe(ref to);
            (even, odd) = (odd, Vector512.FusedMultiplyAdd(change, change, even));
        }

        // After an odd number of rows the halves have changed places; their sum has not.
        return Reduction.Lanes(even + odd);
    }

    /// <summary>Sixteen lines of every row at once, with the lines of the outer product kept in registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddOuterWide(ref float line, ReadOnlySpan<int> rows, ReadOnlySpan<float> values, float weight, float factor, ref float matrix, nuint stride)
    {
        var (a0, a1, a2, a3) = (Vector512.LoadUnsafe(ref line), Vector512.LoadUnsafe(ref line, 16), Vector512.LoadUnsafe(ref line, 32), Vector512.LoadUnsafe(ref line, 48));
        var (a4, a5, a6, a7) = (Vector512.LoadUnsafe(ref line, 64), Vector512.LoadUnsafe(ref line, 80), Vector512.LoadUnsafe(ref line, 96), Vector512.LoadUnsafe(ref line, 112));
        var (b0, b1, b2, b3) = (Vector512.LoadUnsafe(ref line, 128), Vector512.LoadUnsafe(ref line, 144), Vector512.LoadUnsafe(ref line, 160), Vector512.LoadUnsafe(ref line, 176));
        var (b4, b5, b6, b7) = (Vector512.LoadUnsafe(ref line, 192), Vector512.LoadUnsafe(ref line, 208), Vector512.LoadUnsafe(ref line, 224), Vector512.LoadUnsafe(ref line, 240));
        var last = Vector512.Create(factor);
        for (var k = 0; k < rows.Length; k++)
        {
            ref var row = ref Unsafe.Add(ref matrix, (nuint)rows[k] * stride);
            var scale = Vector512.Create(weight * values[k]);
            (Vector512.LoadUnsafe(ref row) + (scale * a0 * last)).StoreUnsafe(ref row);
            (Vector512.LoadUnsafe(ref row, 16) + (scale * a1 * last)).StoreUnsafe(ref row, 16);
            (Vector512.LoadUnsafe(ref row, 32) + (scale * a2 * last)).StoreUnsafe(ref row, 32);
            (Vector512.LoadUnsafe(ref row, 48) + (scale * a3 * last)).StoreUnsafe(ref row, 48);
            (Vector512.LoadUnsafe(ref row, 64) + (scale * a4 * last)).StoreUnsafe(ref row, 64);
            (Vector512.LoadUnsafe(ref row, 80) + (scale * a5 * last)).StoreUnsafe(ref row, 80);
            (Vector512.LoadUnsafe(ref row, 96) + (scale * a6 * last)).StoreUnsafe(ref row, 96);
            (Vector512.LoadUnsafe(ref row, 112) + (scale * a7 * last)).StoreUnsafe(ref row, 112);
            (Vector512.LoadUnsafe(ref row, 128) + (scale * b0 * last)).StoreUnsafe(ref row, 128);
            (Vector512.LoadUnsafe(ref row, 144) + (scale * b1 * last)).StoreUnsafe(ref row, 144);
            (Vector512.LoadUnsafe(ref row, 160) + (scale * b2 * last)).StoreUnsafe(ref row, 160);
            (Vector512.LoadUnsafe(ref row, 176) + (scale * b3 * last)).StoreUnsafe(ref row, 176);
            (Vector512.LoadUnsafe(ref row, 192) + (scale * b4 * last)).StoreUnsafe(ref row, 192);
            (Vector512.LoadUnsafe(ref row, 208) + (scale * b5 * last)).StoreUnsafe(ref row, 208);
            (Vector512.LoadUnsafe(ref row, 224) + (scale * b6 * last)).StoreUnsafe(ref row, 224);
            (Vector512.LoadUnsafe(ref row, 240) + (scale * b7 * last)).StoreUnsafe(ref row, 240);
        }
    }
}
