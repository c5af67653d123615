using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace LifelongApi.Learning.Numerics;

/// <summary>
/// A symmetric matrix in half the memory: the lower triangle in strips of 4 rows, each strip whole up to and with the 16 × 16 block on the diagonal,
/// as chunks of 4 × 16 one after another, so that a pass over the matrix is one stream of whole vectors.
/// Inside a diagonal block both halves are stored and get the same bits. Every output lane is accumulated in the order of the strips and chunks, so the result is
/// the same on every vector width.
/// </summary>
public static class SymmetricTiles
{
    /// <summary>Rows of a strip.</summary>
    public const int StripRows = 4;

    private const int Line = 16;
    private const int Chunk = StripRows * Line;

    /// <summary>Floats that a matrix takes.</summary>
    /// <param name="size">Rows and columns, 1 or more.</param>
    /// <returns>The length.</returns>
    public static int LengthOf(int size) => StartOf((size + StripRows - 1) / StripRows);

    /// <summary>Where a cell is.</summary>
    /// <param name="row">Row.</param>
    /// <param name="column">Column; above the diagonal the mirrored cell is meant.</param>
    /// <returns>Offset in floats.</returns>
    public static int OffsetOf(int row, int column)
    {
        if (column / Line > row / Line)
        {
            (row, column) = (column, row);
        }

        return StartOf(row / StripRows) + (column / Line * Chunk) + (row % StripRows * Line) + (column % Line);
    }

    /// <summary>product = A · vector. What is exactly zero in the vector costs nothing by strips of 4 and lines of 16.</summary>
    /// <param name="tiles">A, shape [<see cref="LengthOf"/>(size)].</param>
    /// <param name="size">Rows and columns.</param>
    /// <param name="vector">Shape [size padded to 16], zero in its padding.</param>
    /// <param name="product">Shape [size padded to 16]; overwritten, zero in its padding.</param>
    public static void Multiply(ReadOnlySpan<float> tiles, int size, ReadOnlySpan<float> vector, Span<float> product) =>
        Multiply(tiles, size, 1, vector, product);

    /// <summary>products[k] = A · vectors[k] for every k, each with the bits that it has alone: strip by strip for all of them, so that A comes from memory once.</summary>
    /// <param name="tiles">A, shape [<see cref="LengthOf"/>(size)].</param>
    /// <param name="size">Rows and columns.</param>
    /// <param name="count">Vectors, 1 or more.</param>
    /// <param name="vectors">Shape [count, size padded to 16], zero in the padding.</param>
    /// <param name="products">Shape [count, size padded to 16]; overwritten, zero in the padding.</param>
    public static void Multiply(ReadOnlySpan<float> tiles, int size, int count, ReadOnlySpan<float> vectors, Span<float> products)
    {
        if (vectors.Length % count != 0 || products.Length != vectors.Length)
        {
            Throw.Kernel_LengthsDiffer(nameof(Multiply), vectors.Length, products.Length);
        }

        var stride = vectors.Length / count;
        Check(nameof(Multiply), tiles.Length, size, stride, stride);
        products.Clear();
        ref var h = ref MemoryMarshal.GetReference(vectors);
        ref var output = ref MemoryMarshal.GetReference(products);
        ref var strip = ref MemoryMarshal.GetReference(tiles);
        for (var row = 0; row < size; row += StripRows)
        {
            for (var k = 0; k < count; k++)
            {
                MultiplyStrip(ref strip, row, ref Unsafe.Add(ref h, k * stride), ref Unsafe.Add(ref output, k * stride));
            }

            strip = ref Unsafe.Add(ref strip, ((row & ~(Line - 1)) + Line) * StripRows);
        }
    }

