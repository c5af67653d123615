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

    [Fact]
    public void Ten_million_numbers_in_arrays_are_read_as_the_runtime_reads_them()
    {
        const int Numbers = 10_000_000;
        var random = new Random(1);
        var text = new StringBuilder();
        var expected = new float[1000];
        var actual = new float[expected.Length];
        for (var done = 0; done < Numbers; done += expected.Length)
        {
            text.Clear();
            for (var i = 0; i < expected.Length; i++)
            {
                var number = Write(random, i);
                expected[i] = float.Parse(number, CultureInfo.InvariantCulture);
                text.Append(i == 0 ? "" : i % 16 == 0 ? " ,\n" : i % 3 == 0 ? ", " : ",").Append(number);
            }

            Assert.True(NumberText.TryArray(Encoding.ASCII.GetBytes(text.Append("] ").ToString()), actual, out var end), text.ToString());
            Assert.Equal(text.Length - 2, end);
            for (var i = 0; i < expected.Length; i++)
            {
                Assert.True(BitConverter.SingleToInt32Bits(expected[i]) == BitConverter.SingleToInt32Bits(actual[i]), $"{expected[i]:R} was read as {actual[i]:R}");
            }
        }
    }

    [Theory]
    [InlineData("1,2]", 2, 3)]
    [InlineData(" 1 , 2 ]", 2, 7)]
    [InlineData("-0]", 1, 2)]
    [InlineData("0.1e-7]}", 1, 6)]
    public void An_array_ends_at_its_bracket(string text, int count, int end)
    {
        Assert.True(NumberText.TryArray(Encoding.ASCII.GetBytes(text), new float[count], out var actual));
        Assert.Equal(end, actual);
    }

    [Theory]
    [InlineData("")]
    [InlineData("1,2")]
    [InlineData("1]")]
    [InlineData("1,2,3]")]
    [InlineData("1,2,]")]
    [InlineData("1,,2]")]
    [InlineData("01,2]")]
    [InlineData("1.,2]")]
    [InlineData(".5,2]")]
    [InlineData("+1,2]")]
    [InlineData("1e,2]")]
    [InlineData("1e+,2]")]
    [InlineData("-,2]")]
    [InlineData("1 1,2]")]
    [InlineData("1a,2]")]
    [InlineData("NaN,2]")]
    [InlineData("1e39,2]")]
    [InlineData("Infinity,2]")]
    [InlineData("\"1\",2]")]
    [InlineData("[1],2]")]
    [InlineData("null,2]")]
    [InlineData("1,2}")]
    public void What_is_not_two_numbers_is_left_to_the_reader_of_tokens(string text) =>
        Assert.False(NumberText.TryArray(Encoding.ASCII.GetBytes(text), new float[2], out _));

    [Theory]
    [InlineData("01")]
    [InlineData("00")]
    [InlineData("-01.5")]
    [InlineData("1.")]
    [InlineData("1.e5")]
    [InlineData(".5")]
    [InlineData("+1")]
    [InlineData("--1")]
    [InlineData("-")]
    [InlineData("-.5")]
    [InlineData("-.")]
    [InlineData(".")]
    [InlineData("00.5")]
    [InlineData("0.-5")]
    [InlineData("0000000000.5")]
    [InlineData("12345678901234567890123456.")]
    [InlineData("1e")]
    [InlineData("1.5e+")]
    [InlineData("1.5.5")]
    [InlineData("1-5")]
    [InlineData("1 1")]
    [InlineData("1a")]
    [InlineData("1:")]
    [InlineData("1/")]
    [InlineData("0x10")]
    [InlineData("NaN")]
    [InlineData("1e39")]
    [InlineData("340282356779733661637539395458142568448")]
    [InlineData("")]
    public void What_is_not_a_number_is_found_among_many_that_are(string text)
    {
        const int Numbers = 60;
        for (var place = 0; place < Numbers; place++)
        {
            var numbers = Enumerable.Range(0, Numbers).Select(i => i == place ? text : $"0.{i:D8}");
            Assert.False(NumberText.TryArray(Encoding.ASCII.GetBytes(string.Join(place % 2 == 0 ? "," : ", ", numbers) + "]"), new float[Numbers], out _));
        }
    }

    // Floats and doubles in full and in few digits, decimals, and what lies in the middle between two floats or a little beside it.
    private static string Write(Random random, int kind)
    {
        var single = BitConverter.UInt32BitsToSingle((uint)random.NextInt64(0x7F7FFFFF) | (kind % 2 == 0 ? 0x80000000 : 0));
        var middle = (double)single + ((BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(single) ^ 1) - (double)single) / 2);
        return (kind % 13) switch
        {
            0 => single.ToString("R", CultureInfo.InvariantCulture),
            1 => random.NextDouble().ToString("R", CultureInfo.InvariantCulture),
            2 => random.NextSingle().ToString("R", CultureInfo.InvariantCulture),
            3 => (random.NextDouble() * 1e6).ToString("F4", CultureInfo.InvariantCulture),
            4 => random.Next(256).ToString(CultureInfo.InvariantCulture),
            5 => middle.ToString("E16", CultureInfo.InvariantCulture),
            6 => BitConverter.Int64BitsToDouble(BitConverter.DoubleToInt64Bits(middle) + random.Next(-3, 4)).ToString("R", CultureInfo.InvariantCulture),
            7 => Middle(random).ToString("F17", CultureInfo.InvariantCulture),
            8 => $"{random.NextInt64(long.MaxValue)}e{random.Next(-30, 15)}",
            9 => ((random.NextDouble() - 0.5) * Math.Pow(10, random.Next(12))).ToString($"F{random.Next(20)}", CultureInfo.InvariantCulture),
            10 => string.Create(CultureInfo.InvariantCulture, $"{1 + (random.NextInt64(long.MaxValue) >> random.Next(63))}{random.Next(100)}"),
            11 => ((double)single).ToString("R", CultureInfo.InvariantCulture),
            _ => single.ToString($"E{random.Next(1, 20)}", CultureInfo.InvariantCulture),
        };
    }

    // Numbers from 0 to 1, as features are, that a double holds in the middle between two floats.
    private static double Middle(Random random)
    {
        var low = random.NextSingle();
        return low + ((MathF.BitIncrement(low) - (double)low) / 2);
    }

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
