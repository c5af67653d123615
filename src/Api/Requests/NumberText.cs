using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace LifelongApi.Api.Requests;

/// <summary>
/// Numbers from JSON text, correctly rounded. Short decimals take the exact path of Clinger (1990): both the digits and the power of ten
/// are exact doubles, so one division or multiplication rounds once. A float32 whose digits are no exact double is the double nearby, where no middle between
/// two floats is as near as that double's error. Everything else goes to the runtime's parser.
/// </summary>
internal static class NumberText
{
    private const int MaxDigits = 19;
    private const int MaxPower = 22;
    private const ulong MaxExact = 1UL << 53;

    // Rounding the digits and rounding the product: at most two units in the last place of a double, doubled to be safe.
    private const int Slack = 4;

    private static readonly SearchValues<byte> Ends = SearchValues.Create(",] \t\r\n"u8);

    private static ReadOnlySpan<double> PowersOfTen =>
    [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    ];

    /// <summary>A float32. False where the number is beyond its range.</summary>
    /// <param name="number">A JSON number.</param>
    /// <param name="value">The nearest float32, ties to even.</param>
    public static bool TrySingle(ReadOnlySpan<byte> number, out float value) =>
        TakeSingle(number, out value) == number.Length
        || (float.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && float.IsFinite(value));

    /// <summary>A float64. False where the number is beyond its range.</summary>
    /// <param name="number">A JSON number.</param>
    /// <param name="value">The nearest float64, ties to even.</param>
    public static bool TryDouble(ReadOnlySpan<byte> number, out double value)
    {
        if (Take(number, out var digits, out var power) == number.Length && digits <= MaxExact && Math.Abs(power) <= MaxPower)
        {
            value = Signed(number, Scale(digits, power));
            return true;
        }

        return double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && double.IsFinite(value);
    }

    /// <summary>
    /// The numbers of a JSON array, cut and converted in one pass. False where the text is anything but as many numbers as there is room for and a closing bracket,
    /// or a number is beyond the range of a float32: then it has to be read token by token, which also says what is wrong with it.
    /// </summary>
    /// <param name="text">What follows the opening bracket.</param>
    /// <param name="numbers">Takes the numbers.</param>
    /// <param name="end">Where the closing bracket stands.</param>
    public static bool TryArray(ReadOnlySpan<byte> text, Span<float> numbers, out int end)
    {
        end = 0;
        var (at, count) = (0, 0);
        while (count < numbers.Length)
        {
            // The last one is not followed by a comma.
            count += DecimalScanner.Take(text, at, numbers[count..^1], out at);
            at += Blanks(text[at..]);
            var length = TakeAny(text[at..], out numbers[count++]);
            at += length;
            at += Blanks(text[at..]);
            if (length == 0 || at == text.Length || text[at] != (count == numbers.Length ? (byte)']' : (byte)','))
            {
                return false;
            }

            end = at++;
        }

        return numbers.Length > 0;
    }

    /// <summary>Takes a number from the front of a text.</summary>
    /// <returns>Its length; 0 where there is none, or one that no float32 holds.</returns>
    private static int TakeAny(ReadOnlySpan<byte> text, out float value)
    {
        var length = TakeSingle(text, out value);
        if (length > 0)
        {
            return length;
        }

        length = text.IndexOfAny(Ends);
        return length > 0 && IsNumber(text[..length]) && TrySingle(text[..length], out value) ? length : 0;
    }

    /// <summary>The float32 nearest to a decimal, where that is simple.</summary>
    /// <param name="digits">Its digits.</param>
    /// <param name="fraction">How many of them are behind the point, 0 … 22.</param>
    /// <param name="sign">1: it is negative; 0: it is not.</param>
    /// <param name="value">The nearest float32.</param>
    /// <returns>Whether it was simple.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryNarrow(ulong digits, int fraction, int sign, out float value)
    {
        var magnitude = digits / Unsafe.Add(ref MemoryMarshal.GetReference(PowersOfTen), fraction);
        value = BitConverter.Int32BitsToSingle(BitConverter.SingleToInt32Bits((float)magnitude) | (sign << 31));
        return IsBesideMiddle(magnitude);
    }

