using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json;
using LifelongApi.Contracts.Models;

namespace LifelongApi.Cli.Rows;

/// <summary>
/// Images and labels in IDX files of unsigned bytes. A pixel is sent as byte / 255 in float32, an image as base64 of
/// its little-endian float32 values in row-major order, channel last.
/// </summary>
internal sealed class IdxRowReader : RowReader
{
    private static readonly byte[][] PixelBytes = [.. Enumerable.Range(0, 256).Select(value =>
    {
        var bytes = new byte[sizeof(float)];
        BinaryPrimitives.WriteSingleLittleEndian(bytes, value / 255f);
        return bytes;
    })];

    private readonly InputFile _images;
    private readonly InputFile _labels;
    private readonly byte[] _label = new byte[1];
    private int _count;
    private int[] _shape = [];
    private byte[] _pixels = [];
    private byte[] _floats = [];

    private IdxRowReader(InputFile images, InputFile labels)
    {
        _images = images;
        _labels = labels;
    }

    internal override double Fraction => _count == 0 ? 1 : (double)Number / _count;

    /// <summary>Opens a pair of files and reads their headers.</summary>
    internal static async Task<IdxRowReader> OpenAsync(string imagesPath, string labelsPath, CancellationToken cancellationToken)
    {
        var reader = new IdxRowReader(InputFile.Open(imagesPath), InputFile.Open(labelsPath));
        try
        {
            var images = await HeaderAsync(reader._images, imagesPath, [3, 4], "images", cancellationToken);
            var labels = await HeaderAsync(reader._labels, labelsPath, [1], "labels", cancellationToken);
            if (images[0] != labels[0])
            {
                throw new CliException($"'{imagesPath}' holds {images[0]} images, '{labelsPath}' {labels[0]} labels.");
            }

            reader._count = images[0];
            reader._shape = images[1..];
            var size = checked(reader._shape.Aggregate(1, (product, length) => checked(product * length)));
            reader._pixels = new byte[size];
            reader._floats = new byte[checked(size * sizeof(float))];
            return reader;
        }
        catch
        {
            await reader.DisposeAsync();
            throw;
        }
    }

    internal override InputSpec GuessInput() => new()
    {
        Kind = InputKind.Image,
        Height = _shape[0],
        Width = _shape[1],
        Channels = _shape.Length > 2 ? _shape[2] : 1,
    };

    internal override async ValueTask<bool> ReadAsync(CancellationToken cancellationToken)
    {
        if (Number == _count)
        {
            return false;
        }

        await _images.Content.ReadExactlyAsync(_pixels, cancellationToken);
        await _labels.Content.ReadExactlyAsync(_label, cancellationToken);
        Number++;
        Label = _label[0].ToString(CultureInfo.InvariantCulture);
        return true;
    }

    internal override void WriteFeatures(Utf8JsonWriter writer)
    {
        for (var i = 0; i < _pixels.Length; i++)
        {
            PixelBytes[_pixels[i]].CopyTo(_floats, i * sizeof(float));
        }

        writer.WriteBase64StringValue(_floats);
    }

    public override async ValueTask DisposeAsync()
    {
        await _images.DisposeAsync();
        await _labels.DisposeAsync();
        await base.DisposeAsync();
    }

    // Magic number: two zero bytes, the element type (8: unsigned byte), the number of dimensions; then the dimensions, big-endian.
    private static async Task<int[]> HeaderAsync(InputFile file, string path, int[] ranks, string what, CancellationToken cancellationToken)
    {
        var bytes = new byte[16];
        await file.Content.ReadExactlyAsync(bytes.AsMemory(0, 4), cancellationToken);
        if (bytes is not [0, 0, 8, _, ..] || !ranks.Contains(bytes[3]))
        {
            throw new CliException($"'{path}' is not an IDX file of {what} in unsigned bytes.");
        }

        var shape = new int[bytes[3]];
        await file.Content.ReadExactlyAsync(bytes.AsMemory(0, shape.Length * sizeof(int)), cancellationToken);
        for (var i = 0; i < shape.Length; i++)
        {
            shape[i] = BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(i * sizeof(int)));
            if (shape[i] < 0)
            {
                throw new CliException($"'{path}' has a negative dimension.");
            }
        }

        return shape;
    }
}
