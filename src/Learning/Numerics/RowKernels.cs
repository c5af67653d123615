using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace LifelongApi.Learning.Numerics;

/// <summary>
/// Kernels over matrices stored by presynaptic row with a stride of whole 64-byte lines. Each output lane is accumulated on its own
/// in the order of the rows, so there is no horizontal reduction and the result is the same on every vector width.
/// </summary>
public static partial class RowKernels
{
    private const int Wide = 256;

    /// <summary>destination[:] += Σ_k values[k] · matrix[rows[k], :], in the order of k, with fused multiply-add.</summary>
    /// <param name="matrix">Shape [n, stride].</param>
    /// <param name="stride">Floats per row, a multiple of 16.</param>
    /// <param name="rows">Row numbers, shape [active].</param>
    /// <param name="values">One factor per row, shape [active].</param>
    /// <param name="destination">Shape [stride].</param>
    public static void AccumulateRows(ReadOnlySpan<float> matrix, int stride, ReadOnlySpan<int> rows, ReadOnlySpan<float> values, Span<float> destination)
    {
        if (destination.Length != stride)
        {
            Throw.Kernel_LengthsDiffer(nameof(AccumulateRows), stride, destination.Length);
        }

        AccumulateRows(matrix, stride, 0, rows, values, destination);
    }

    /// <summary>destination[:] += Σ_k values[k] · matrix[rows[k], start … start + width], in the order of k, with fused multiply-add.</summary>
    /// <param name="matrix">Shape [n, stride].</param>
    /// <param name="stride">Floats per row, a multiple of 16.</param>
    /// <param name="start">First column, a multiple of 16.</param>
    /// <param name="rows">Row numbers, shape [active].</param>
    /// <param name="values">One factor per row, shape [active].</param>
    /// <param name="destination">Shape [width], a multiple of 16.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AccumulateRows(ReadOnlySpan<float> matrix, int stride, int start, ReadOnlySpan<int> rows, ReadOnlySpan<float> values, Span<float> destination)
    {
        var width = (nuint)destination.Length;
        if (start < 0 || start + destination.Length > stride || ((stride | start | destination.Length) & 15) != 0)
        {
            Throw.Kernel_LengthsDiffer(nameof(AccumulateRows), stride, destination.Length);
        }

        CheckRows(matrix.Length, stride, rows);
        ref var weights = ref Unsafe.Add(ref MemoryMarshal.GetReference(matrix), start);
        ref var output = ref MemoryMarshal.GetReference(destination);
        nuint column = 0;
        for (; column + Wide <= width; column += Wide)
        {
            AccumulateWide(ref Unsafe.Add(ref weights, column), (nuint)stride, rows, values, ref Unsafe.Add(ref output, column));
        }

        for (; column + 64 <= width; column += 64)
        {
            var a = Vector512.LoadUnsafe(ref output, column);
            var b = Vector512.LoadUnsafe(ref output, column + 16);
            var c = Vector512.LoadUnsafe(ref output, column + 32);
            var d = Vector512.LoadUnsafe(ref output, column + 48);
            for (var k = 0; k < rows.Length; k++)
            {
                var at = ((nuint)rows[k] * (nuint)stride) + column;
                var value = Vector512.Create(values[k]);
                a = Vector512.FusedMultiplyAdd(value, Vector512.LoadUnsafe(ref weights, at), a);
                b = Vector512.FusedMultiplyAdd(value, Vector512.LoadUnsafe(ref weights, at + 16), b);
                c = Vector512.FusedMultiplyAdd(value, Vector512.LoadUnsafe(ref weights, at + 32), c);
                d = Vector512.FusedMultiplyAdd(value, Vector512.LoadUnsafe(ref weights, at + 48), d);
            }

            a.StoreUnsafe(ref output, column);
            b.StoreUnsafe(ref output, column + 16);
            c.StoreUnsafe(ref output, column + 32);
            d.StoreUnsafe(ref output, column + 48);
        }

        for (; column < width; column += 16)
        {
            var a = Vector512.LoadUnsafe(ref output, column);
            for (var k = 0; k < rows.Length; k++)
            {
                a = Vector512.FusedMultiplyAdd(Vector512.Create(values[k]), Vector512.LoadUnsafe(ref weights, ((nuint)rows[k] * (nuint)stride) + column), a);
            }

            a.StoreUnsafe(ref output, column);
        }
    }