    /// <summary>Takes a number from the front of a text, where that is simple.</summary>
    /// <returns>Its length; 0 where the runtime's parser has to decide.</returns>
    private static int TakeSingle(ReadOnlySpan<byte> text, out float value)
    {
        value = 0;
        var length = Take(text, out var digits, out var power);
        if (length == 0 || Math.Abs(power) > MaxPower)
        {
            return 0;
        }

        var magnitude = Scale(digits, power);
        if (!IsBesideMiddle(magnitude) || !IsNormal(magnitude))
        {
            return 0;
        }

        value = (float)Signed(text, magnitude);
        return length;
    }

    private static double Scale(ulong digits, int power) => power < 0 ? digits / PowersOfTen[-power] : digits * PowersOfTen[power];

    private static double Signed(ReadOnlySpan<byte> number, double magnitude) => number[0] == (byte)'-' ? -magnitude : magnitude;

    // Rounding twice differs from rounding once only where the double lies between two floats, in the middle or as near to it as it may be wrong.
    // One comparison for both sides of the middle: on which side a number lies is no branch that could be predicted.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsBesideMiddle(double number)
    {
        const long Fraction = (1L << 29) - 1;
        const long Middle = 1L << 28;
        return (ulong)((BitConverter.DoubleToInt64Bits(number) & Fraction) - Middle + Slack) > 2 * Slack;
    }

    // Subnormal floats keep fewer bits than are looked at above, so they are left to the parser. A decimal without an exponent, of no more digits than 64 bits hold, is none.
    private static bool IsNormal(double magnitude) => magnitude == 0 || (magnitude >= 1.1754943508222875e-38 && magnitude <= float.MaxValue);

    /// <summary>Takes the digits and the power of ten of a number from the front of a text.</summary>
    /// <returns>Its length; 0 where it is not a JSON number or has more digits than 64 bits hold.</returns>
    private static int Take(ReadOnlySpan<byte> text, out ulong digits, out int power)
    {
        (digits, power) = (0, 0);
        var first = text.Length > 0 && text[0] == (byte)'-' ? 1 : 0;
        var i = TakeDigits(text, first, ref digits);
        var count = i - first;
        if (count == 0 || (count > 1 && text[first] == (byte)'0'))
        {
            return 0;
        }

        if (i < text.Length && text[i] == (byte)'.')
        {
            var point = i + 1;
            i = TakeDigits(text, point, ref digits);
            power = point - i;
            count -= power;
            if (power == 0)
            {
                return 0;
            }
        }

        if (i < text.Length && (text[i] | 0x20) == 'e')
        {
            var exponent = TakeExponent(text[(i + 1)..], ref power);
            i = exponent > 0 ? i + 1 + exponent : 0;
        }

        return count <= MaxDigits ? i : 0;
    }

    private static int TakeDigits(ReadOnlySpan<byte> text, int i, ref ulong digits)
    {
        while (TryEightDigits(text[i..], out var eight))
        {
            digits = (digits * 100_000_000) + eight;
            i += 8;
        }

        while (i < text.Length && (uint)(text[i] - '0') <= 9)
        {
            digits = (digits * 10) + (uint)(text[i] - '0');
            i++;
        }

        return i;
    }

    private static int TakeExponent(ReadOnlySpan<byte> text, ref int power)
    {
        const int MostDigits = 4;
        var first = text.Length > 0 && text[0] is (byte)'-' or (byte)'+' ? 1 : 0;
        var exponent = 0;
        var i = first;
        while (i < text.Length && i - first <= MostDigits && (uint)(text[i] - '0') <= 9)
        {
            exponent = (exponent * 10) + (text[i] - '0');
            i++;
        }

        power += text.Length > 0 && text[0] == (byte)'-' ? -exponent : exponent;
        return i - first is > 0 and <= MostDigits ? i : 0;
    }

    /// <summary>Whether a text is a number of JSON's grammar, whatever its size.</summary>
    private static bool IsNumber(ReadOnlySpan<byte> text)
    {
        var reader = new Utf8JsonReader(text);
        try
        {
            return reader.Read() && reader.TokenType == JsonTokenType.Number && !reader.Read();
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static int Blanks(ReadOnlySpan<byte> text)
    {
        var i = 0;
        while (i < text.Length && text[i] is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t')
        {
            i++;
        }

        return i;
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
}
