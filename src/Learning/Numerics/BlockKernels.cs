using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace LifelongApi.Learning.Numerics;

/// <summary>
/// Products of a few vectors at once with a large matrix, which is then read once for all of them. Every lane continues from what its destination holds, in the order of
/// the inner index with fused multiply-add, so that no blocking changes a bit, and one vector alone gives what it gives among others.
/// </summary>
public static partial class BlockKernels
{
    private const int Columns = 64;

    /// <summary>Inner indices of a panel of the matrix: with 64 columns half of the first-level cache.</summary>
    private const int Depth = 64;

    /// <summary>Floats of lines that are a quarter of the first-level cache.</summary>
    private const int LargestLines = 2048;

    /// <summary>sums[v, :] += Σ_i vectors[v, i] · matrix[i, :], in the order of i.</summary>
    /// <param name="vectors">Shape [count, vectorStride]; the first <paramref name="inner"/> numbers of each count.</param>
    /// <param name="count">Vectors.</param>
    /// <param name="inner">Rows of the matrix.</param>
    /// <param name="vectorStride">Floats from vector to vector.</param>
    /// <param name="matrix">Shape [inner, stride].</param>
    /// <param name="stride">Floats per row of the matrix and of the sums, a multiple of 16.</param>
    /// <param name="sums">Shape [count, stride].</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(ReadOnlySpan<float> vectors, int count, int inner, int vectorStride, ReadOnlySpan<float> matrix, int stride, Span<float> sums)
    {
        if ((stride & 15) != 0 || inner < 0 || vectorStride < inner || vectors.Length < count * vectorStride || matrix.Length < inner * stride || sums.Length < count * stride)
        {
            Throw.Kernel_LengthsDiffer(nameof(Multiply), count * stride, sums.Length);
        }

        ref var a = ref MemoryMarshal.GetReference(vectors);
        ref var b = ref MemoryMarshal.GetReference(matrix);
        ref var c = ref MemoryMarshal.GetReference(sums);
        var cell = default(Continued);
        for (var from = 0; from < inner; from += Depth)
        {
            var depth = (nuint)Math.Min(Depth, inner - from);
            for (var column = 0; column < stride; column += Columns)
            {
                var width = Math.Min(Columns, stride - column);
                ref var panel = ref Unsafe.Add(ref b, (from * stride) + column);
                var v = 0;
                for (; v + 4 <= count; v += 4)
                {
                    ref var left = ref Unsafe.Add(ref a, (v * vectorStride) + from);
                    ref var to = ref Unsafe.Add(ref c, (v * stride) + column);
                    Four(
                        ref left,
                        ref Unsafe.Add(ref left, vectorStride),
                        ref Unsafe.Add(ref left, 2 * vectorStride),
                        ref Unsafe.Add(ref left, 3 * vectorStride),
                        1,
                        depth,
                        ref panel,
                        (nuint)stride,
                        width,
                        ref to,
                        ref Unsafe.Add(ref to, stride),
                        ref Unsafe.Add(ref to, 2 * stride),
                        ref Unsafe.Add(ref to, 3 * stride),
                        ref cell);
                }

                for (; v < count; v++)
                {
                    One(ref Unsafe.Add(ref a, (v * vectorStride) + from), 1, depth, ref panel, (nuint)stride, width, ref Unsafe.Add(ref c, (v * stride) + column), ref cell);
                }
            }
        }
    }

