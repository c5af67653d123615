using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.Tests.Support;

namespace LifelongApi.Learning.Tests.Numerics;

[Trait("Category", "Determinism")]
public sealed class BlockKernelTests
{
    public static TheoryData<int, int, int> Shapes => new() { { 1, 1, 16 }, { 3, 9, 48 }, { 4, 64, 64 }, { 5, 65, 80 }, { 8, 130, 144 }, { 20, 9, 144 }, { 32, 21, 256 }, { 33, 17, 16 } };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void A_product_goes_on_from_what_the_sums_hold_in_the_order_of_the_rows_bit_for_bit(int count, int inner, int stride)
    {
        var (vectors, matrix, sums) = (Draw.Normals(count * (inner + 3), 1, 0), Draw.Normals(inner * stride, 2, 0), Draw.Normals(count * stride, 3, 0));
        var expected = sums.ToArray();
        for (var v = 0; v < count; v++)
        {
            for (var j = 0; j < stride; j++)
            {
                for (var i = 0; i < inner; i++)
                {
                    expected[(v * stride) + j] = MathF.FusedMultiplyAdd(vectors[(v * (inner + 3)) + i], matrix[(i * stride) + j], expected[(v * stride) + j]);
                }
            }
        }

        BlockKernels.Multiply(vectors, count, inner, inner + 3, matrix, stride, sums);
        AssertSameBits(expected, sums);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void A_vector_gives_the_same_bits_alone_and_as_its_active_rows(int count, int inner, int stride)
    {
        var (vectors, matrix) = (Draw.Sparse(count * inner, 1, 0, 0.4f), Draw.Normals(inner * stride, 2, 0));
        var together = new float[count * stride];
        BlockKernels.Multiply(vectors, count, inner, inner, matrix, stride, together);
        for (var v = 0; v < count; v++)
        {
            var x = vectors.AsSpan(v * inner, inner).ToArray();
            var rows = Enumerable.Range(0, inner).Where(i => x[i] != 0f).ToArray();
            var alone = new float[stride];
            RowKernels.AccumulateRows(matrix, stride, rows, [.. rows.Select(i => x[i])], alone);
            AssertSameBits(alone, together.AsSpan(v * stride, stride).ToArray());
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Outer_products_are_summed_in_their_order_bit_for_bit(int count, int rows, int stride)
    {
        var (vectors, lines, matrix) = (Draw.Normals(count * (rows + 2), 4, 0), Draw.Normals(count * stride, 5, 0), Draw.Normals(rows * stride, 6, 0));
        int[] some = [.. Enumerable.Range(0, rows).Where(row => row % 3 != 1)];
        var expected = matrix.ToArray();
        foreach (var row in some)
        {
            for (var j = 0; j < stride; j++)
            {
                for (var v = 0; v < count; v++)
                {
                    expected[(row * stride) + j] = MathF.FusedMultiplyAdd(vectors[(v * (rows + 2)) + row], lines[(v * stride) + j], expected[(row * stride) + j]);
                }
            }
        }

        BlockKernels.AddOuters(vectors, count, rows + 2, lines, some, matrix, stride);
        AssertSameBits(expected, matrix);

        var (start, width) = stride == 16 ? (0, 16) : (16, stride - 16);
        var product = Enumerable.Repeat(float.NaN, some.Length * width).ToArray();
        BlockKernels.Outer(vectors, count, rows + 2, lines, stride, some, start, width, product);
        for (var k = 0; k < some.Length; k++)
        {
            for (var j = 0; j < width; j++)
            {
                var sum = 0f;
                for (var v = 0; v < count; v++)
                {
                    sum = MathF.FusedMultiplyAdd(vectors[(v * (rows + 2)) + some[k]], lines[(v * stride) + start + j], sum);
                }

                Assert.Equal(BitConverter.SingleToInt32Bits(sum), BitConverter.SingleToInt32Bits(product[(k * width) + j]));
            }
        }
    }

    [Fact]
    public void Lengths_and_rows_that_do_not_fit_are_refused()
    {
        var line = new float[32];
        Assert.Throws<ArgumentException>(() => BlockKernels.Multiply(line, 1, 3, 3, line, 16, new float[16]));
        Assert.Throws<ArgumentException>(() => BlockKernels.Multiply(line, 2, 2, 2, line, 16, new float[16]));
        Assert.Throws<ArgumentException>(() => BlockKernels.Outer(line, 2, 16, line, 16, [0], 0, 16, new float[32]));
        Assert.Throws<ArgumentException>(() => BlockKernels.Outer(line, 2, 16, line, 16, [16], 0, 16, new float[16]));
        Assert.Throws<ArgumentException>(() => BlockKernels.AddOuters(line, 2, 16, line, [2], line, 16));
        Assert.Throws<ArgumentException>(() => BlockKernels.AddOuters(line, 3, 16, line, [1], line, 16));
    }

    private static void AssertSameBits(float[] expected, float[] actual) =>
        Assert.Equal(expected.Select(BitConverter.SingleToInt32Bits), actual.Select(BitConverter.SingleToInt32Bits));
}
