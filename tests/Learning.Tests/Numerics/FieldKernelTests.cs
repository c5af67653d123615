using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.Tests.Support;

namespace LifelongApi.Learning.Tests.Numerics;

[Trait("Category", "Determinism")]
public sealed class FieldKernelTests
{
    [Theory]
    [InlineData(1, 16, 0)]
    [InlineData(7, 48, 16)]
    [InlineData(64, 64, 48)]
    public void Four_columns_share_a_vector_and_are_summed_over_the_rows_in_order_bit_for_bit(int rows, int stride, int start)
    {
        var vectors = Draw.Normals(4 * (rows + 3), 1, 0);
        var matrix = Draw.Normals(rows * stride, 2, 0);
        var product = new float[16];
        Array.Fill(product, float.NaN);
        FieldKernels.Multiply(vectors, rows + 3, rows, matrix, stride, start, product);
        for (var column = 0; column < 16; column++)
        {
            var sum = 0f;
            for (var i = 0; i < rows; i++)
            {
                sum = MathF.FusedMultiplyAdd(vectors[(column / 4 * (rows + 3)) + i], matrix[(i * stride) + start + column], sum);
            }

            Assert.Equal(BitConverter.SingleToInt32Bits(sum), BitConverter.SingleToInt32Bits(product[column]));
        }
    }

    [Fact]
    public void Lengths_that_do_not_fit_are_refused()
    {
        Assert.Throws<ArgumentException>(() => FieldKernels.Multiply(new float[8], 2, 2, new float[31], 16, 0, new float[16]));
        Assert.Throws<ArgumentException>(() => FieldKernels.Multiply(new float[7], 2, 2, new float[32], 16, 0, new float[16]));
        Assert.Throws<ArgumentException>(() => FieldKernels.Multiply(new float[8], 2, 2, new float[32], 16, 16, new float[16]));
        Assert.Throws<ArgumentException>(() => FieldKernels.Multiply(new float[8], 2, 2, new float[32], 16, 0, new float[15]));
    }
}
