using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.State;
using LifelongApi.Learning.Tests.Support;

namespace LifelongApi.Learning.Tests.Numerics;

public sealed class RowKernelsTests
{
    public static TheoryData<int> Sizes => [1, 15, 16, 17, 33, 64, 65, 100, 128, 200, 256, 272, 300, 528];

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

    [Theory]
    [InlineData(0, 16)]
    [InlineData(16, 64)]
    [InlineData(48, 80)]
    [InlineData(112, 16)]
    public void A_window_of_columns_is_accumulated_as_it_is_within_the_whole_rows(int start, int width)
    {
        const int stride = 128;
        var matrix = Draw.Normals(9 * stride, 1, start);
        int[] rows = [3, 0, 8];
        var values = Draw.Normals(rows.Length, 2, start);
        var whole = Draw.Normals(stride, 3, start);
        var part = whole[start..(start + width)];
        RowKernels.AccumulateRows(matrix, stride, rows, values, whole);
        RowKernels.AccumulateRows(matrix, stride, start, rows, values, part);
        AssertSameBits(whole[start..(start + width)], part);
        Assert.Throws<ArgumentException>(() => RowKernels.AccumulateRows(matrix, stride, 120, rows, values, new float[16]));
        Assert.Throws<ArgumentException>(() => RowKernels.AccumulateRows(matrix, stride, 8, rows, values, new float[16]));
        Assert.Throws<ArgumentException>(() => RowKernels.AccumulateRows(matrix, stride, 0, rows, values, new float[144]));
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Products_with_rows_of_one_line_have_the_bits_of_the_dot_product(int rows)
    {
        var matrix = Draw.Normals(rows * 16, 1, rows);
        var line = Draw.Normals(16, 2, rows);
        var slopes = Draw.Normals(rows, 3, rows);
        slopes[rows / 2] = 0f;
        matrix.AsSpan(rows / 2 * 16, 16).Fill(float.NaN);
        var products = new float[rows];

        RowKernels.DotLines(matrix, line, slopes, products);

        for (var row = 0; row < rows; row++)
        {
            var expected = slopes[row] == 0f ? 0f : slopes[row] * Reduction.Dot(matrix.AsSpan(row * 16, 16), line);
            Assert.Equal(BitConverter.SingleToInt32Bits(expected), BitConverter.SingleToInt32Bits(products[row]));
        }

        Assert.Throws<ArgumentException>(() => RowKernels.DotLines(matrix, line.AsSpan(1), slopes, products));
        Assert.Throws<ArgumentException>(() => RowKernels.DotLines(matrix, line, slopes, new float[rows + 1]));
    }

    [Fact]
    public void Rows_that_stream_whole_have_the_bits_of_narrow_windows()
    {
        const int Stride = 592;
        var matrix = Draw.Normals(7 * Stride, 1, 0);
        int[] rows = [6, 1, 4];
        var values = Draw.Normals(3, 2, 0);
        var whole = Draw.Normals(Stride, 3, 0);
        var expected = whole.ToArray();
        for (var start = 0; start < Stride; start += 16)
        {
            RowKernels.AccumulateRows(matrix, Stride, start, rows, values, expected.AsSpan(start, 16));
        }

        RowKernels.AccumulateRows(matrix, Stride, rows, values, whole);

        AssertSameBits(expected, whole);
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void An_outer_product_in_one_pass_is_bit_for_bit_the_passes_one_by_one(int columns)
    {
        var stride = LayoutBuilder.Padded(columns);
        var line = Draw.Normals(stride, 1, columns);
        var matrix = Draw.Normals(23 * stride, 2, columns);
        int[] rows = [5, 0, 22, 7, 11];
        var values = Draw.Normals(rows.Length, 3, columns);
        var expected = matrix.ToArray();
        var delta = new float[rows.Length * stride];
        for (var k = 0; k < rows.Length; k++)
        {
            RowKernels.Scale(line, 1.3f * values[k], delta.AsSpan(k * stride, stride));
        }

        RowKernels.Scale(delta, 0.07f, delta);
        RowKernels.AddRows(delta, rows, 0, stride, expected, stride);

        RowKernels.AddOuterRows(line, rows, values, 1.3f, 0.07f, matrix);
        AssertSameBits(expected, matrix);
        Assert.Throws<ArgumentException>(() => RowKernels.AddOuterRows(line, [23], [1f], 1f, 1f, matrix));
        Assert.Throws<ArgumentException>(() => RowKernels.AddOuterRows(line, [1, 2], [1f], 1f, 1f, matrix));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(5)]
    public void An_outer_product_of_one_line_is_bit_for_bit_the_passes_one_by_one(int active)
    {
        var line = Draw.Normals(16, 1, active);
        var matrix = Draw.Normals(23 * 16, 2, active);
        int[] rows = [.. new[] { 5, 0, 22, 7, 11 }.Take(active)];
        var values = Draw.Normals(active, 3, active);
        var expected = matrix.ToArray();
        var delta = new float[active * 16];
        for (var k = 0; k < active; k++)
        {
            RowKernels.Scale(line, 1.3f * values[k], delta.AsSpan(k * 16, 16));
        }

        RowKernels.Scale(delta, 0.07f, delta);
        RowKernels.AddRows(delta, rows, 0, 16, expected, 16);

        Assert.Equal(Reduction.SumOfSquares(delta), RowKernels.AddOuterLines(line, rows, values, 1.3f, 0.07f, matrix));
        AssertSameBits(expected, matrix);
        Assert.Throws<ArgumentException>(() => RowKernels.AddOuterLines(line, [1, 23], [1f, 1f], 1f, 1f, matrix));
        AssertSameBits(expected, matrix);
        Assert.Throws<ArgumentException>(() => RowKernels.AddOuterLines(line, [1, 2], [1f], 1f, 1f, matrix));
        Assert.Throws<ArgumentException>(() => RowKernels.AddOuterLines(new float[32], [1], [1f], 1f, 1f, matrix));
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

    [Theory]
    [InlineData(16, 0, 16)]
    [InlineData(48, 16, 32)]
    [InlineData(64, 48, 16)]
    public void A_window_of_rows_is_added_and_nothing_beside_it(int stride, int start, int width)
    {
        int[] rows = [6, 0, 3];
        var matrix = Draw.Normals(7 * stride, 6, 0);
        var delta = Draw.Normals(rows.Length * width, 7, 0);
        var expected = matrix.ToArray();
        for (var k = 0; k < rows.Length; k++)
        {
            for (var j = 0; j < width; j++)
            {
                expected[(rows[k] * stride) + start + j] += delta[(k * width) + j];
            }
        }

        var square = RowKernels.AddRows(delta, rows, start, width, matrix, stride);

        AssertSameBits(expected, matrix);
        Assert.Equal(delta.Sum(x => (double)x * x), square, 1e-4 * square);
        Assert.Throws<ArgumentException>(() => RowKernels.AddRows(delta, [6, 0, 7], start, width, matrix, stride));
        Assert.Throws<ArgumentException>(() => RowKernels.AddRows(delta, rows, start + 16, stride, matrix, stride));
        Assert.Throws<ArgumentException>(() => RowKernels.AddRows(delta, [6, 0], start, width, matrix, stride));
        AssertSameBits(expected, matrix);
    }

    [Fact]
    public void An_outer_product_rounds_the_factor_of_a_row_and_then_each_element()
    {
        int[] rows = [4, 1, 2];
        var vector = Draw.Normals(5, 8, 0);
        var line = Draw.Normals(32, 9, 0);
        var product = new float[rows.Length * 32];

        RowKernels.OuterRows(vector, rows, 0.3f, line, product);

        AssertSameBits([.. rows.SelectMany(row => line.Select(x => 0.3f * vector[row] * x))], product);
        Assert.Throws<ArgumentException>(() => RowKernels.OuterRows(vector, rows, 1f, line, new float[64]));
    }

    private static void AssertSameBits(float[] expected, float[] actual) =>
        Assert.Equal(expected.Select(Bits), actual.Select(Bits));

    private static int Bits(float x) => BitConverter.SingleToInt32Bits(x);
}