    /// <summary>product[k, j] = Σ_v vectors[v, rows[k]] · lines[v, start + j] for every row k and column j of a window, in the order of v.</summary>
    /// <param name="vectors">Shape [count, vectorStride].</param>
    /// <param name="count">Vectors, each with a line.</param>
    /// <param name="vectorStride">Floats from vector to vector.</param>
    /// <param name="lines">Shape [count, stride].</param>
    /// <param name="stride">Floats per line, a multiple of 16.</param>
    /// <param name="rows">Which numbers of the vectors.</param>
    /// <param name="start">First column, a multiple of 16.</param>
    /// <param name="width">Columns, a multiple of 16.</param>
    /// <param name="product">Shape [rows, width]; overwritten.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Outer(ReadOnlySpan<float> vectors, int count, int vectorStride, ReadOnlySpan<float> lines, int stride, ReadOnlySpan<int> rows, int start, int width, Span<float> product)
    {
        if (((stride | start | width) & 15) != 0 || start < 0 || start + width > stride || vectors.Length < count * vectorStride || lines.Length < count * stride || product.Length != rows.Length * width)
        {
            Throw.Kernel_LengthsDiffer(nameof(Outer), rows.Length * width, product.Length);
        }

        CheckRows(rows, vectorStride);
        ref var left = ref MemoryMarshal.GetReference(vectors);
        ref var to = ref MemoryMarshal.GetReference(product);
        var cell = default(Fresh);
        for (var column = 0; column < width; column += Columns)
        {
            ref var line = ref Unsafe.Add(ref MemoryMarshal.GetReference(lines), start + column);
            var part = Math.Min(Columns, width - column);
            var k = 0;
            for (; k + 4 <= rows.Length; k += 4)
            {
                ref var at = ref Unsafe.Add(ref to, (k * width) + column);
                Four(
                    ref Unsafe.Add(ref left, rows[k]),
                    ref Unsafe.Add(ref left, rows[k + 1]),
                    ref Unsafe.Add(ref left, rows[k + 2]),
                    ref Unsafe.Add(ref left, rows[k + 3]),
                    (nuint)vectorStride,
                    (nuint)count,
                    ref line,
                    (nuint)stride,
                    part,
                    ref at,
                    ref Unsafe.Add(ref at, width),
                    ref Unsafe.Add(ref at, 2 * width),
                    ref Unsafe.Add(ref at, 3 * width),
                    ref cell);
            }

            for (; k < rows.Length; k++)
            {
                One(ref Unsafe.Add(ref left, rows[k]), (nuint)vectorStride, (nuint)count, ref line, (nuint)stride, part, ref Unsafe.Add(ref to, (k * width) + column), ref cell);
            }
        }
    }

    /// <summary>matrix[rows[k], :] += Σ_v vectors[v, rows[k]] · lines[v, :] for every row k, in the order of v.</summary>
    /// <param name="vectors">Shape [count, vectorStride].</param>
    /// <param name="count">Vectors, each with a line.</param>
    /// <param name="vectorStride">Floats from vector to vector.</param>
    /// <param name="lines">Shape [count, stride].</param>
    /// <param name="rows">Rows that change, each once.</param>
    /// <param name="matrix">Shape [n, stride].</param>
    /// <param name="stride">Floats per row and line, a multiple of 16.</param>
    public static void AddOuters(ReadOnlySpan<float> vectors, int count, int vectorStride, ReadOnlySpan<float> lines, ReadOnlySpan<int> rows, Span<float> matrix, int stride)
    {
        var cell = default(Continued);
        Change(vectors, count, vectorStride, lines, rows, matrix, stride, ref cell);
    }

