using CsCheck;
using LifelongApi.Learning.Heads;

namespace LifelongApi.Learning.Tests.Heads;

public sealed class SoftmaxKernelTests
{
    private static readonly float[] Edges = [0f, -0f, 1e9f, float.NaN];

    [Fact]
    public void One_line_gives_the_bits_of_longer_ones() =>
        Gen.Select(Gen.OneOf(Gen.Float[-100f, 100f], Gen.Int[0, 3].Select(i => Edges[i])).Array[16], Gen.Int[0, 16]).Sample((drives, classes) =>
        {
            float[] line = [.. drives];
            float[] lines = [.. drives, .. new float[16]];
            SoftmaxKernel.Apply(line, classes);
            SoftmaxKernel.Apply(lines, classes);
            Assert.Equal(lines[..16].Select(BitConverter.SingleToInt32Bits), line.Select(BitConverter.SingleToInt32Bits));
        });
}
