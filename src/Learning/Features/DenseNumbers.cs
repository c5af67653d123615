using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Features;

/// <summary>Dense features as payloads hold them: little-endian float32, or bytes that stand for 0 … 255.</summary>
internal static class DenseNumbers
{
    /// <summary>Reads floats.</summary>
    /// <param name="bytes">Little-endian; at least four for each number.</param>
    /// <param name="numbers">Overwritten; shape [n].</param>
    public static void ReadFloats(ReadOnlySpan<byte> bytes, Span<float> numbers)
    {
        if (BitConverter.IsLittleEndian)
        {
            MemoryMarshal.Cast<byte, float>(bytes[..(numbers.Length * sizeof(float))]).CopyTo(numbers);
            return;
        }

        for (var k = 0; k < numbers.Length; k++)
        {
            numbers[k] = BinaryPrimitives.ReadSingleLittleEndian(bytes[(k * sizeof(float))..]);
        }
    }

    /// <summary>Reads bytes.</summary>
    /// <param name="bytes">At least one for each number.</param>
    /// <param name="numbers">Overwritten; shape [n].</param>
    public static void ReadBytes(ReadOnlySpan<byte> bytes, Span<float> numbers)
    {
        ref var from = ref MemoryMarshal.GetReference(bytes[..numbers.Length]);
        ref var to = ref MemoryMarshal.GetReference(numbers);
        var k = 0;
        for (; k + LayoutBuilder.Line <= numbers.Length; k += LayoutBuilder.Line)
        {
            Widen(Vector128.LoadUnsafe(ref from, (nuint)k)).StoreUnsafe(ref to, (nuint)k);
        }

        for (; k < numbers.Length; k++)
        {
            numbers[k] = bytes[k];
        }
    }

    /// <summary>Reads floats by lines, the last one filled up with zeros: what is read back by lines soon after has to be written so, or it waits.</summary>
    /// <param name="bytes">Little-endian; at least four for each number.</param>
    /// <param name="count">Numbers.</param>
    /// <param name="lines">Overwritten; shape [count, padded].</param>
    public static void ReadFloatLines(ReadOnlySpan<byte> bytes, int count, Span<float> lines)
    {
        var last = count & ~(LayoutBuilder.Line - 1);
        ReadFloats(bytes, lines[..last]);
        if (last == count)
        {
            return;
        }

        if (BitConverter.IsLittleEndian)
        {
            Reduction.LoadFirst(MemoryMarshal.Cast<byte, float>(bytes[..(count * sizeof(float))])[last..]).CopyTo(lines[last..]);
            return;
        }

        lines[count..].Clear();
        ReadFloats(bytes[(last * sizeof(float))..], lines[last..count]);
    }

    /// <summary>Reads bytes by lines, the last one filled up with zeros.</summary>
    /// <param name="bytes">At least one for each number.</param>
    /// <param name="count">Numbers.</param>
    /// <param name="lines">Overwritten; shape [count, padded].</param>
    public static void ReadByteLines(ReadOnlySpan<byte> bytes, int count, Span<float> lines)
    {
        var last = count & ~(LayoutBuilder.Line - 1);
        ReadBytes(bytes, lines[..last]);
        if (last < count)
        {
            Span<byte> line = stackalloc byte[LayoutBuilder.Line];
            line.Clear();
            bytes[last..count].CopyTo(line);
            Widen(Vector128.Create<byte>(line)).CopyTo(lines[last..]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Widen(Vector128<byte> sixteen)
    {
        var (low, high) = Vector128.Widen(sixteen);
        var (a, b) = Vector256.Widen(Vector256.Create(low, high));
        return Vector512.ConvertToSingle(Vector512.Create(a, b).AsInt32());
    }
}
