using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.Tests.Support;

namespace LifelongApi.Learning.Tests.Numerics;

public sealed class ReductionTests
{
    [Fact]
    public void Dot_follows_the_documented_lanes_and_tree_to_the_last_bit_at_every_length()
    {
        for (var length = 0; length <= 130; length++)
        {
            var a = Draw.Normals(length, 1, length);
            var b = Draw.Normals(length, 2, length);
            Assert.Equal(Bits(InLanes(length, (i, lane) => MathF.FusedMultiplyAdd(a[i], b[i], lane))), Bits(Reduction.Dot(a, b)));
            Assert.Equal(Bits(InLanes(length, (i, lane) => MathF.FusedMultiplyAdd(a[i], a[i], lane))), Bits(Reduction.SumOfSquares(a)));
            Assert.Equal(Bits(InLanes(length, (i, lane) => lane + a[i])), Bits(Reduction.Sum(a)));
            Assert.Equal(Bits(InLanes(length, (i, lane) => lane + MathF.Abs(a[i]))), Bits(Reduction.SumOfMagnitudes(a)));
        }
    }

    [Fact]
    public void Sums_agree_with_double_and_with_the_library()
    {
        for (var length = 0; length <= 70; length++)
        {
            var a = Draw.Normals(length, 3, length);
            var b = Draw.Normals(length, 4, length);
            Near.Equal(a.Zip(b, (x, y) => (double)x * y).Sum(), Reduction.Dot(a, b), 2e-6);
            Near.Equal(a.Sum(x => (double)x), Reduction.Sum(a), 2e-6);
            Near.Equal(System.Numerics.Tensors.TensorPrimitives.SumOfSquares<float>(a), Reduction.SumOfSquares(a), 2e-6);
        }
    }

    [Fact]
    public void Vectors_of_different_lengths_are_refused() =>
        Assert.Throws<ArgumentException>(() => Reduction.Dot(new float[3], new float[4]));

    [Fact]
    public void A_single_number_beyond_the_bound_is_found_at_every_place()
    {
        for (var length = 1; length <= 70; length++)
        {
            for (var at = 0; at < length; at++)
            {
                foreach (var bad in new[] { float.NaN, float.PositiveInfinity, float.NegativeInfinity, 1.5f, -1.5f })
                {
                    var a = new float[length];
                    Assert.True(Reduction.IsBounded(a, 1f));
                    a[at] = bad;
                    Assert.False(Reduction.IsBounded(a, 1f));
                    Assert.Equal(MathF.Abs(bad), Reduction.LargestMagnitude(a));
                }
            }
        }

        Assert.True(Reduction.IsBounded([1f, -1f], 1f));
        Assert.Equal(0f, Reduction.LargestMagnitude([]));
    }

    [Fact]
    public void The_lowest_index_wins_a_tie()
    {
        Assert.Equal(-1, Reduction.IndexOfMax([]));
        Assert.Equal(1, Reduction.IndexOfMax([1f, 3f, 3f, 2f]));
        Assert.Equal(0, Reduction.IndexOfMax([float.NegativeInfinity, float.NegativeInfinity]));
    }

    /// <summary>32 lanes, then halves added to halves: the order that docs/determinism.md promises.</summary>
    private static float InLanes(int length, Func<int, float, float> add)
    {
        var lanes = new float[32];
        for (var i = 0; i < length; i++)
        {
            lanes[i % 32] = add(i, lanes[i % 32]);
        }

        for (var width = 16; width >= 1; width /= 2)
        {
            for (var i = 0; i < width; i++)
            {
                lanes[i] += lanes[i + width];
            }
        }

        return lanes[0];
    }

    private static int Bits(float x) => BitConverter.SingleToInt32Bits(x);
}