    /// <summary>destination[:] += factor · source[:], with fused multiply-add.</summary>
    /// <param name="source">Shape [n].</param>
    /// <param name="factor">Factor.</param>
    /// <param name="destination">Shape [n].</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddScaled(ReadOnlySpan<float> source, float factor, Span<float> destination)
    {
        if (source.Length != destination.Length)
        {
            Throw.Kernel_LengthsDiffer(nameof(AddScaled), source.Length, destination.Length);
        }

        ref var from = ref MemoryMarshal.GetReference(source);
        ref var to = ref MemoryMarshal.GetReference(destination);
        var scale = Vector512.Create(factor);
        nuint i = 0;
        for (; i + 16 <= (nuint)source.Length; i += 16)
        {
            Vector512.FusedMultiplyAdd(scale, Vector512.LoadUnsafe(ref from, i), Vector512.LoadUnsafe(ref to, i)).StoreUnsafe(ref to, i);
        }

        for (; i < (nuint)source.Length; i++)
        {
            destination[(int)i] = MathF.FusedMultiplyAdd(factor, source[(int)i], destination[(int)i]);
        }
    }

    /// <summary>destination[:] = factor · source[:].</summary>
    /// <param name="source">Shape [n].</param>
    /// <param name="factor">Factor.</param>
    /// <param name="destination">Shape [n].</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Scale(ReadOnlySpan<float> source, float factor, Span<float> destination)
    {
        if (source.Length != destination.Length)
        {
            Throw.Kernel_LengthsDiffer(nameof(Scale), source.Length, destination.Length);
        }

        ref var from = ref MemoryMarshal.GetReference(source);
        ref var to = ref MemoryMarshal.GetReference(destination);
        var scale = Vector512.Create(factor);
        nuint i = 0;
        for (; i + 16 <= (nuint)source.Length; i += 16)
        {
            (scale * Vector512.LoadUnsafe(ref from, i)).StoreUnsafe(ref to, i);
        }

        for (; i < (nuint)source.Length; i++)
        {
            destination[(int)i] = factor * source[(int)i];
        }
    }

