using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using LifelongApi.Learning.Numerics;

namespace LifelongApi.Learning.Contexts;

/// <summary>Passes over the features of one context. All spans have whole lines of 16.</summary>
internal static class ContextKernels
{
    /// <summary>Σ_i precisions_i (x_i − means_i)², in 16 lanes and one tree.</summary>
    /// <param name="x">Shape [stride].</param>
    /// <param name="means">Shape [stride].</param>
    /// <param name="precisions">Shape [stride], 0 in padding.</param>
    /// <returns>The sum.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float WeightedSquares(ReadOnlySpan<float> x, ReadOnlySpan<float> means, ReadOnlySpan<float> precisions)
    {
        ref var value = ref MemoryMarshal.GetReference(x);
        ref var mean = ref MemoryMarshal.GetReference(means);
        ref var precision = ref MemoryMarshal.GetReference(precisions);
        var sum = Vector512<float>.Zero;
        for (nuint i = 0; i < (nuint)means.Length; i += 16)
        {
            var difference = Vector512.LoadUnsafe(ref value, i) - Vector512.LoadUnsafe(ref mean, i);
            sum = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref precision, i) * difference, difference, sum);
        }

        return Reduction.Lanes(sum);
    }

    /// <summary>d = x − mean, mean ← mean + r d, variance ← (1 − r)(variance + r d²) (Welford 1962 with r = 1 / count).</summary>
    /// <param name="x">Shape [stride].</param>
    /// <param name="rate">r in (0, 1].</param>
    /// <param name="means">Shape [stride].</param>
    /// <param name="variances">Shape [stride].</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Follow(ReadOnlySpan<float> x, float rate, Span<float> means, Span<float> variances)
    {
        ref var value = ref MemoryMarshal.GetReference(x);
        ref var mean = ref MemoryMarshal.GetReference(means);
        ref var variance = ref MemoryMarshal.GetReference(variances);
        var (step, rest) = (Vector512.Create(rate), Vector512.Create(1f - rate));
        for (nuint i = 0; i < (nuint)means.Length; i += 16)
        {
            var before = Vector512.LoadUnsafe(ref mean, i);
            var difference = Vector512.LoadUnsafe(ref value, i) - before;
            Vector512.FusedMultiplyAdd(step, difference, before).StoreUnsafe(ref mean, i);
            (rest * Vector512.FusedMultiplyAdd(step * difference, difference, Vector512.LoadUnsafe(ref variance, i))).StoreUnsafe(ref variance, i);
        }
    }
}
