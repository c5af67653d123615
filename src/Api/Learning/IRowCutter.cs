using System.Buffers;

namespace LifelongApi.Api.Learning;

/// <summary>Cuts what was read into rows.</summary>
internal interface IRowCutter
{
    /// <summary>Takes the next row from the front of what was read.</summary>
    /// <param name="buffer">What was read and not taken; moved past what is taken.</param>
    /// <param name="isLast">Whether nothing will follow, so that a row needs no end.</param>
    /// <param name="row">The row.</param>
    RowKind Next(ref ReadOnlySequence<byte> buffer, bool isLast, out ReadOnlySequence<byte> row);
}
