using System.Globalization;
using System.Text;
using CsCheck;
using LifelongApi.Api.Requests;

namespace LifelongApi.Api.Tests.Requests;

public sealed class NumberTextTests
{
    [Fact]
    public void A_float_written_in_any_precision_is_read_as_the_runtime_reads_it() =>
        Gen.Select(Gen.Float, Gen.Int[1, 17]).Sample((value, digits) =>
        {
            if (float.IsFinite(value))
            {
                Check(value.ToString($"E{digits}", CultureInfo.InvariantCulture));
                Check(value.ToString("R", CultureInfo.InvariantCulture));
            }
        });

    [Fact]
    public void A_decimal_is_read_as_the_runtime_reads_it() =>
        Gen.Select(Gen.ULong, Gen.ULong[0, 999_999_999], Gen.Int[-60, 60], Gen.Bool, Gen.Int[0, 63]).Sample((whole, fraction, exponent, isNegative, shift) =>
        {
            var sign = isNegative ? "-" : "";
            Check($"{sign}{whole >> shift}.{fraction:000000000}e{exponent}");
            Check($"{sign}{whole >> shift}.{fraction}");
            Check($"{sign}{whole >> shift}E+{Math.Abs(exponent)}");
            Check($"{sign}{whole >> shift}");
        });

    [Fact]
    public void A_number_halfway_between_two_floats_rounds_to_even_and_only_once() =>
        Gen.Select(Gen.UInt[0, 0x7F7FFFFE], Gen.Int[-1, 1]).Sample((bits, offset) =>
        {
            var low = (double)BitConverter.UInt32BitsToSingle(bits);
            var high = (double)BitConverter.UInt32BitsToSingle(bits + 1);
            var middle = low + ((high - low) / 2);
            Check(middle.ToString("R", CultureInfo.InvariantCulture));
            Check(BitConverter.Int64BitsToDouble(BitConverter.DoubleToInt64Bits(middle) + offset).ToString("R", CultureInfo.InvariantCulture));
        });

    [Theory]
    [InlineData("0")]
    [InlineData("-0")]
    [InlineData("-0.0e5")]
    [InlineData("16777217")]
    [InlineData("16777219")]
    [InlineData("1.17549429e-38")]
    [InlineData("1e-45")]
    [InlineData("7e-46")]
    [InlineData("3.4028235e38")]
    [InlineData("3.4028236e38")]
    [InlineData("1e99999999999")]
    [InlineData("0e99999999999")]
    [InlineData("1e-99999999999")]
    [InlineData("123456789012345678901234567890")]
    [InlineData("0.000000000000000000000000000001")]
    public void Corners_are_read_as_the_runtime_reads_them(string text) => Check(text);

    private static void Check(string text)
    {
        var utf8 = Encoding.ASCII.GetBytes(text);
        var single = float.Parse(text, CultureInfo.InvariantCulture);
        var isSingle = NumberText.TrySingle(utf8, out var actualSingle);
        Assert.Equal((text, float.IsFinite(single)), (text, isSingle));
        Assert.True(!isSingle || BitConverter.SingleToInt32Bits(single) == BitConverter.SingleToInt32Bits(actualSingle), text);

        var number = double.Parse(text, CultureInfo.InvariantCulture);
        var isDouble = NumberText.TryDouble(utf8, out var actual);
        Assert.Equal((text, double.IsFinite(number)), (text, isDouble));
        Assert.True(!isDouble || BitConverter.DoubleToInt64Bits(number) == BitConverter.DoubleToInt64Bits(actual), text);
    }
}
