using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace LifelongApi.Api.Requests;

/// <summary>
/// Takes decimals without an exponent from a list. One look at 64 bytes finds the commas behind several numbers, so that the next can begin before this one is added up
/// (the bit masks of Langdale and Lemire 2019, "Parsing gigabytes of JSON per second", section 3.1); each is loaded so that it ends where a register ends, the point is closed up,
/// and the digits are added up in three multiplications (the tree of multiply-adds of Muła and Lemire 2018, "Faster Base64 encoding and decoding using AVX2 instructions").
/// Neither a sign nor how many digits there are costs a branch, so changing numbers cost no mispredictions.
/// </summary>
internal static class DecimalScanner
{
    private const int Window = 64;
    private const int Lanes = 32;

    // What 64 bits hold.
    private const int MostDigits = 19;

    // Read from n on, a mask of the last n bytes of a register.
    private static ReadOnlySpan<byte> LastBytes =>
    [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
        0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
    ];

    /// <summary>
    /// Takes numbers that are followed by a comma and perhaps one blank, until one is something else: near the front or the end of the text, with an exponent or more than nineteen digits,
    /// near the middle between two floats, or no number of JSON. That one is for the caller to look at.
    /// </summary>
    /// <param name="text">The list.</param>
    /// <param name="start">Where the first number begins.</param>
    /// <param name="numbers">Takes the nearest float32 of each.</param>
    /// <param name="next">Where the first begins that was not taken.</param>
    /// <returns>How many were taken.</returns>
    public static int Take(ReadOnlySpan<byte> text, int start, Span<float> numbers, out int next)
    {
        ref var first = ref MemoryMarshal.GetReference(text);
        var (at, count, window, commas) = (start, 0, start - Window, 0UL);
        while (Avx2.IsSupported && start > Lanes && count < numbers.Length)
        {
            if (at - window > Window - Lanes)
            {
                if (text.Length - at <= Window)
                {
                    break;
                }

                (window, commas) = (at, Commas(ref Unsafe.Add(ref first, at)));
            }

            var blank = Unsafe.Add(ref first, at) == ' ' ? 1 : 0;
            var length = BitOperations.TrailingZeroCount(commas >> (at - window)) - blank;
            if (length >= Lanes || !TryTake(ref Unsafe.Add(ref first, at + blank), length, out numbers[count]))
            {
                break;
            }

            count++;
            at += blank + length + 1;
        }

        next = at;
        return count;
    }

    /// <summary>Takes one number.</summary>
    /// <param name="first">Its first byte; more than <see cref="Lanes"/> bytes are before its end.</param>
    /// <param name="length">Its length, less than <see cref="Lanes"/>.</param>
    /// <param name="value">The nearest float32.</param>
    /// <returns>Whether it is one, of few digits and safe to round.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryTake(ref byte first, int length, out float value)
    {
        ref var masks = ref MemoryMarshal.GetReference(LastBytes);
        ref var end = ref Unsafe.Add(ref first, length);
        var last = Vector256.LoadUnsafe(ref Unsafe.Subtract(ref end, Lanes));
        var sign = first == '-' ? 1 : 0;
        var places = length - sign;
        var behind = BitOperations.LeadingZeroCount(Vector256.Equals(last, Vector256.Create((byte)'.')).ExtractMostSignificantBits());
        var fraction = behind < places ? behind : Lanes;
        var count = places - (fraction < Lanes ? 1 : 0);

        // What is before the point moves up by a byte.
        var closed = Avx2.BlendVariable(Vector256.LoadUnsafe(ref Unsafe.Subtract(ref end, Lanes + 1)), last, Vector256.LoadUnsafe(ref masks, (nuint)(uint)fraction));
        var digits = (closed - Vector256.Create((byte)'0')) & Vector256.LoadUnsafe(ref masks, (nuint)(uint)count);
        value = 0;
        return Avx2.SubtractSaturate(digits, Vector256.Create((byte)9)) == Vector256<byte>.Zero
            && count <= MostDigits && fraction > 0 && BeginsWell(ref Unsafe.Add(ref first, sign))
            && NumberText.TryNarrow(Value(digits), fraction & (Lanes - 1), sign, out value);
    }

    /// <summary>Whether there is a digit, and no other behind it where it is a zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool BeginsWell(ref byte first)
    {
        var two = (uint)BinaryPrimitives.ReverseEndianness(Unsafe.ReadUnaligned<ushort>(ref first));
        return two - 0x3000 < 0x0A00 && two - 0x3030 > 9;
    }

    /// <summary>A bit for each of 64 bytes that is a comma.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Commas(ref byte first)
    {
        return Half(ref first) | ((ulong)Half(ref Unsafe.Add(ref first, Lanes)) << Lanes);

        static uint Half(ref byte first) => Vector256.Equals(Vector256.LoadUnsafe(ref first), Vector256.Create((byte)',')).ExtractMostSignificantBits();
    }

    /// <summary>The number of up to nineteen digits at the end of a register, behind zeros.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Value(Vector256<byte> digits)
    {
        var pairs = Avx2.MultiplyAddAdjacent(digits, Vector256.Create((ushort)0x010A).AsSByte());
        var fours = Avx2.MultiplyAddAdjacent(pairs, Vector256.Create(0x0001_0064).AsInt16());
        var eights = Avx2.MultiplyAddAdjacent(Avx2.PackUnsignedSaturate(fours, fours).AsInt16(), Vector256.Create(0x0001_2710).AsInt16()).AsUInt64();
        var (upper, lower) = (eights.ToScalar(), eights.GetElement(2));
        return ((upper >> 32) * 10_000_000_000_000_000UL) + ((uint)lower * 100_000_000UL) + (lower >> 32);
    }
}
