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
/// and the other twelve lanes are zero and stay so. Where more columns are there, but no more than four have ever been credited, that is seen row by row.
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
        Check(line, rows, values, sums, matrix);
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

    /// <summary>The same over all sixteen columns, of which many are often classes that are not known yet.</summary>
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
    public static float RunLines(ReadOnlySpan<float> line, ReadOnlySpan<int> rows, ReadOnlySpan<float> values, float factor, float after, AdaGradSpec spec, Span<float> sums, Span<float> matrix)
    {
        Check(line, rows, values, sums, matrix);
        var credit = Vector512.LoadUnsafe(ref MemoryMarshal.GetReference(line));
        var (rate, decay, epsilon, last) = (Vector512.Create(spec.Rate), Vector512.Create(spec.Decay), Vector512.Create(spec.Epsilon), Vector512.Create(after));
        var largest = Vector512.Create(AdaGrad.LargestSquare);
        var others = Vector512.GreaterThanOrEqual(Vector512<int>.Indices, Vector512.Create(MostColumns));
        var (a, b, c, d) = (Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero);
        for (var k = 0; k < rows.Length; k++)
        {
            ref var square = ref MemoryMarshal.GetReference(sums.Slice(rows[k] * LayoutBuilder.Line, LayoutBuilder.Line));
            ref var to = ref MemoryMarshal.GetReference(matrix.Slice(rows[k] * LayoutBuilder.Line, LayoutBuilder.Line));
            var proposal = Subnormals.Flush(Vector512.Create(factor * values[k]) * credit, Subnormals.LeastSquared);
            var before = Vector512.LoadUnsafe(ref square);
            Vector512<float> change;
            if (((proposal.AsInt32() | before.AsInt32()) & others) == Vector512<int>.Zero)
            {
                var few = Quarter(proposal);
                var sum = Vector128.MinNative(Vector128.FusedMultiplyAdd(Quarter(decay), Subnormals.Flush(Quarter(before), Subnormals.Least), few * few), Quarter(largest));
                sum.StoreUnsafe(ref square);
                change = (Quarter(rate) * few / (Vector128.Sqrt(sum) + Quarter(epsilon))).ToVector256().ToVector512() * last;
            }
            else
            {
                var sum = Vector512.MinNative(Vector512.FusedMultiplyAdd(decay, Subnormals.Flush(before), proposal * proposal), largest);
                sum.StoreUnsafe(ref square);
                change = rate * proposal / (Vector512.Sqrt(sum) + epsilon) * last;
            }

            (Vector512.LoadUnsafe(ref to) + change).StoreUnsafe(ref to);
            (a, b, c, d) = (b, c, d, Vector512.FusedMultiplyAdd(change, change, a));
        }

        return Reduction.Lanes((a + b) + (c + d));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Quarter(Vector512<float> line) => line.GetLower().GetLower();

    private static void Check(ReadOnlySpan<float> line, ReadOnlySpan<int> rows, ReadOnlySpan<float> values, ReadOnlySpan<float> sums, ReadOnlySpan<float> matrix)
    {
        if (line.Length != LayoutBuilder.Line || values.Length != rows.Length || sums.Length != matrix.Length)
        {
            Throw.Kernel_LengthsDiffer(nameof(NarrowAdaGrad), rows.Length, values.Length);
        }
    }
}
