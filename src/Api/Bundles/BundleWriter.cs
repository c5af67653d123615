using System.Buffers.Binary;
using System.IO.Compression;
using System.Security.Cryptography;

namespace LifelongApi.Api.Bundles;

/// <summary>Writes a bundle frame by frame, holding one frame at a time.</summary>
internal sealed class BundleWriter : IDisposable
{
    private const int Quality = 4;
    private const int Window = 22;
    private readonly Stream _target;
    private readonly IncrementalHash _total = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] _buffer = new byte[BundleFormat.MaxFrameLength];
    private readonly byte[] _compressed = new byte[BundleFormat.MaxFrameLength];
    private BundleSection _section = BundleSection.Header;
    private int _used;

    /// <summary>Starts a file.</summary>
    /// <param name="target">Takes the bytes; stays the caller's.</param>
    public BundleWriter(Stream target) => _target = target;

    /// <summary>Writes what comes before the first frame.</summary>
    public async Task BeginAsync(CancellationToken cancellation)
    {
        var preamble = new byte[BundleFormat.PreambleLength];
        BundleFormat.Magic.CopyTo(preamble);
        BinaryPrimitives.WriteUInt16LittleEndian(preamble.AsSpan(8), BundleFormat.Version);
        await PutAsync(preamble, cancellation);
    }

    /// <summary>Adds bytes to a section. Sections come in their order; a section may come in many pieces.</summary>
    public async Task AddAsync(BundleSection section, ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        if (section != _section)
        {
            await FlushAsync(cancellation);
            _section = section;
        }

        while (!bytes.IsEmpty)
        {
            if (_used == _buffer.Length)
            {
                await FlushAsync(cancellation);
            }

            var taken = Math.Min(bytes.Length, _buffer.Length - _used);
            bytes[..taken].CopyTo(_buffer.AsMemory(_used));
            _used += taken;
            bytes = bytes[taken..];
        }
    }

    /// <summary>Adds bytes that stay together in one frame.</summary>
    public async Task AddWholeAsync(BundleSection section, ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        if (section == _section && _used + bytes.Length > _buffer.Length)
        {
            await FlushAsync(cancellation);
        }

        await AddAsync(section, bytes, cancellation);
    }

    /// <summary>Ends the file.</summary>
    public async Task EndAsync(CancellationToken cancellation)
    {
        await FlushAsync(cancellation);
        _section = BundleSection.End;
        _total.GetCurrentHash().CopyTo(_buffer, 0);
        _used = SHA256.HashSizeInBytes;
        await FlushAsync(cancellation);
        await _target.FlushAsync(cancellation);
    }

    /// <inheritdoc/>
    public void Dispose() => _total.Dispose();

    private async Task FlushAsync(CancellationToken cancellation)
    {
        if (_used == 0)
        {
            return;
        }

        var plain = _buffer.AsMemory(0, _used);
        var isSmaller = BrotliEncoder.TryCompress(plain.Span, _compressed, out var length, Quality, Window) && length < _used;
        var stored = isSmaller ? _compressed.AsMemory(0, length) : plain;
        var header = new byte[BundleFormat.FrameHeaderLength];
        BundleTags.Of(_section).CopyTo(header);
        header[4] = (byte)(isSmaller ? BundleEncoding.Brotli : BundleEncoding.Plain);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(8), stored.Length);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(12), _used);
        BundleTags.HashFrame(header, stored.Span, header.AsSpan(BundleFormat.HashedHeaderLength));
        _used = 0;
        await PutAsync(header, cancellation);
        await PutAsync(stored, cancellation);
    }

    private async Task PutAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        _total.AppendData(bytes.Span);
        await _target.WriteAsync(bytes, cancellation);
    }
}
