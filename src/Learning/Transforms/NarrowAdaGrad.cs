using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.Rules;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Transforms;

/// <summary>
/// <see cref="AdaGrad"/> over rows of which at most four columns are in use, with the bits of <see cref="OuterStep"/>: a root and a division take a processor the longer the wider the register is,
/// and the other twelve lanes are zero and stay so.
/// </summary>
internal static class NarrowAdaGrad
{
    /// <summary>Columns that one narrow register holds.</summary>
    public const int MostColumns = 4;

    /// <summary>matrix[rows[k], :] += after · bend((factor · values[k]) · line[:]) over the first four columns.</summary>
    /// <param name="line">Shape [16].</param>
    /// <param name="rows">Row numbers, shape [active].</param>
    /// <param name="values">Shape [active].</param>
    /// <param name="factor">Factor of all rows.</param>
    /// <param name="after">Factor of what is added.</param>
    /// <param name="spec">Rate, decay and epsilon.</param>
    /// <param name="sums">G, shape [n, 16].</param>
    /// <param name="matrix">Shape [n, 16].</param>
    /// <returns>Sum of the squares of what was added, in the order of <see cref="OuterStep"/>.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Run(ReadOnlySpan<float> line, ReadOnlySpan<int> rows, ReadOnlySpan<float> values, float factor, float after, AdaGradSpec spec, Span<float> sums, Span<float> matrix)
    {
        if (line.Length != LayoutBuilder.Line || values.Length != rows.Length || sums.Length != matrix.Length)
        {
            Throw.Kernel_LengthsDiffer(nameof(NarrowAdaGrad), rows.Length, values.Length);
        }

        var credit = Vector128.LoadUnsafe(ref MemoryMarshal.GetReference(line));
        var (rate, decay, epsilon) = (Vector128.Create(spec.Rate), Vector128.Create(spec.Decay), Vector128.Create(spec.Epsilon));
        var last = Vector128.Create(after);
        var largest = Vector128.Create(AdaGrad.LargestSquare);
        var (a, b, c, d) = (Vector128<float>.Zero, Vector128<float>.Zero, Vector128<float>.Zero, Vector128<float>.Zero);
        for (var k = 0; k < rows.Length; k++)
        {
            ref var square = ref MemoryMarshal.GetReference(sums.Slice(rows[k] * LayoutBuilder.Line, MostColumns));
            ref var to = ref MemoryMarshal.GetReference(matrix.Slice(rows[k] * LayoutBuilder.Line, MostColumns));
            var proposal = Subnormals.Flush(Vector128.Create(factor * values[k]) * credit, Subnormals.LeastSquared);
            var sum = Vector128.MinNative(Vector128.FusedMultiplyAdd(decay, Subnormals.Flush(Vector128.LoadUnsafe(ref square), Subnormals.Least), proposal * proposal), largest);
            sum.StoreUnsafe(ref square);
            var change = rate * proposal / (Vector128.Sqrt(sum) + epsilon) * last;
            (Vector128.LoadUnsafe(ref to) + change).StoreUnsafe(ref to);
            (a, b, c, d) = (b, c, d, Vector128.FusedMultiplyAdd(change, change, a));
        }

        return Reduction.Lanes(Vector512.Create(Vector256.Create((a + b) + (c + d), Vector128<float>.Zero), Vector256<float>.Zero));
    }
}
