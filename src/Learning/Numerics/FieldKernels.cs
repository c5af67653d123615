using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace LifelongApi.Learning.Numerics;

/// <summary>Products of groups of four columns with vectors of their own. Every lane is accumulated in the order of the rows.</summary>
public static class FieldKernels
{
    /// <summary>Columns that share a vector.</summary>
    public const int Group = 4;

    /// <summary>product[4 g + j] = Σ_i vectors[g, i] · matrix[i, start + 4 g + j] for four groups g of four columns, with fused multiply-add.</summary>
    /// <param name="vectors">Shape [4, vectorStride]; the first <paramref name="rows"/> numbers of each count.</param>
    /// <param name="vectorStride">Floats from vector to vector.</param>
    /// <param name="rows">Inner length.</param>
    /// <param name="matrix">Shape [rows, stride].</param>
    /// <param name="stride">Floats from row to row of the matrix, a multiple of 16.</param>
    /// <param name="start">First column, a multiple of 16.</param>
    /// <param name="product">Shape [16]; overwritten.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(ReadOnlySpan<float> vectors, int vectorStride, int rows, ReadOnlySpan<float> matrix, int stride, int start, Span<float> product)
    {
        if ((stride & 15) != 0 || start + 16 > stride || matrix.Length < rows * stride || vectors.Length < (3 * vectorStride) + rows || product.Length != 16)
        {
            Throw.Kernel_LengthsDiffer(nameof(Multiply), 16, product.Length);
        }

        ref var x = ref MemoryMarshal.GetReference(vectors);
        ref var w = ref MemoryMarshal.GetReference(matrix);
        var sum = Vector512<float>.Zero;
        for (var i = 0; i < rows; i++)
        {
            var low = Vector256.Create(Vector128.Create(Unsafe.Add(ref x, i)), Vector128.Create(Unsafe.Add(ref x, vectorStride + i)));
            var high = Vector256.Create(Vector128.Create(Unsafe.Add(ref x, (2 * vectorStride) + i)), Vector128.Create(Unsafe.Add(ref x, (3 * vectorStride) + i)));
            sum = Vector512.FusedMultiplyAdd(Vector512.Create(low, high), Vector512.LoadUnsafe(ref w, (nuint)((i * stride) + start)), sum);
        }

        sum.StoreUnsafe(ref MemoryMarshal.GetReference(product));
    }
}