    /// <summary>
    /// destination[row] = slopes[row] · Σ_j matrix[row, j] · line[j] for rows of one line of 16, each sum with the bits of <see cref="Reduction.Dot"/>; 0 where the slope is 0.
    /// </summary>
    /// <param name="matrix">Shape [n, 16].</param>
    /// <param name="line">Shape [16].</param>
    /// <param name="slopes">Shape [rows].</param>
    /// <param name="destination">Shape [rows]; overwritten.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void DotLines(ReadOnlySpan<float> matrix, ReadOnlySpan<float> line, ReadOnlySpan<float> slopes, Span<float> destination)
    {
        if (line.Length != 16 || matrix.Length < 16 * slopes.Length || destination.Length != slopes.Length)
        {
            Throw.Kernel_LengthsDiffer(nameof(DotLines), slopes.Length, destination.Length);
        }

        ref var weights = ref MemoryMarshal.GetReference(matrix);
        var credit = Vector512.LoadUnsafe(ref MemoryMarshal.GetReference(line));
        ref var to = ref MemoryMarshal.GetReference(destination);
        var row = 0;
        for (; row + 4 <= destination.Length; row += 4)
        {
            ref var four = ref Unsafe.Add(ref weights, row * 16);
            Reduction.Lanes(
                Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref four), credit, Vector512<float>.Zero),
                Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref four, 16), credit, Vector512<float>.Zero),
                Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref four, 32), credit, Vector512<float>.Zero),
                Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref four, 48), credit, Vector512<float>.Zero)).StoreUnsafe(ref to, (nuint)row);
        }

        for (; row < destination.Length; row++)
        {
            Unsafe.Add(ref to, row) = Reduction.Lanes(Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref weights, (nuint)row * 16), credit, Vector512<float>.Zero));
        }

        // Which units are silent cannot be foretold, so that a branch on it would cost more than their sums.
        ref var derivatives = ref MemoryMarshal.GetReference(slopes);
        var k = 0;
        for (; k + 16 <= slopes.Length; k += 16)
        {
            var slope = Vector512.LoadUnsafe(ref derivatives, (nuint)k);
            var product = slope * Vector512.LoadUnsafe(ref to, (nuint)k);
            Vector512.ConditionalSelect(Vector512.Equals(slope, Vector512<float>.Zero), Vector512<float>.Zero, product).StoreUnsafe(ref to, (nuint)k);
        }

        for (; k < slopes.Length; k++)
        {
            destination[k] = slopes[k] == 0f ? 0f : slopes[k] * destination[k];
        }
    }

    /// <summary>matrix[rows[k], start + j] += delta[k, j] for every row k and column j of a window.</summary>
    /// <param name="delta">Shape [active, width].</param>
    /// <param name="rows">Row numbers, shape [active].</param>
    /// <param name="start">First column, a multiple of 16.</param>
    /// <param name="width">Columns, a multiple of 16.</param>
    /// <param name="matrix">Shape [n, stride].</param>
    /// <param name="stride">Floats per row, a multiple of 16.</param>
    /// <returns>Σ delta², by lanes in four sums that take lines in turn, then by one tree.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float AddRows(ReadOnlySpan<float> delta, ReadOnlySpan<int> rows, int start, int width, Span<float> matrix, int stride)
    {
        if (((width | start) & 15) != 0 || start < 0 || start + width > stride || delta.Length != rows.Length * width)
        {
            Throw.Kernel_LengthsDiffer(nameof(AddRows), rows.Length * width, delta.Length);
        }

        CheckRows(matrix.Length, stride, rows);
        ref var from = ref MemoryMarshal.GetReference(delta);
        var (a, b, c, d) = (Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero);
        foreach (var row in rows)
        {
            ref var to = ref Unsafe.Add(ref MemoryMarshal.GetReference(matrix), ((nint)row * stride) + start);
            for (nuint i = 0; i < (nuint)width; i += 16)
            {
                var change = Vector512.LoadUnsafe(ref from, i);
                (Vector512.LoadUnsafe(ref to, i) + change).StoreUnsafe(ref to, i);

                // Lines go to the four sums in turn.
                (a, b, c, d) = (b, c, d, Vector512.FusedMultiplyAdd(change, change, a));
            }

            from = ref Unsafe.Add(ref from, width);
        }

        return Reduction.Lanes((a + b) + (c + d));
    }

    /// <summary>Sixteen lines of every row at once: a narrow matrix is one stream through memory, row after row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AccumulateWide(ref float weights, nuint stride, ReadOnlySpan<int> rows, ReadOnlySpan<float> values, ref float output)
    {
        var (a0, a1, a2, a3) = (Vector512.LoadUnsafe(ref output), Vector512.LoadUnsafe(ref output, 16), Vector512.LoadUnsafe(ref output, 32), Vector512.LoadUnsafe(ref output, 48));
        var (a4, a5, a6, a7) = (Vector512.LoadUnsafe(ref output, 64), Vector512.LoadUnsafe(ref output, 80), Vector512.LoadUnsafe(ref output, 96), Vector512.LoadUnsafe(ref output, 112));
        var (b0, b1, b2, b3) = (Vector512.LoadUnsafe(ref output, 128), Vector512.LoadUnsafe(ref output, 144), Vector512.LoadUnsafe(ref output, 160), Vector512.LoadUnsafe(ref output, 176));
        var (b4, b5, b6, b7) = (Vector512.LoadUnsafe(ref output, 192), Vector512.LoadUnsafe(ref output, 208), Vector512.LoadUnsafe(ref output, 224), Vector512.LoadUnsafe(ref output, 240));
        for (var k = 0; k < rows.Length; k++)
        {
            ref var row = ref Unsafe.Add(ref weights, (nuint)rows[k] * stride);
            var value = Vector512.Create(values[k]);
            a0 = Vector512.FusedMultiplyAdd(value, Vector512.LoadUnsafe(ref row), a0);
            a1 = Vector512.FusedMultiplyAdd(value, Vector512.LoadUnsafe(ref row, 16), a1);
            a2 = Vector512.FusedMultiplyAdd(value, Vector512.LoadUnsafe(ref row, 32), a2);
            a3 = Vector512.FusedMultiplyAdd(value, Vector512.LoadUnsafe(ref row, 48), a3);
            a4 = Vector512.FusedMultiplyAdd(value, Vector512.LoadUnsafe(ref row, 64), a4);
            a5 = Vector512.FusedMultiplyAdd(value, Vector512.LoadUnsafe(ref row, 80), a5);
            a6 = Vector512.FusedMultiplyAdd(value, Vector512.LoadUnsafe(ref row, 96), a6);
            a7 = Vector512.FusedMultiplyAdd(value, Vector512.LoadUnsafe(ref row, 112), a7);
            b0 = Vector512.FusedMultiplyAdd(value, Vector512.LoadUnsafe(ref row, 128), b0);
            b1 = Vector512.FusedMultiplyAdd(value, Vector512.LoadUnsafe(ref row, 144), b1);
            b2 = Vector512.FusedMultiplyAdd(value, Vector512.LoadUnsafe(ref row, 160), b2);
            b3 = Vector512.FusedMultiplyAdd(value, Vector512.LoadUnsafe(ref row, 176), b3);
            b4 = Vector512.FusedMultiplyAdd(value, Vector512.LoadUnsafe(ref row, 192), b4);
            b5 = Vector512.FusedMultiplyAdd(value, Vector512.LoadUnsafe(ref row, 208), b5);
            b6 = Vector512.FusedMultiplyAdd(value, Vector512.LoadUnsafe(ref row, 224), b6);
            b7 = Vector512.FusedMultiplyAdd(value, Vector512.LoadUnsafe(ref row, 240), b7);
        }

        a0.StoreUnsafe(ref output);
        a1.StoreUnsafe(ref output, 16);
        a2.StoreUnsafe(ref output, 32);
        a3.StoreUnsafe(ref output, 48);
        a4.StoreUnsafe(ref output, 64);
        a5.StoreUnsafe(ref output, 80);
        a6.StoreUnsafe(ref output, 96);
        a7.StoreUnsafe(ref output, 112);
        b0.StoreUnsafe(ref output, 128);
        b1.StoreUnsafe(ref output, 144);
        b2.StoreUnsafe(ref output, 160);
        b3.StoreUnsafe(ref output, 176);
        b4.StoreUnsafe(ref output, 192);
        b5.StoreUnsafe(ref output, 208);
        b6.StoreUnsafe(ref output, 224);
        b7.StoreUnsafe(ref output, 240);
    }

    private static void CheckRows(int length, int stride, ReadOnlySpan<int> rows)
    {
        var limit = Vector512.Create((uint)(length / stride));
        ref var start = ref Unsafe.As<int, uint>(ref MemoryMarshal.GetReference(rows));
        var k = 0;
        for (; k + 16 <= rows.Length; k += 16)
        {
            if (Vector512.GreaterThanOrEqualAny(Vector512.LoadUnsafe(ref start, (nuint)k), limit))
            {
                break;
            }
        }

        for (; k < rows.Length; k++)
        {
            if ((uint)rows[k] >= limit.ToScalar())
            {
                Throw.Kernel_LengthsDiffer(nameof(AccumulateRows), (int)limit.ToScalar(), rows[k]);
            }
        }
    }
}
