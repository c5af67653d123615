using System.Buffers.Binary;
using System.IO.Compression;

namespace LifelongApi.Experiments.Data;

/// <summary>An IDX file of bytes (LeCun's format), plain or gzip.</summary>
internal sealed class IdxFile
{
    private readonly byte[] _bytes;

    private IdxFile(int[] shape, byte[] bytes)
    {
        Shape = shape;
        _bytes = bytes;
    }

    public int[] Shape { get; }

    public int Count => Shape[0];

    public ReadOnlySpan<byte> this[int index]
    {
        get
        {
            var size = _bytes.Length / Count;
            return _bytes.AsSpan(index * size, size);
        }
    }

    public static IdxFile Read(string path)
    {
        var file = File.Exists(path) ? path : path + ".gz";
        if (!File.Exists(file))
        {
            throw new FileNotFoundException($"{path} (or .gz) is missing. MNIST (Y. LeCun, C. Cortes, C. Burges) is at http://yann.lecun.com/exdb/mnist; put its files into DIR/mnist and say --data DIR.");
        }

        using var raw = File.OpenRead(file);
        using Stream stream = file.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(raw, CompressionMode.Decompress) : raw;
        using var memory = new MemoryStream();
        stream.CopyTo(memory);
        var bytes = memory.ToArray();
        var shape = new int[bytes[3]];
        for (var i = 0; i < shape.Length; i++)
        {
            shape[i] = BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(4 + (4 * i)));
        }

        return new IdxFile(shape, bytes[(4 + (4 * shape.Length))..]);
    }
}
