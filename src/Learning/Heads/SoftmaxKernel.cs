using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.State;

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
        if (line.Length == LayoutBuilder.Line)
        {
            ApplyToLine(ref MemoryMarshal.GetReference(line), known);
            return;
        }

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

    /// <summary>The same of one line in registers, with the same bits.</summary>
    /// <param name="line">Drives.</param>
    /// <param name="highest">The highest drive of the classes known.</param>
    /// <param name="isKnown">All bits set in the lanes of classes that are known.</param>
    /// <returns>Probabilities; 0 in the other lanes.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> OfLine(Vector512<float> line, float highest, Vector512<float> isKnown)
    {
        var powers = Elementary.Exp(line - Vector512.Create(highest));
        powers = Vector512.ConditionalSelect(isKnown, powers, Vector512<float>.Zero);
        return Vector512.ConditionalSelect(isKnown, powers * Vector512.Create(1f / Reduction.Lanes(powers)), Vector512<float>.Zero);
    }

    private static void ApplyToLine(ref float line, ReadOnlySpan<float> known)
    {
        var best = Reduction.IndexOfMax(known);
        var isKnown = Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(known.Length)).AsSingle();
        OfLine(Vector512.LoadUnsafe(ref line), best < 0 ? 0f : known[best], isKnown).StoreUnsafe(ref line);
    }
}
