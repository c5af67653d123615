using System.Buffers;

namespace LifelongApi.Api.Learning;

/// <summary>Cuts bytes into rows of one length. What is left at the end is a row too, which its reader refuses.</summary>
/// <param name="rowBytes">Length of a row, above 0.</param>
internal sealed class RawRowCutter(int rowBytes) : IRowCutter
{
    /// <inheritdoc/>
    public RowKind Next(ref ReadOnlySequence<byte> buffer, bool isLast, out ReadOnlySequence<byte> row)
    {
        var length = Math.Min(rowBytes, buffer.Length);
        if (length == 0 || (length < rowBytes && !isLast))
        {
            row = default;
            return RowKind.None;
        }

        row = buffer.Slice(0, length);
        buffer = buffer.Slice(length);
        return RowKind.Row;
    }
}
