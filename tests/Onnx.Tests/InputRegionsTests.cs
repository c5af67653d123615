using LifelongApi.Onnx.Runtime;

namespace LifelongApi.Onnx.Tests;

/// <summary>An encoder's input in regions.</summary>
public sealed class InputRegionsTests
{
    [Theory]
    [InlineData(64, 3, 224, 224)]
    [InlineData(64, 20, 30)]
    [InlineData(9, 2, 3, 3)]
    [InlineData(64, 1000)]
    [InlineData(5, 5)]
    [InlineData(64, 4, 1, 500)]
    public void Every_number_is_in_one_region(int regions, params int[] shape)
    {
        var tensor = Enumerable.Range(1, shape.Aggregate(1, (product, size) => product * size)).Select(i => (float)i).ToArray();
        var input = new InputRegions(shape, tensor);

        Assert.Equal(regions, input.Regions.Count);
        var covers = new int[tensor.Length];
        foreach (var region in input.Regions)
        {
            var covered = input.Covered([region]);
            var count = 0;
            for (var i = 0; i < tensor.Length; i++)
            {
                Assert.True(covered[i] == tensor[i] || covered[i] == 0f);
                (covers[i], count) = covered[i] == 0f ? (covers[i] + 1, count + 1) : (covers[i], count);
            }

            Assert.Equal(region.Height * region.Width * (shape.Length == 3 ? shape[0] : 1), count);
        }

        Assert.All(covers, times => Assert.Equal(1, times));
        Assert.All(input.Covered(input.Regions), number => Assert.Equal(0f, number));
        Assert.Equal(1f, tensor[0]);
    }

    [Fact]
    public void A_rectangle_reaches_through_all_channels_and_what_is_0_already_is_no_region()
    {
        var tensor = new float[2 * 16 * 16];
        (tensor[(3 * 16) + 5], tensor[256 + (3 * 16) + 4], tensor[^1]) = (1f, 2f, 3f);
        var input = new InputRegions([2, 16, 16], tensor);

        Assert.Equal([(2, 4, 2, 2), (14, 14, 2, 2)], input.Regions.Select(region => (region.Row, region.Column, region.Height, region.Width)));
        Assert.Equal(3f, Assert.Single(input.Covered([input.Regions[0]]), number => number != 0f));
    }
}
