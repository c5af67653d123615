using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using LifelongApi.Learning.Numerics;

namespace LifelongApi.Learning.Heads;

/// <summary>Softmax in place over the first numbers of a padded line.</summary>
internal static class SoftmaxKernel
{
    /// <summary>v ← exp(v − max v) / Σ exp(v − max v) over the classes known; the rest of the line becomes 0.</summary>
    /// <param name="line">Whole lines of 16.</param>
    /// <param name="classCount">Numbers that count, 0 or more.</param>
    public static void Apply(Span<float> line, int classCount)
    {
        var known = line[..classCount];
        var best = Reduction.IndexOfMax(known);
        var highest = Vector512.Create(best < 0 ? 0f : known[best]);
        ref var start = ref MemoryMarshal.GetReference(line);
        for (nuint i = 0; i < (nuint)line.Length; i += 16)
        {
            Elementary.Exp(Vector512.LoadUnsafe(ref start, i) - highest).StoreUnsafe(ref start, i);
        }

        line[classCount..].Clear();
        RowKernels.Scale(known, 1f / Reduction.Sum(known), known);
    }
}