    /// <summary>
    /// A += Σ_k left[k] right[k]ᵀ in the order of k, with fused multiply-add, in one pass over A. The sum is to be symmetric: left[k] = ± right[k].
    /// The product is exact inside the fused operation, so both halves of a diagonal block stay equal.
    /// </summary>
    /// <param name="tiles">A, shape [<see cref="LengthOf"/>(size)].</param>
    /// <param name="size">Rows and columns.</param>
    /// <param name="count">Vectors, 1 or more.</param>
    /// <param name="left">Shape [count, size padded to 16], zero in the padding.</param>
    /// <param name="right">Shape [count, size padded to 16], zero in the padding.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddOuters(Span<float> tiles, int size, int count, ReadOnlySpan<float> left, ReadOnlySpan<float> right)
    {
        Check(nameof(AddOuters), tiles.Length, size, left.Length / count, right.Length / count);
        var stride = (nuint)(left.Length / count);
        ref var factors = ref MemoryMarshal.GetReference(left);
        ref var sources = ref MemoryMarshal.GetReference(right);
        ref var chunk = ref MemoryMarshal.GetReference(tiles);
        for (var row = 0; row < size; row += StripRows)
        {
            var end = (nuint)((row & ~(Line - 1)) + Line);
            nuint column = 0;
            for (; column + 32 <= end; column += 32)
            {
                var (a0, a1) = (Vector512.LoadUnsafe(ref chunk), Vector512.LoadUnsafe(ref chunk, 64));
                var (b0, b1) = (Vector512.LoadUnsafe(ref chunk, 16), Vector512.LoadUnsafe(ref chunk, 80));
                var (c0, c1) = (Vector512.LoadUnsafe(ref chunk, 32), Vector512.LoadUnsafe(ref chunk, 96));
                var (d0, d1) = (Vector512.LoadUnsafe(ref chunk, 48), Vector512.LoadUnsafe(ref chunk, 112));
                ref var source = ref Unsafe.Add(ref sources, column);
                ref var own = ref Unsafe.Add(ref factors, row);
                for (var k = 0; k < count; k++)
                {
                    var x0 = Vector512.LoadUnsafe(ref source);
                    var x1 = Vector512.LoadUnsafe(ref source, 16);
                    var factor = Vector512.Create(own);
                    a0 = Vector512.FusedMultiplyAdd(factor, x0, a0);
                    a1 = Vector512.FusedMultiplyAdd(factor, x1, a1);
                    factor = Vector512.Create(Unsafe.Add(ref own, 1));
                    b0 = Vector512.FusedMultiplyAdd(factor, x0, b0);
                    b1 = Vector512.FusedMultiplyAdd(factor, x1, b1);
                    factor = Vector512.Create(Unsafe.Add(ref own, 2));
                    c0 = Vector512.FusedMultiplyAdd(factor, x0, c0);
                    c1 = Vector512.FusedMultiplyAdd(factor, x1, c1);
                    factor = Vector512.Create(Unsafe.Add(ref own, 3));
                    d0 = Vector512.FusedMultiplyAdd(factor, x0, d0);
                    d1 = Vector512.FusedMultiplyAdd(factor, x1, d1);
                    source = ref Unsafe.Add(ref source, stride);
                    own = ref Unsafe.Add(ref own, stride);
                }

                a0.StoreUnsafe(ref chunk);
                b0.StoreUnsafe(ref chunk, 16);
                c0.StoreUnsafe(ref chunk, 32);
                d0.StoreUnsafe(ref chunk, 48);
                a1.StoreUnsafe(ref chunk, 64);
                b1.StoreUnsafe(ref chunk, 80);
                c1.StoreUnsafe(ref chunk, 96);
                d1.StoreUnsafe(ref chunk, 112);
                chunk = ref Unsafe.Add(ref chunk, 2 * Chunk);
            }

            if (column < end)
            {
                var (a, b, c, d) = (Vector512.LoadUnsafe(ref chunk), Vector512.LoadUnsafe(ref chunk, 16), Vector512.LoadUnsafe(ref chunk, 32), Vector512.LoadUnsafe(ref chunk, 48));
                ref var source = ref Unsafe.Add(ref sources, column);
                ref var own = ref Unsafe.Add(ref factors, row);
                for (var k = 0; k < count; k++)
                {
                    var x = Vector512.LoadUnsafe(ref source);
                    a = Vector512.FusedMultiplyAdd(Vector512.Create(own), x, a);
                    b = Vector512.FusedMultiplyAdd(Vector512.Create(Unsafe.Add(ref own, 1)), x, b);
                    c = Vector512.FusedMultiplyAdd(Vector512.Create(Unsafe.Add(ref own, 2)), x, c);
                    d = Vector512.FusedMultiplyAdd(Vector512.Create(Unsafe.Add(ref own, 3)), x, d);
                    source = ref Unsafe.Add(ref source, stride);
                    own = ref Unsafe.Add(ref own, stride);
                }

                a.StoreUnsafe(ref chunk);
                b.StoreUnsafe(ref chunk, 16);
                c.StoreUnsafe(ref chunk, 32);
                d.StoreUnsafe(ref chunk, 48);
                chunk = ref Unsafe.Add(ref chunk, Chunk);
            }
        }
    }