    /// <summary>matrix[rows[k], :] += factor · Σ_v vectors[v, rows[k]] · lines[v, :] for every row k: <see cref="Outer"/>, <see cref="RowKernels.Scale"/> and <see cref="RowKernels.AddRows"/> in one pass.</summary>
    /// <param name="vectors">Shape [count, vectorStride].</param>
    /// <param name="count">Vectors, each with a line.</param>
    /// <param name="vectorStride">Floats from vector to vector.</param>
    /// <param name="lines">Shape [count, stride].</param>
    /// <param name="rows">Rows that change, each once.</param>
    /// <param name="factor">The factor.</param>
    /// <param name="matrix">Shape [n, stride].</param>
    /// <param name="stride">Floats per row and line, a multiple of 16.</param>
    /// <returns>Sum of the squares of what was added, in the order of columns of 64 and rows of four.</returns>
    public static float AddScaledOuters(ReadOnlySpan<float> vectors, int count, int vectorStride, ReadOnlySpan<float> lines, ReadOnlySpan<int> rows, float factor, Span<float> matrix, int stride)
    {
        var cell = new Added(factor);
        Change(vectors, count, vectorStride, lines, rows, matrix, stride, ref cell);
        return cell.Square;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Change<TCell>(ReadOnlySpan<float> vectors, int count, int vectorStride, ReadOnlySpan<float> lines, ReadOnlySpan<int> rows, Span<float> matrix, int stride, ref TCell cell)
        where TCell : struct, ICell
    {
        if ((stride & 15) != 0 || vectors.Length < count * vectorStride || lines.Length < count * stride)
        {
            Throw.Kernel_LengthsDiffer(nameof(AddOuters), count * stride, lines.Length);
        }

        CheckRows(rows, Math.Min(vectorStride, matrix.Length / stride));
        ref var left = ref MemoryMarshal.GetReference(vectors);
        ref var to = ref MemoryMarshal.GetReference(matrix);
        var whole = rows.Length & ~3;

        // Many lines: their part of some columns is to stay in the first-level cache. Few lines stay there whole, and rows are one stream.
        var panel = count * stride > LargestLines ? Columns : stride;
        Span<float> packed = stackalloc float[LargestLines];
        for (var from = 0; from < stride; from += panel)
        {
            var part = Packed(lines, count, stride, from, panel, packed, out var step);
            ref var line = ref MemoryMarshal.GetReference(part);
            for (var k = 0; k < whole; k += 4)
            {
                for (var column = from; column < Math.Min(from + panel, stride); column += Columns)
                {
                    Four(
                        ref Unsafe.Add(ref left, rows[k]),
                        ref Unsafe.Add(ref left, rows[k + 1]),
                        ref Unsafe.Add(ref left, rows[k + 2]),
                        ref Unsafe.Add(ref left, rows[k + 3]),
                        (nuint)vectorStride,
                        (nuint)count,
                        ref Unsafe.Add(ref line, column - from),
                        (nuint)step,
                        Math.Min(Columns, stride - column),
                        ref Unsafe.Add(ref to, ((nint)rows[k] * stride) + column),
                        ref Unsafe.Add(ref to, ((nint)rows[k + 1] * stride) + column),
                        ref Unsafe.Add(ref to, ((nint)rows[k + 2] * stride) + column),
                        ref Unsafe.Add(ref to, ((nint)rows[k + 3] * stride) + column),
                        ref cell);
                }
            }
        }

        foreach (var row in rows[whole..])
        {
            One(ref Unsafe.Add(ref left, row), (nuint)vectorStride, (nuint)count, ref MemoryMarshal.GetReference(lines), (nuint)stride, stride, ref Unsafe.Add(ref to, (nint)row * stride), ref cell);
        }
    }

    /// <summary>
    /// Some columns of lines, side by side where they are few of many: lines at a distance of a power of two share the same few places of the first-level cache, which would not hold them all.
    /// </summary>
    /// <param name="lines">Shape [count, stride].</param>
    /// <param name="count">Lines.</param>
    /// <param name="stride">Floats per line.</param>
    /// <param name="from">First column.</param>
    /// <param name="width">Columns.</param>
    /// <param name="room">Room for them; overwritten.</param>
    /// <param name="step">Floats from line to line of what is returned.</param>
    /// <returns>The columns from the first on.</returns>
    private static ReadOnlySpan<float> Packed(ReadOnlySpan<float> lines, int count, int stride, int from, int width, Span<float> room, out int step)
    {
        if (width == stride || from + width > stride || count * width > room.Length)
        {
            step = stride;
            return lines[from..];
        }

        for (var k = 0; k < count; k++)
        {
            lines.Slice((k * stride) + from, width).CopyTo(room[(k * width)..]);
        }

        step = width;
        return room;
    }

    private static void CheckRows(ReadOnlySpan<int> rows, int limit)
    {
        foreach (var row in rows)
        {
            if ((uint)row >= (uint)limit)
            {
                Throw.Kernel_LengthsDiffer(nameof(BlockKernels), limit, row);
            }
        }
    }
}
