using System.Buffers.Binary;

namespace LifelongApi.Learning.Features;

/// <summary>A bounds-checked position in a payload.</summary>
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
    public byte Byte() => Bytes(1)[0];

    /// <summary>A varint that fits a non-negative int.</summary>
    /// <returns>The number.</returns>
    public int Count()
    {
        uint value = 0;
        for (var shift = 0; shift < 35; shift += 7)
        {
            var next = Byte();
            value |= (uint)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value <= int.MaxValue ? (int)value : throw new InvalidDataException("A count in the payload is out of range.");
            }
        }

        throw new InvalidDataException("A count in the payload is too long.");
    }

    /// <summary>A float32.</summary>
    /// <returns>The number.</returns>
    public float ReadSingle() => BinaryPrimitives.ReadSingleLittleEndian(Bytes(sizeof(float)));

    /// <summary>A float64.</summary>
    /// <returns>The number.</returns>
    public double ReadDouble() => BinaryPrimitives.ReadDoubleLittleEndian(Bytes(sizeof(double)));

    /// <summary>An int64.</summary>
    /// <returns>The number.</returns>
    public long ReadInt64() => BinaryPrimitives.ReadInt64LittleEndian(Bytes(sizeof(long)));

    /// <summary>Passes over bytes.</summary>
    /// <param name="count">How many.</param>
    public void Skip(int count) => Bytes(count);

    /// <summary>The next bytes.</summary>
    /// <param name="count">How many.</param>
    /// <returns>A view.</returns>
    public ReadOnlySpan<byte> Bytes(int count)
    {
        if ((uint)count > (uint)(_bytes.Length - Offset))
        {
            throw new InvalidDataException("The payload ends early.");
        }

        var view = _bytes.Slice(Offset, count);
        Offset += count;
        return view;
    }
}
