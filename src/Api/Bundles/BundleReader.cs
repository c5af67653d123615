using System.Buffers.Binary;
using System.IO.Compression;
using System.Security.Cryptography;

namespace LifelongApi.Api.Bundles;

/// <summary>A frame whose hash is right. The content is valid until the next one is read.</summary>
/// <param name="Section">Section it belongs to.</param>
/// <param name="Content">Its content, decompressed.</param>
internal readonly record struct BundleFrame(BundleSection Section, ReadOnlyMemory<byte> Content);

/// <summary>Reads a bundle frame by frame from bytes that nobody vouches for: everything is checked before it is used, and no length is believed beyond its bound.</summary>
/// <param name="source">The bytes; stays the caller's.</param>
internal sealed class BundleReader(Stream source) : IDisposable
{
    private readonly IncrementalHash _total = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] _stored = new byte[BundleFormat.MaxFrameLength];
    private readonly byte[] _plain = new byte[BundleFormat.MaxFrameLength];
    private long _offset;
    private BundleSection _last = BundleSection.Header;
    private bool _isBegun;

    /// <summary>Reads what comes before the first frame.</summary>
    /// <exception cref="InvalidDataException">It is not a bundle, or one of a format that is not known.</exception>
    public async Task BeginAsync(CancellationToken cancellation)
    {
        var preamble = new byte[BundleFormat.PreambleLength];
        await FillAsync(preamble, cancellation);
        if (!preamble.AsSpan(0, 8).SequenceEqual(BundleFormat.Magic))
        {
            throw new InvalidDataException("The first eight bytes are not those of a bundle.");
        }

        var version = BinaryPrimitives.ReadUInt16LittleEndian(preamble.AsSpan(8));
        if (version != BundleFormat.Version || preamble[10] != 0 || preamble[11] != 0)
        {
            throw new InvalidDataException($"The bundle has format version {version}; this service reads version {BundleFormat.Version}.");
        }

        _total.AppendData(preamble);
    }

    /// <summary>Reads the next frame.</summary>
    /// <returns>The frame; null after the end frame was checked and nothing follows it.</returns>
    /// <exception cref="InvalidDataException">A hash does not match, a length is out of bounds, the file ends early or goes on after its end.</exception>
    public async Task<BundleFrame?> ReadAsync(CancellationToken cancellation)
    {
        var at = _offset;
        var header = new byte[BundleFormat.FrameHeaderLength];
        await FillAsync(header, cancellation);
        var section = BundleTags.Find(header.AsSpan(0, 4)) ?? throw new InvalidDataException($"The frame at byte {at} has an unknown tag.");
        var storedLength = BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(8));
        var plainLength = BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(12));
        if (storedLength is 0 or > BundleFormat.MaxFrameLength || plainLength is 0 or > BundleFormat.MaxFrameLength || header[5] != 0 || header[6] != 0 || header[7] != 0)
        {
            throw new InvalidDataException($"The frame at byte {at} has a length or flag out of bounds.");
        }

        var stored = _stored.AsMemory(0, (int)storedLength);
        await FillAsync(stored, cancellation);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        BundleTags.HashFrame(header, stored.Span, hash);
        if (!hash.SequenceEqual(header.AsSpan(BundleFormat.HashedHeaderLength)))
        {
            throw new InvalidDataException($"The frame at byte {at} ({section}) does not match its SHA-256.");
        }

        var content = Decode((BundleEncoding)header[4], stored, (int)plainLength, at);
        CheckOrder(section, at);
        if (section == BundleSection.End)
        {
            await CheckEndAsync(content, cancellation);
            return null;
        }

        _total.AppendData(header);
        _total.AppendData(stored.Span);
        return new BundleFrame(section, content);
    }

    /// <inheritdoc/>
    public void Dispose() => _total.Dispose();

    private void CheckOrder(BundleSection section, long at)
    {
        if (_isBegun ? section < _last : section != BundleSection.Header)
        {
            throw new InvalidDataException($"The frame at byte {at} ({section}) is out of order.");
        }

        (_isBegun, _last) = (true, section);
    }

    private async Task CheckEndAsync(ReadOnlyMemory<byte> content, CancellationToken cancellation)
    {
        if (!content.Span.SequenceEqual(_total.GetCurrentHash()))
        {
            throw new InvalidDataException("The bundle does not match the SHA-256 at its end.");
        }

        if (await source.ReadAsync(_stored.AsMemory(0, 1), cancellation) != 0)
        {
            throw new InvalidDataException("The bundle goes on after its end.");
        }
    }

    private ReadOnlyMemory<byte> Decode(BundleEncoding encoding, ReadOnlyMemory<byte> stored, int plainLength, long at)
    {
        switch (encoding)
        {
            case BundleEncoding.Plain when stored.Length == plainLength:
                return stored;
            case BundleEncoding.Brotli when BrotliDecoder.TryDecompress(stored.Span, _plain.AsSpan(0, plainLength), out var written) && written == plainLength:
                return _plain.AsMemory(0, plainLength);
            default:
                throw new InvalidDataException($"The content of the frame at byte {at} cannot be decoded to its length.");
        }
    }

    private async Task FillAsync(Memory<byte> target, CancellationToken cancellation)
    {
        var read = await source.ReadAtLeastAsync(target, target.Length, throwOnEndOfStream: false, cancellation);
        _offset += read;
        if (read < target.Length)
        {
            throw new InvalidDataException($"The bundle ends early, at byte {_offset}.");
        }
    }
}
