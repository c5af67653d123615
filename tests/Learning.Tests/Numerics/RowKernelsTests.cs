using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.State;
using LifelongApi.Learning.Tests.Support;

namespace LifelongApi.Learning.Tests.Numerics;

public sealed class RowKernelsTests
{
    public static TheoryData<int> Sizes => [1, 15, 16, 17, 33, 64, 65, 100, 128, 200];

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Rows_are_accumulated_in_their_order_with_fused_multiply_add(int columns)
    {
        var stride = LayoutBuilder.Padded(columns);
        var matrix = Draw.Normals(23 * stride, 1, columns);
        int[] rows = [5, 0, 22, 7, 5];
        var values = Draw.Normals(rows.Length, 2, columns);
        var destination = Draw.Normals(stride, 3, columns);
        var expected = destination.ToArray();
        for (var j = 0; j < stride; j++)
        {
            for (var k = 0; k < rows.Length; k++)
            {
                expected[j] = MathF.FusedMultiplyAdd(values[k], matrix[(rows[k] * stride) + j], expected[j]);
            }
        }

        RowKernels.AccumulateRows(matrix, stride, rows, values, destination);

        AssertSameBits(expected, destination);
    }

    [Fact]
    public void Rows_outside_the_matrix_are_refused_before_anything_is_written()
    {
        var destination = new float[16];
        Assert.Throws<ArgumentException>(() => RowKernels.AccumulateRows(new float[32], 16, [0, 2], [1f, 1f], destination));
        Assert.Throws<ArgumentException>(() => RowKernels.AccumulateRows(new float[32], 16, [-1], [1f], destination));
        Assert.Throws<ArgumentException>(() => RowKernels.AccumulateRows(new float[32], 16, [0], [1f], new float[15]));
        Assert.All(destination, x => Assert.Equal(0f, x));
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Scaling_and_adding_scaled_round_once_per_element(int length)
    {
        var source = Draw.Normals(length, 4, length);
        var destination = Draw.Normals(length, 5, length);
        var added = destination.Select((x, i) => MathF.FusedMultiplyAdd(0.37f, source[i], x)).ToArray();
        RowKernels.AddScaled(source, 0.37f, destination);
        AssertSameBits(added, destination);

        RowKernels.Scale(source, -1.7f, destination);
        AssertSameBits([.. source.Select(x => -1.7f * x)], destination);
        Assert.Throws<ArgumentException>(() => RowKernels.Scale(source, 1f, new float[length + 1]));
        Assert.Throws<ArgumentException>(() => RowKernels.AddScaled(source, 1f, new float[length + 1]));
    }

    private static void AssertSameBits(float[] expected, float[] actual) =>
        Assert.Equal(expected.Select(Bits), actual.Select(Bits));

    private static int Bits(float x) => BitConverter.SingleToInt32Bits(x);
}
