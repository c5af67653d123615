using System.Buffers.Binary;

namespace LifelongApi.EndToEnd.Tests.Data;

/// <summary>
/// Seeded little pictures of ten figures, in the IDX form of MNIST: seven-segment strokes, moved by a pixel, with noise. Easy to tell apart,
/// and nothing of the real data.
/// </summary>
internal sealed class DigitImages
{
    private const int Side = 12;

    // Top, top left, top right, middle, bottom left, bottom right, bottom.
    private static readonly string[] Segments =
        ["1110111", "0010010", "1011101", "1011011", "0111010", "1101011", "1101111", "1010010", "1111111", "1111011"];

    private DigitImages(byte[][] pixels, byte[] labels)
    {
        Pixels = pixels;
        Labels = labels;
    }

    /// <summary>Pixels of every image, row by row.</summary>
    public byte[][] Pixels { get; }

    /// <summary>The figure in every image.</summary>
    public byte[] Labels { get; }

    /// <summary>Draws them.</summary>
    public static DigitImages Draw(int count, int seed)
    {
        var random = new Random(seed);
        var pixels = new byte[count][];
        var labels = new byte[count];
        for (var i = 0; i < count; i++)
        {
            labels[i] = (byte)random.Next(10);
            pixels[i] = Draw(labels[i], random);
        }

        return new DigitImages(pixels, labels);
    }

    /// <summary>Writes both IDX files.</summary>
    public void Write(string imagePath, string labelPath)
    {
        var images = new byte[16 + (Pixels.Length * Side * Side)];
        BinaryPrimitives.WriteInt32BigEndian(images, 0x0803);
        BinaryPrimitives.WriteInt32BigEndian(images.AsSpan(4), Pixels.Length);
        BinaryPrimitives.WriteInt32BigEndian(images.AsSpan(8), Side);
        BinaryPrimitives.WriteInt32BigEndian(images.AsSpan(12), Side);
        for (var i = 0; i < Pixels.Length; i++)
        {
            Pixels[i].CopyTo(images, 16 + (i * Side * Side));
        }

        var labels = new byte[8 + Labels.Length];
        BinaryPrimitives.WriteInt32BigEndian(labels, 0x0801);
        BinaryPrimitives.WriteInt32BigEndian(labels.AsSpan(4), Labels.Length);
        Labels.CopyTo(labels, 8);
        File.WriteAllBytes(imagePath, images);
        File.WriteAllBytes(labelPath, labels);
    }

    private static byte[] Draw(int figure, Random random)
    {
        var image = new byte[Side * Side];
        int x = 2 + random.Next(3), y = random.Next(2);
        var lit = Segments[figure];
        Stroke(lit[0], 0, 1, 0, 4);
        Stroke(lit[1], 1, 0, 4, 0);
        Stroke(lit[2], 1, 5, 4, 0);
        Stroke(lit[3], 5, 1, 0, 4);
        Stroke(lit[4], 6, 0, 4, 0);
        Stroke(lit[5], 6, 5, 4, 0);
        Stroke(lit[6], 10, 1, 0, 4);
        return image;

        void Stroke(char on, int top, int left, int height, int width)
        {
            for (var i = 0; on == '1' && i < Math.Max(height, width); i++)
            {
                var row = y + top + (height > 0 ? i : 0);
                var column = x + left + (width > 0 ? i : 0);
                image[(Math.Min(row, Side - 1) * Side) + Math.Min(column, Side - 1)] = (byte)(180 + random.Next(76));
            }
        }
    }
}
