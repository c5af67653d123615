using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace LifelongApi.Learning.Features;

/// <summary>A bounds-checked position in a payload. What is common is inlined and what is rare static, so that a cursor that stays in its method stays in registers.</summary>
/// <param name="bytes">The payload or a part of it.</param>
public ref struct PayloadCursor(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>Bytes read so far.</summary>
    public int Offset { get; private set; }

    /// <summary>Whether everything was read.</summary>
    public readonly bool IsAtEnd => Offset >= _bytes.Length;

    /// <summary>One byte.</summary>
    /// <returns>The byte.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte Byte()
    {
        var offset = Offset;
        if ((uint)offset >= (uint)_bytes.Length)
        {
            ThrowEnds();
        }

        Offset = offset + 1;
        return _bytes[offset];
    }

    /// <summary>A varint that fits a non-negative int.</summary>
    /// <returns>The number.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Count()
    {
        var offset = Offset;
        if ((uint)offset < (uint)_bytes.Length && _bytes[offset] < 0x80)
        {
            Offset = offset + 1;
            return _bytes[offset];
        }

        (var count, Offset) = LongCount(_bytes, offset);
        return count;
    }

    /// <summary>A float32.</summary>
    /// <returns>The number.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float ReadSingle() => BinaryPrimitives.ReadSingleLittleEndian(Bytes(sizeof(float)));

    /// <summary>A float64.</summary>
    /// <returns>The number.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public double ReadDouble() => BinaryPrimitives.ReadDoubleLittleEndian(Bytes(sizeof(double)));

    /// <summary>An int64.</summary>
    /// <returns>The number.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long ReadInt64() => BinaryPrimitives.ReadInt64LittleEndian(Bytes(sizeof(long)));

    /// <summary>Passes over bytes.</summary>
    /// <param name="count">How many.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Skip(int count) => Bytes(count);

    /// <summary>The next bytes.</summary>
    /// <param name="count">How many.</param>
    /// <returns>A view.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ReadOnlySpan<byte> Bytes(int count)
    {
        var offset = Offset;
        if ((uint)count > (uint)(_bytes.Length - offset))
        {
            ThrowEnds();
        }

        Offset = offset + count;
        return _bytes.Slice(offset, count);
    }

    private static void ThrowEnds() => throw new InvalidDataException("The payload ends early.");

    /// <summary>A varint of more than one byte, and where it ends.</summary>
    private static (int Count, int Offset) LongCount(ReadOnlySpan<byte> bytes, int offset)
    {
        if (bytes.Length - offset >= sizeof(uint))
        {
            // Up to four bytes at once: the first without its highest bit is the last.
            var next = BinaryPrimitives.ReadUInt32LittleEndian(bytes[offset..]);
            var ends = ~next & 0x80808080;
            if (ends != 0)
            {
                next &= ends ^ (ends - 1);
                return ((int)((next & 0x7F) | ((next >> 1) & 0x3F80) | ((next >> 2) & 0x1FC000) | ((next >> 3) & 0xFE00000)), offset + (BitOperations.TrailingZeroCount(ends) / 8) + 1);
            }
        }

        var cursor = new PayloadCursor(bytes) { Offset = offset };
        uint value = 0;
        for (var shift = 0; shift < 35; shift += 7)
        {
            var next = cursor.Byte();
            value |= (uint)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return (value <= int.MaxValue ? (int)value : throw new InvalidDataException("A count in the payload is out of range."), cursor.Offset);
            }
        }

        throw new InvalidDataException("A count in the payload is too long.");
    }
}
