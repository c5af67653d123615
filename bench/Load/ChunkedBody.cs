using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace LifelongApi.Load;

/// <summary>The body of a chunked answer, after its head. An answer that is not chunked is an error, with its text.</summary>
/// <param name="stream">Where the answer comes.</param>
internal sealed class ChunkedBody(NetworkStream stream) : Stream
{
    private readonly byte[] _buffer = new byte[256 * 1024];
    private int _start;
    private int _end;
    private int _left;
    private bool _isBegun;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!_isBegun)
        {
            await BeginAsync(cancellationToken);
            _isBegun = true;
        }

        if (_left == 0 && !await NextChunkAsync(cancellationToken))
        {
            return 0;
        }

        if (_start == _end)
        {
            await FillAsync(cancellationToken);
        }

        var count = Math.Min(Math.Min(buffer.Length, _left), _end - _start);
        _buffer.AsMemory(_start, count).CopyTo(buffer);
        _start += count;
        _left -= count;
        if (_left == 0)
        {
            await LineAsync(cancellationToken);
        }

        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private async Task BeginAsync(CancellationToken cancellation)
    {
        var status = await LineAsync(cancellation);
        var isChunked = false;
        for (var line = status; line.Length > 0; line = await LineAsync(cancellation))
        {
            isChunked |= line.Equals("Transfer-Encoding: chunked", StringComparison.OrdinalIgnoreCase);
        }

        if (!status.Contains(" 200 ", StringComparison.Ordinal) || !isChunked)
        {
            throw new InvalidOperationException($"{status} {Encoding.UTF8.GetString(_buffer, _start, _end - _start)}");
        }
    }

    private async Task<bool> NextChunkAsync(CancellationToken cancellation)
    {
        _left = int.Parse(await LineAsync(cancellation), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        return _left > 0;
    }

    private async Task<string> LineAsync(CancellationToken cancellation)
    {
        while (true)
        {
            var end = _buffer.AsSpan(_start, _end - _start).IndexOf("\r\n"u8);
            if (end >= 0)
            {
                var line = Encoding.ASCII.GetString(_buffer, _start, end);
                _start += end + 2;
                return line;
            }

            await FillAsync(cancellation);
        }
    }

    private async Task FillAsync(CancellationToken cancellation)
    {
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
        var count = await stream.ReadAsync(_buffer.AsMemory(_end), cancellation);
        _end += count > 0 ? count : throw new InvalidOperationException("The connection ended.");
    }
}
