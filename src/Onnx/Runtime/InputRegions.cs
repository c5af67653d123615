using LifelongApi.Contracts.Learning;

namespace LifelongApi.Onnx.Runtime;

/// <summary>
/// The tensor of one example cut into regions, so that they can be covered one at a time (Zeiler and Fergus 2014): an image of shape [channels, height, width] or [height, width]
/// into a grid of at most 8 × 8 rectangles over all channels, any other tensor into at most 64 runs of numbers. Covered is 0, which after scale, mean and deviation is the encoder's mean.
/// </summary>
public sealed class InputRegions
{
    private const int MostAcross = 8;
    private readonly float[] _tensor;
    private readonly int _channels;
    private readonly int _height;
    private readonly int _width;
    private readonly List<InputRegion> _regions = [];

    /// <summary>Cuts a tensor.</summary>
    /// <param name="shape">Its shape, without the batch.</param>
    /// <param name="tensor">Its numbers, row-major.</param>
    public InputRegions(IReadOnlyList<int> shape, float[] tensor)
    {
        _tensor = tensor;
        (_channels, _height, _width) = shape.Count switch
        {
            3 => (shape[0], shape[1], shape[2]),
            2 => (1, shape[0], shape[1]),
            _ => (1, 1, tensor.Length),
        };
        var down = Math.Min(_height, MostAcross);
        var across = Math.Min(_width, _height == 1 ? MostAcross * MostAcross : MostAcross);
        for (var i = 0; i < down * across; i++)
        {
            var (row, column) = (Cut(_height, down, i / across), Cut(_width, across, i % across));
            var region = new InputRegion
            {
                Row = row,
                Column = column,
                Height = Cut(_height, down, (i / across) + 1) - row,
                Width = Cut(_width, across, (i % across) + 1) - column,
            };
            if (!Covered([region]).AsSpan().SequenceEqual(tensor))
            {
                _regions.Add(region);
            }
        }
    }

    /// <summary>The regions, row by row. Those that are 0 already are left out.</summary>
    public IReadOnlyList<InputRegion> Regions => _regions;

    /// <summary>A copy of the tensor with some regions covered.</summary>
    public float[] Covered(IEnumerable<InputRegion> regions)
    {
        var tensor = (float[])_tensor.Clone();
        foreach (var region in regions)
        {
            for (var line = 0; line < _channels * region.Height; line++)
            {
                var row = (line / region.Height * _height) + region.Row + (line % region.Height);
                tensor.AsSpan((row * _width) + region.Column, region.Width).Clear();
            }
        }

        return tensor;
    }

    private static int Cut(int size, int parts, int part) => (int)((long)size * part / parts);
}
