using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace LifelongApi.Api.Requests;

/// <summary>
/// Takes decimals without an exponent from the front of a text. One comparison of 32 bytes finds where whole part and fraction end, so that the next number can begin before this one is
/// added up; the digits are moved to the end of a register and added up in three multiplications (the tree of multiply-adds of Muła and Lemire 2018, "Faster Base64 encoding and decoding
/// using AVX2 instructions"). How many digits there are costs no branch, so numbers of changing length cost no mispredictions.
/// </summary>
internal static class DecimalScanner
{
    /// <summary>Bytes that must be there from the front of a number.</summary>
    public const int Window = 48;

    private const int Most = 15;
    private const int MostInAll = 18;

    // Read from n on it brings the first n bytes of a register to its end, behind zeros.
    private static ReadOnlySpan<byte> Shifts =>
    [
        0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
    ];

    private static ReadOnlySpan<ulong> PowersOfTen =>
    [
        1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000, 10_000_000_000, 100_000_000_000, 1_000_000_000_000, 10_000_000_000_000, 100_000_000_000_000, 1_000_000_000_000_000,
    ];

    /// <summary>Whether this machine has the instructions.</summary>
    public static bool IsSupported => Avx2.IsSupported;

    /// <summary>Takes a number; what follows it is for the caller to look at.</summary>
    /// <param name="text">First of at least <see cref="Window"/> bytes.</param>
    /// <param name="digits">Its digits without sign and point.</param>
    /// <param name="fraction">Digits behind the point, 0 … 15.</param>
    /// <returns>
    /// Its length; 0 for anything but a sign or none, one to fifteen digits without a leading zero, and perhaps a point and one to fifteen digits, eighteen in all.
    /// </returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Take(ref byte text, out ulong digits, out int fraction)
    {
        var first = text == '-' ? 1 : 0;
        var others = Others(Vector256.LoadUnsafe(ref text)) >> first;
        var whole = BitOperations.TrailingZeroCount(others);
        ref var start = ref Unsafe.Add(ref text, first);
        ref var point = ref Unsafe.Add(ref start, whole);
        (digits, fraction) = ((uint)(start - '0'), 0);
        if (whole != 1)
        {
            if (whole is 0 or > Most || start == '0')
            {
                return 0;
            }

            digits = Value(ref start, whole);
        }

        if (point != '.')
        {
            return first + whole;
        }

        var end = BitOperations.TrailingZeroCount(others & (others - 1));
        fraction = end - whole - 1;
        if (fraction is 0 or > Most || whole + fraction > MostInAll)
        {
            return 0;
        }

        digits = (digits * Unsafe.Add(ref MemoryMarshal.GetReference(PowersOfTen), fraction)) + Value(ref Unsafe.Add(ref point, 1), fraction);
        return first + end;
    }

    /// <summary>A bit for each byte that is no digit.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Others(Vector256<byte> bytes)
    {
        // '0' … '9' become the ten largest signed bytes.
        var shifted = (bytes + Vector256.Create((byte)(127 - '9'))).AsSByte();
        return ~Avx2.CompareGreaterThan(shifted, Vector256.Create((sbyte)117)).ExtractMostSignificantBits();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Value(ref byte first, int count)
    {
        var shift = Vector128.LoadUnsafe(ref MemoryMarshal.GetReference(Shifts), (nuint)count);
        var ones = Ssse3.Shuffle(Vector128.LoadUnsafe(ref first) - Vector128.Create((byte)'0'), shift);
        var pairs = Ssse3.MultiplyAddAdjacent(ones, Vector128.Create((ushort)0x010A).AsSByte());
        var fours = Sse2.MultiplyAddAdjacent(pairs, Vector128.Create(0x0001_0064).AsInt16());
        var eights = Sse2.MultiplyAddAdjacent(Sse41.PackUnsignedSaturate(fours, fours).AsInt16(), Vector128.Create(0x0001_2710).AsInt16()).AsUInt64().ToScalar();
        return ((uint)eights * 100_000_000UL) + (eights >> 32);
    }
}
