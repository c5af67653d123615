using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.Tests.Support;

namespace LifelongApi.Learning.Tests.Numerics;

[Trait("Category", "Determinism")]
public sealed class MatrixKernelTests
{
    [Theory]
    [InlineData(1, 1, 16)]
    [InlineData(3, 9, 48)]
    [InlineData(4, 64, 32)]
    [InlineData(9, 33, 80)]
    public void Multiply_is_the_sum_over_the_inner_index_in_order_bit_for_bit(int rows, int inner, int stride)
    {
        var left = Draw.Normals(rows * (inner + 2), 1, 0);
        var right = Draw.Normals(inner * stride, 2, 0);
        var product = new float[rows * stride];
        Array.Fill(product, float.NaN);
        MatrixKernels.Multiply(left, rows, inner, inner + 2, right, stride, product);
        for (var row = 0; row < rows; row++)
        {
            for (var column = 0; column < stride; column++)
            {
                var sum = 0f;
                for (var i = 0; i < inner; i++)
                {
                    sum = MathF.FusedMultiplyAdd(left[(row * (inner + 2)) + i], right[(i * stride) + column], sum);
                }

                Assert.Equal(BitConverter.SingleToInt32Bits(sum), BitConverter.SingleToInt32Bits(product[(row * stride) + column]));
            }
        }
    }

    [Fact]
    public void Only_what_exceeds_the_threshold_is_added_and_nan_stays_visible()
    {
        var source = new float[16];
        (source[0], source[1], source[2], source[3]) = (3f, 1f, -5f, float.NaN);
        var destination = Enumerable.Repeat(10f, 16).ToArray();
        MatrixKernels.AddRectified(source, 1f, 2f, destination);
        Assert.Equal([14f, 10f, 10f, float.NaN, 10f], destination.Take(5));
    }

    [Fact]
    public void The_largest_is_kept_and_nan_stays_visible()
    {
        var source = new float[16];
        (source[0], source[1], source[2], source[3]) = (3f, 1.5f, -5f, float.NaN);
        var destination = new float[16];
        destination[1] = 1f;
        MatrixKernels.KeepLargest(source, 1f, destination);
        Assert.Equal([2f, 1f, 0f, float.NaN, 0f], destination.Take(5));
        Assert.Throws<ArgumentException>(() => MatrixKernels.KeepLargest(new float[8], 0f, new float[8]));
    }

    [Fact]
    public void Lengths_that_do_not_fit_are_refused()
    {
        Assert.Throws<ArgumentException>(() => MatrixKernels.Multiply(new float[4], 2, 3, 3, new float[48], 16, new float[32]));
        Assert.Throws<ArgumentException>(() => MatrixKernels.AddRectified(new float[8], 0f, 1f, new float[8]));
    }
}
