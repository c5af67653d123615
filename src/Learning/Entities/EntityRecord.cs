using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace LifelongApi.Learning.Entities;

/// <summary>
/// What an entity takes along when it loses its row: a reusable buffer of version 1, then each column as its length (little-endian int32) and its bits. A column that has grown since
/// (classes were added) keeps what the record has and is zero beyond.
/// </summary>
public sealed class EntityRecord
{
    private const int Version = 1;
    private byte[] _bytes = new byte[sizeof(int)];
    private int _length;

    /// <summary>The record. Valid until the next one.</summary>
    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _length);

    /// <summary>Checks a whole record.</summary>
    /// <returns>Its columns.</returns>
    /// <exception cref="InvalidDataException">It is none, or has other columns.</exception>
    internal static ReadOnlySpan<byte> Open(ReadOnlySpan<byte> bytes, int columns)
    {
        if (bytes.Length < sizeof(int) || BinaryPrimitives.ReadInt32LittleEndian(bytes) != Version)
        {
            throw new InvalidDataException("The record of an entity is not known to this engine.");
        }

        var rest = bytes[sizeof(int)..];
        for (var i = 0; i < columns; i++)
        {
            var length = rest.Length < sizeof(int) ? -1 : BinaryPrimitives.ReadInt32LittleEndian(rest);
            if (length < 0 || length > (rest.Length - sizeof(int)) / sizeof(float))
            {
                throw new InvalidDataException("The record of an entity ends early.");
            }

            rest = rest[(sizeof(int) + (length * sizeof(float)))..];
        }

        if (!rest.IsEmpty)
        {
            throw new InvalidDataException("The record of an entity does not fit the spec.");
        }

        return bytes[sizeof(int)..];
    }

    /// <summary>Reads one column.</summary>
    /// <returns>The columns after it.</returns>
    internal static ReadOnlySpan<byte> Read(ReadOnlySpan<byte> bytes, Span<float> column)
    {
        var length = BinaryPrimitives.ReadInt32LittleEndian(bytes);
        var floats = MemoryMarshal.Cast<byte, float>(bytes.Slice(sizeof(int), length * sizeof(float)));
        var kept = Math.Min(length, column.Length);
        floats[..kept].CopyTo(column);
        column[kept..].Clear();
        return bytes[(sizeof(int) + (length * sizeof(float)))..];
    }

    internal void Begin()
    {
        BinaryPrimitives.WriteInt32LittleEndian(_bytes, Version);
        _length = sizeof(int);
    }

    internal void Add(ReadOnlySpan<float> column)
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
}
