using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace LifelongApi.Learning.Numerics;

/// <summary>Small dense products. Every output lane is accumulated on its own in the order of the inner index, so blocking changes no bit.</summary>
public static class MatrixKernels
{
    /// <summary>product[r, :] = Σ_i left[r, i] · right[i, :] for every row r, with fused multiply-add.</summary>
    /// <param name="left">Shape [rows, leftStride]; the first <paramref name="inner"/> columns count.</param>
    /// <param name="rows">Rows of the product.</param>
    /// <param name="inner">Inner length.</param>
    /// <param name="leftStride">Floats from row to row of <paramref name="left"/>.</param>
    /// <param name="right">Shape [inner, stride].</param>
    /// <param name="stride">Floats per row of <paramref name="right"/> and of the product, a multiple of 16.</param>
    /// <param name="product">Shape [rows, stride]; overwritten.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(ReadOnlySpan<float> left, int rows, int inner, int leftStride, ReadOnlySpan<float> right, int stride, Span<float> product)
    {
        if ((stride & 15) != 0 || right.Length < inner * stride || product.Length < rows * stride || left.Length < ((rows - 1) * leftStride) + inner)
        {
            Throw.Kernel_LengthsDiffer(nameof(Multiply), rows * stride, product.Length);
        }

        ref var a = ref MemoryMarshal.GetReference(left);
        ref var b = ref MemoryMarshal.GetReference(right);
        ref var c = ref MemoryMarshal.GetReference(product);
        var row = 0;
        for (; row + 4 <= rows; row += 4)
        {
            nuint column = 0;
            for (; column + 32 <= (nuint)stride; column += 32)
            {
                FourByTwo(ref Unsafe.Add(ref a, row * leftStride), leftStride, inner, ref Unsafe.Add(ref b, column), stride, ref Unsafe.Add(ref c, (nuint)(row * stride) + column));
            }

            for (; column < (nuint)stride; column += 16)
            {
                for (var r = row; r < row + 4; r++)
                {
                    OneByOne(ref Unsafe.Add(ref a, r * leftStride), inner, ref Unsafe.Add(ref b, column), stride, ref Unsafe.Add(ref c, (nuint)(r * stride) + column));
                }
            }
        }

        for (; row < rows; row++)
        {
            for (nuint column = 0; column < (nuint)stride; column += 16)
            {
                OneByOne(ref Unsafe.Add(ref a, row * leftStride), inner, ref Unsafe.Add(ref b, column), stride, ref Unsafe.Add(ref c, (nuint)(row * stride) + column));
            }
        }
    }

    /// <summary>product[:] = Σ_i left[i] · right[i, first …] for some of the columns, with fused multiply-add.</summary>
    /// <param name="left">Shape [inner].</param>
    /// <param name="right">Shape [inner, stride].</param>
    /// <param name="stride">Floats per row of <paramref name="right"/>.</param>
    /// <param name="first">First column.</param>
    /// <param name="product">Shape [columns], a multiple of 16; overwritten.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void MultiplyColumns(ReadOnlySpan<float> left, ReadOnlySpan<float> right, int stride, int first, Span<float> product)
    {
        if ((product.Length & 15) != 0 || first < 0 || first + product.Length > stride || right.Length < left.Length * stride)
        {
            Throw.Kernel_LengthsDiffer(nameof(MultiplyColumns), left.Length * stride, right.Length);
        }

        ref var b = ref MemoryMarshal.GetReference(right);
        ref var c = ref MemoryMarshal.GetReference(product);
        for (var column = 0; column < product.Length; column += 16)
        {
            OneByOne(ref MemoryMarshal.GetReference(left), left.Length, ref Unsafe.Add(ref b, first + column), stride, ref Unsafe.Add(ref c, column));
        }
    }

    /// <summary>destination[:] += factor · max(0, source[:] − threshold), with fused multiply-add.</summary>
    /// <param name="source">Shape [n].</param>
    /// <param name="threshold">What must be exceeded.</param>
    /// <param name="factor">What the rest is multiplied with.</param>
    /// <param name="destination">Shape [n], n a multiple of 16.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddRectified(ReadOnlySpan<float> source, float threshold, float factor, Span<float> destination)
    {
        if (source.Length != destination.Length || (source.Length & 15) != 0)
        {
            Throw.Kernel_LengthsDiffer(nameof(AddRectified), source.Length, destination.Length);
        }

        ref var from = ref MemoryMarshal.GetReference(source);
        ref var to = ref MemoryMarshal.GetReference(destination);
        var (level, scale) = (Vector512.Create(threshold), Vector512.Create(factor));
        for (nuint i = 0; i < (nuint)source.Length; i += 16)
        {
            // Not Max: a NaN must stay visible to the guard.
            var above = Vector512.LoadUnsafe(ref from, i) - level;
            var rectified = Vector512.ConditionalSelect(Vector512.LessThan(above, Vector512<float>.Zero), Vector512<float>.Zero, above);
            Vector512.FusedMultiplyAdd(rectified, scale, Vector512.LoadUnsafe(ref to, i)).StoreUnsafe(ref to, i);
        }
    }

