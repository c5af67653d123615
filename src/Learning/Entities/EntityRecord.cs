using System.Buffers.Binary;
using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace LifelongApi.Learning.Entities;

/// <summary>
/// The bytes an entity takes along: version (int32), checksum (XXH3 of the rest under the entity's key, int64), then each column as its length (int32) and its bits; little-endian.
/// A column that has grown since (classes were added) keeps what the record has and is zero beyond.
/// </summary>
internal sealed class EntityRecord
{
    private const int Version = 1;
    private const int Header = sizeof(int) + sizeof(long);
    private byte[] _bytes = new byte[Header];
    private int _length;

    /// <summary>The record. Valid until the next one.</summary>
    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _length);

    /// <summary>The checksum of a record.</summary>
    public static long Checksum(ReadOnlySpan<byte> record) => BinaryPrimitives.ReadInt64LittleEndian(record[sizeof(int)..]);

    /// <summary>Checks a whole record.</summary>
    /// <returns>Its columns.</returns>
    /// <exception cref="InvalidOperationException">It is not what the entity left with. No event's fault, so nothing that is skipped.</exception>
    public static ReadOnlySpan<byte> Open(ulong entity, ReadOnlySpan<byte> record, int columns)
    {
        if (record.Length < Header || BinaryPrimitives.ReadInt32LittleEndian(record) != Version || Checksum(record) != Hash(entity, record[Header..]))
        {
            throw new InvalidOperationException($"The stored row of entity {entity:x16} does not match its checksum.");
        }

        var rest = record[Header..];
        for (var i = 0; i < columns; i++)
        {
            var length = rest.Length < sizeof(int) ? -1 : BinaryPrimitives.ReadInt32LittleEndian(rest);
            rest = length >= 0 && length <= (rest.Length - sizeof(int)) / sizeof(float) ? rest[(sizeof(int) + (length * sizeof(float)))..] : throw Misfit(entity);
        }

        return rest.IsEmpty ? record[Header..] : throw Misfit(entity);
    }

    /// <summary>Reads one column.</summary>
    /// <returns>The columns after it.</returns>
    public static ReadOnlySpan<byte> Read(ReadOnlySpan<byte> columns, Span<float> column)
    {
        var length = BinaryPrimitives.ReadInt32LittleEndian(columns);
        var floats = MemoryMarshal.Cast<byte, float>(columns.Slice(sizeof(int), length * sizeof(float)));
        var kept = Math.Min(length, column.Length);
        floats[..kept].CopyTo(column);
        column[kept..].Clear();
        return columns[(sizeof(int) + (length * sizeof(float)))..];
    }

    /// <summary>Begins a record.</summary>
    public void Begin()
    {
        BinaryPrimitives.WriteInt32LittleEndian(_bytes, Version);
        _length = Header;
    }

    /// <summary>Adds a column.</summary>
    public void Add(ReadOnlySpan<float> column)
    {
        var end = _length + sizeof(int) + (column.Length * sizeof(float));
        if (_bytes.Length < end)
        {
            Array.Resize(ref _bytes, Math.Max(end, 2 * _bytes.Length));
        }

        BinaryPrimitives.WriteInt32LittleEndian(_bytes.AsSpan(_length), column.Length);
        MemoryMarshal.AsBytes(column).CopyTo(_bytes.AsSpan(_length + sizeof(int)));
        _length = end;
    }

    /// <summary>Ends a record.</summary>
    /// <returns>Its checksum.</returns>
    public long End(ulong entity)
    {
        var checksum = Hash(entity, _bytes.AsSpan(Header, _length - Header));
        BinaryPrimitives.WriteInt64LittleEndian(_bytes.AsSpan(sizeof(int)), checksum);
        return checksum;
    }

    private static long Hash(ulong entity, ReadOnlySpan<byte> columns) => unchecked((long)XxHash3.HashToUInt64(columns, (long)entity));

    private static InvalidOperationException Misfit(ulong entity) => new($"The stored row of entity {entity:x16} does not fit the spec.");
}
