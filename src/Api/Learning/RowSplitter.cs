using System.Buffers;

namespace LifelongApi.Api.Learning;

/// <summary>What the splitter found next.</summary>
internal enum RowKind
{
    /// <summary>Nothing complete: read more.</summary>
    None,

    /// <summary>A row that is not blank.</summary>
    Row,

    /// <summary>A row longer than allowed; what of it is still to come will be passed over.</summary>
    TooLarge,
}

/// <summary>
/// Cuts bytes into rows at newlines. A row that is too long is reported once and then passed over without being kept,
/// so that memory stays bounded whatever is sent.
/// </summary>
/// <param name="maxRowBytes">Longest row, without its newline.</param>
internal sealed class RowSplitter(int maxRowBytes) : IRowCutter
{
    private bool _isSkipping;
    private long _scanned;

    /// <inheritdoc/>
    public RowKind Next(ref ReadOnlySequence<byte> buffer, bool isLast, out ReadOnlySequence<byte> row)
    {
        while (true)
        {
            row = default;

            // What was scanned before has no newline; starting again from the front would make long rows quadratic.
            var newline = buffer.Slice(_scanned).PositionOf((byte)'\n');
            if (newline is null && !isLast)
            {
                return Wait(ref buffer);
            }

            if (newline is null && buffer.IsEmpty)
            {
                return RowKind.None;
            }

            row = newline is { } end ? buffer.Slice(0, end) : buffer;
            buffer = newline is { } at ? buffer.Slice(buffer.GetPosition(1, at)) : buffer.Slice(buffer.End);
            _scanned = 0;
            if (_isSkipping)
            {
                _isSkipping = false;
            }
            else if (row.Length > maxRowBytes)
            {
                return RowKind.TooLarge;
            }
            else if (!IsBlank(row))
            {
                return RowKind.Row;
            }
        }
    }

    private static bool IsBlank(ReadOnlySequence<byte> row)
    {
        foreach (var segment in row)
        {
            if (segment.Span.ContainsAnyExcept(" \t\r"u8))
            {
                return false;
            }
        }

        return true;
    }

    private RowKind Wait(ref ReadOnlySequence<byte> buffer)
    {
        _scanned = buffer.Length;
        if (!_isSkipping && buffer.Length <= maxRowBytes)
        {
            return RowKind.None;
        }

        var isNews = !_isSkipping;
        _isSkipping = true;
        _scanned = 0;
        buffer = buffer.Slice(buffer.End);
        return isNews ? RowKind.TooLarge : RowKind.None;
    }
}
