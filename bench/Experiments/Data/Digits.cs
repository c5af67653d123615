namespace LifelongApi.Experiments.Data;

/// <summary>Labelled images in IDX files, plain or gzip: MNIST and whatever has its form. Pixels are scaled to 0 … 1.</summary>
internal sealed class Digits
{
    private const int Held = 10_000;
    private readonly IdxFile _images;
    private readonly IdxFile _labels;
    private readonly int _first;

    private Digits(IdxFile images, IdxFile labels, int first, int count) => (_images, _labels, _first, Count) = (images, labels, first, count);

    public int Count { get; }

    public int Height => _images.Shape[1];

    public int Width => _images.Shape[2];

    public int PixelCount => Height * Width;

    /// <summary>All training images.</summary>
    public static Digits Train(string folder) => Read(folder, "train");

    /// <summary>The test images; they choose nothing.</summary>
    public static Digits Test(string folder) => Read(folder, "t10k");

    /// <summary>Training images but for the last 10,000: what settings are fitted on.</summary>
    public static Digits Fitting(string folder) => Train(folder) is var all ? all.Part(0, all.Count - Held) : null!;

    /// <summary>The last 10,000 training images: what settings are chosen by.</summary>
    public static Digits Validation(string folder) => Train(folder) is var all ? all.Part(all.Count - Held, Held) : null!;

    /// <summary>A range of the images.</summary>
    public Digits Part(int first, int count) => new(_images, _labels, _first + first, Math.Min(count, Count - first));

    /// <summary>Class of an image.</summary>
    public int Label(int index) => _labels[_first + index][0];

    /// <summary>Pixels of an image.</summary>
    public void CopyTo(int index, Span<float> pixels)
    {
        var bytes = _images[_first + index];
        for (var i = 0; i < bytes.Length; i++)
        {
            pixels[i] = bytes[i] / 255f;
        }
    }

    /// <summary>Indices of the images of some classes, in an order that a seed shuffles.</summary>
    public int[] Shuffled(ulong seed, params IReadOnlyCollection<int> classes)
    {
        var indices = Enumerable.Range(0, Count).Where(index => classes.Count == 0 || classes.Contains(Label(index))).ToArray();
        new Random((int)seed).Shuffle(indices);
        return indices;
    }

    private static Digits Read(string folder, string part)
    {
        var images = IdxFile.Read(Path.Combine(folder, "mnist", $"{part}-images-idx3-ubyte"));
        var labels = IdxFile.Read(Path.Combine(folder, "mnist", $"{part}-labels-idx1-ubyte"));
        return new Digits(images, labels, 0, images.Count);
    }
}
