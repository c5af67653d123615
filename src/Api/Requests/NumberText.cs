using System.Buffers.Binary;
using System.Globalization;

namespace LifelongApi.Api.Requests;

/// <summary>
/// Numbers from JSON text, correctly rounded. Short decimals take the exact path of Clinger (1990): both the digits and the power of ten
/// are exact doubles, so one division or multiplication rounds once. Everything else goes to the runtime's parser.
/// </summary>
internal static class NumberText
{
    private const int MaxDigits = 18;
    private const ulong MaxExact = 1UL << 53;

    private static readonly double[] PowersOfTen =
    [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    ];

    /// <summary>A float32. False where the number is beyond its range.</summary>
    /// <param name="number">A JSON number.</param>
    /// <param name="value">The nearest float32, ties to even.</param>
    public static bool TrySingle(ReadOnlySpan<byte> number, out float value)
    {
        if (TryExact(number, out var exact) && IsSafeToNarrow(exact))
        {
            value = (float)exact;
            return true;
        }

        return float.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && float.IsFinite(value);
    }

    /// <summary>A float64. False where the number is beyond its range.</summary>
    /// <param name="number">A JSON number.</param>
    /// <param name="value">The nearest float64, ties to even.</param>
    public static bool TryDouble(ReadOnlySpan<byte> number, out double value) =>
        TryExact(number, out value)
        || (double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && double.IsFinite(value));

    // Rounding twice differs from rounding once only where the double lies exactly between two floats. Subnormal floats keep fewer bits
    // than this test looks at, so they are left to the parser.
    private static bool IsSafeToNarrow(double value)
    {
        const long Fraction = (1L << 29) - 1;
        const long Middle = 1L << 28;
        var magnitude = Math.Abs(value);
        return (BitConverter.DoubleToInt64Bits(value) & Fraction) != Middle
            && (magnitude == 0 || (magnitude >= 1.1754943508222875e-38 && magnitude <= float.MaxValue));
    }

    private static bool TryExact(ReadOnlySpan<byte> number, out double value)
    {
        value = 0;
        ulong digits = 0;
        var digitCount = 0;
        var power = 0;
        var i = 0;
        var isNegative = number.Length > 0 && number[0] == (byte)'-';
        if (isNegative)
        {
            i++;
        }

        var hasPoint = false;
        for (; i < number.Length; i++)
        {
            var digit = number[i] - '0';
            if ((uint)digit <= 9)
            {
                digits = (digits * 10) + (uint)digit;
                power -= hasPoint ? 1 : 0;
                if (++digitCount > MaxDigits)
                {
                    return false;
                }
            }
            else if (number[i] == (byte)'.')
            {
                hasPoint = true;
                while (digitCount + 8 <= MaxDigits && TryEightDigits(number[(i + 1)..], out var eight))
                {
                    digits = (digits * 100_000_000) + eight;
                    digitCount += 8;
                    power -= 8;
                    i += 8;
                }
            }
            else
            {
                break;
            }
        }

        if (i < number.Length && !TryAddExponent(number[(i + 1)..], ref power))
        {
            return false;
        }

        if (digits > MaxExact || power is < -22 or > 22)
        {
            return false;
        }

        var magnitude = power < 0 ? digits / PowersOfTen[-power] : digits * PowersOfTen[power];
        value = isNegative ? -magnitude : magnitude;
        return true;
    }

    /// <summary>Eight digits at once, in one register (Lemire 2021, section 3).</summary>
    private static bool TryEightDigits(ReadOnlySpan<byte> text, out uint value)
    {
        const ulong High = 0xF0F0F0F0F0F0F0F0;
        const ulong Pairs = 0x000000FF000000FF;
        value = 0;
        if (!BinaryPrimitives.TryReadUInt64LittleEndian(text, out var bytes) || ((bytes & High) | (((bytes + 0x0606060606060606) & High) >> 4)) != 0x3333333333333333)
        {
            return false;
        }

        bytes -= 0x3030303030303030;
        bytes = (bytes * 10) + (bytes >> 8);
        value = (uint)((((bytes & Pairs) * 0x000F424000000064) + (((bytes >> 16) & Pairs) * 0x0000271000000001)) >> 32);
        return true;
    }

    private static bool TryAddExponent(ReadOnlySpan<byte> text, ref int power)
    {
        var isNegative = text.Length > 0 && text[0] == (byte)'-';
        var i = text.Length > 0 && text[0] is (byte)'-' or (byte)'+' ? 1 : 0;
        if (text.Length - i is 0 or > 4)
        {
            return false;
        }

        var exponent = 0;
        for (; i < text.Length; i++)
        {
            exponent = (exponent * 10) + (text[i] - '0');
        }

        power += isNegative ? -exponent : exponent;
        return true;
    }
}