    /// <summary>destination[:] = max(destination[:], source[:] − threshold).</summary>
    /// <param name="source">Shape [n].</param>
    /// <param name="threshold">What is taken off.</param>
    /// <param name="destination">Shape [n], n a multiple of 16.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void KeepLargest(ReadOnlySpan<float> source, float threshold, Span<float> destination)
    {
        if (source.Length != destination.Length || (source.Length & 15) != 0)
        {
            Throw.Kernel_LengthsDiffer(nameof(KeepLargest), source.Length, destination.Length);
        }

        ref var from = ref MemoryMarshal.GetReference(source);
        ref var to = ref MemoryMarshal.GetReference(destination);
        var level = Vector512.Create(threshold);
        for (nuint i = 0; i < (nuint)source.Length; i += 16)
        {
            // Not Max: a NaN must stay visible to the guard.
            var above = Vector512.LoadUnsafe(ref from, i) - level;
            var kept = Vector512.LoadUnsafe(ref to, i);
            Vector512.ConditionalSelect(Vector512.LessThanOrEqual(above, kept), kept, above).StoreUnsafe(ref to, i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FourByTwo(ref float a, int leftStride, int inner, ref float b, int stride, ref float c)
    {
        var (s00, s01, s10, s11) = (Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero);
        var (s20, s21, s30, s31) = (Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero);
        ref var a1 = ref Unsafe.Add(ref a, leftStride);
        ref var a2 = ref Unsafe.Add(ref a1, leftStride);
        ref var a3 = ref Unsafe.Add(ref a2, leftStride);
        for (var i = 0; i < inner; i++)
        {
            var b0 = Vector512.LoadUnsafe(ref b, (nuint)(i * stride));
            var b1 = Vector512.LoadUnsafe(ref b, (nuint)(i * stride) + 16);
            var x0 = Vector512.Create(Unsafe.Add(ref a, i));
            var x1 = Vector512.Create(Unsafe.Add(ref a1, i));
            var x2 = Vector512.Create(Unsafe.Add(ref a2, i));
            var x3 = Vector512.Create(Unsafe.Add(ref a3, i));
            s00 = Vector512.FusedMultiplyAdd(x0, b0, s00);
            s01 = Vector512.FusedMultiplyAdd(x0, b1, s01);
            s10 = Vector512.FusedMultiplyAdd(x1, b0, s10);
            s11 = Vector512.FusedMultiplyAdd(x1, b1, s11);
            s20 = Vector512.FusedMultiplyAdd(x2, b0, s20);
            s21 = Vector512.FusedMultiplyAdd(x2, b1, s21);
            s30 = Vector512.FusedMultiplyAdd(x3, b0, s30);
            s31 = Vector512.FusedMultiplyAdd(x3, b1, s31);
        }

        s00.StoreUnsafe(ref c);
        s01.StoreUnsafe(ref c, 16);
        s10.StoreUnsafe(ref c, (nuint)stride);
        s11.StoreUnsafe(ref c, (nuint)stride + 16);
        s20.StoreUnsafe(ref c, (nuint)(2 * stride));
        s21.StoreUnsafe(ref c, (nuint)(2 * stride) + 16);
        s30.StoreUnsafe(ref c, (nuint)(3 * stride));
        s31.StoreUnsafe(ref c, (nuint)(3 * stride) + 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void OneByOne(ref float a, int inner, ref float b, int stride, ref float c)
    {
        var sum = Vector512<float>.Zero;
        for (var i = 0; i < inner; i++)
        {
            sum = Vector512.FusedMultiplyAdd(Vector512.Create(Unsafe.Add(ref a, i)), Vector512.LoadUnsafe(ref b, (nuint)(i * stride)), sum);
        }

        sum.StoreUnsafe(ref c);
    }
}