    /// <summary>The strip's share of a product: its own rows, and the rows mirrored by what lies left of its diagonal block.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyStrip(ref float chunk, int row, ref float h, ref float output)
    {
        var diagonal = (nuint)(row & ~(Line - 1));
        var first = Unsafe.Add(ref h, row);
        var second = Unsafe.Add(ref h, row + 1);
        var third = Unsafe.Add(ref h, row + 2);
        var fourth = Unsafe.Add(ref h, row + 3);
        var (a, b, c, d) = (Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero);
        if (first == 0f && second == 0f && third == 0f && fourth == 0f)
        {
            for (nuint column = 0; column < diagonal; column += Line)
            {
                var x = Vector512.LoadUnsafe(ref h, column);
                if (x != Vector512<float>.Zero)
                {
                    ref var at = ref Unsafe.Add(ref chunk, column * StripRows);
                    a = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref at), x, a);
                    b = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref at, 16), x, b);
                    c = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref at, 32), x, c);
                    d = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref at, 48), x, d);
                }
            }
        }
        else
        {
            var (ha, hb, hc, hd) = (Vector512.Create(first), Vector512.Create(second), Vector512.Create(third), Vector512.Create(fourth));
            for (nuint column = 0; column < diagonal; column += Line)
            {
                ref var at = ref Unsafe.Add(ref chunk, column * StripRows);
                var x = Vector512.LoadUnsafe(ref h, column);
                var y = Vector512.LoadUnsafe(ref output, column);
                var v = Vector512.LoadUnsafe(ref at);
                a = Vector512.FusedMultiplyAdd(v, x, a);
                y = Vector512.FusedMultiplyAdd(v, ha, y);
                v = Vector512.LoadUnsafe(ref at, 16);
                b = Vector512.FusedMultiplyAdd(v, x, b);
                y = Vector512.FusedMultiplyAdd(v, hb, y);
                v = Vector512.LoadUnsafe(ref at, 32);
                c = Vector512.FusedMultiplyAdd(v, x, c);
                y = Vector512.FusedMultiplyAdd(v, hc, y);
                v = Vector512.LoadUnsafe(ref at, 48);
                d = Vector512.FusedMultiplyAdd(v, x, d);
                y = Vector512.FusedMultiplyAdd(v, hd, y);
                y.StoreUnsafe(ref output, column);
            }
        }

        chunk = ref Unsafe.Add(ref chunk, diagonal * StripRows);
        var own = Vector512.LoadUnsafe(ref h, diagonal);
        a = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref chunk), own, a);
        b = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref chunk, 16), own, b);
        c = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref chunk, 32), own, c);
        d = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref chunk, 48), own, d);
        Reduction.Lanes(a, b, c, d).StoreUnsafe(ref output, (nuint)row);
    }

    /// <summary>First float of a strip: strips 4p … 4p + 3 have p + 1 chunks each.</summary>
    private static int StartOf(int strip)
    {
        var (block, rest) = (strip / StripRows, strip % StripRows);
        return checked(Chunk * ((StripRows * (block * (block + 1) / 2)) + (rest * (block + 1))));
    }

    private static void Check(string kernel, int length, int size, int vector, int other)
    {
        var stride = (size + Line - 1) / Line * Line;
        if (size < 1 || length != LengthOf(size))
        {
            Throw.Kernel_LengthsDiffer(kernel, Math.Max(0, size), length);
        }

        if (vector != stride || other != stride)
        {
            Throw.Kernel_LengthsDiffer(kernel, vector, other);
        }
    }
}
