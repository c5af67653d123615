namespace LifelongApi.Client.Streaming;

/// <summary>Cuts a byte stream into lines. A carriage return before the line feed belongs to the line's end; the last line needs none.</summary>
internal sealed class LineReader(Stream source)
{
    private byte[] _buffer = new byte[64 * 1024];
    private int _start;
    private int _end;
    private bool _atEnd;

    /// <summary>The line read last, without its end. Valid until the next read.</summary>
    internal ReadOnlyMemory<byte> Line { get; private set; }

    /// <summary>Reads the next line.</summary>
    /// <returns>False at the end.</returns>
    internal async ValueTask<bool> ReadAsync(CancellationToken cancellationToken)
    {
        var searched = _start;
        while (true)
        {
            var at = _buffer.AsSpan(searched, _end - searched).IndexOf((byte)'\n');
            if (at >= 0)
            {
                Take(searched + at, searched + at + 1);
                return true;
            }

            if (_atEnd)
            {
                var any = _end > _start;
                Take(_end, _end);
                return any;
            }

            searched = _end;
            if (_end == _buffer.Length)
            {
                searched -= _start;
                MakeRoom();
            }

            var count = await source.ReadAsync(_buffer.AsMemory(_end), cancellationToken).ConfigureAwait(false);
            _end += count;
            _atEnd = count == 0;
        }
    }

    private void Take(int lineEnd, int next)
    {
        var length = lineEnd - _start;
        if (length > 0 && _buffer[lineEnd - 1] == (byte)'\r')
        {
            length--;
        }

        Line = _buffer.AsMemory(_start, length);
        _start = next;
    }

    private void MakeRoom()
    {
        var kept = _end - _start;
        var target = kept > _buffer.Length / 2 ? new byte[_buffer.Length * 2] : _buffer;
        _buffer.AsSpan(_start, kept).CopyTo(target);
        _buffer = target;
        _start = 0;
        _end = kept;
    }
}
