using System.Runtime.Intrinsics;
using LifelongApi.Learning.Numerics;

namespace LifelongApi.Learning.Tests.Numerics;

public sealed class ElementaryTests
{
    [Fact]
    public void Exp_stays_within_two_units_in_the_last_place_over_its_range()
    {
        for (var i = 0; i <= 200_000; i++)
        {
            var x = -87.3f + (i * (175.2f / 200_000));
            Assert.True(UnitsApart(Math.Exp(x), Elementary.Exp(x)) <= 2, $"exp({x:R}) = {Elementary.Exp(x):R}");
        }
    }

    [Fact]
    public void Exp_is_limited_at_both_ends_and_keeps_nan()
    {
        Assert.Equal(Elementary.Exp(88f), Elementary.Exp(float.PositiveInfinity));
        Assert.Equal(Elementary.Exp(88f), Elementary.Exp(1e30f));
        Assert.Equal(Elementary.Exp(-87.4f), Elementary.Exp(float.NegativeInfinity));
        Assert.True(Elementary.Exp(float.NegativeInfinity) > 0f);
        Assert.True(float.IsFinite(Elementary.Exp(float.PositiveInfinity)));
        Assert.True(float.IsNaN(Elementary.Exp(float.NaN)));
        Assert.Equal(1f, Elementary.Exp(0f));
        Assert.Equal(1f, Elementary.Exp(-0f));
    }

    [Fact]
    public void Every_lane_of_exp_gives_what_one_number_gives()
    {
        var x = Enumerable.Range(0, 16).Select(i => (i * 11f) - 85f).ToArray();
        var lanes = Elementary.Exp(Vector512.Create(x));
        for (var i = 0; i < 16; i++)
        {
            Assert.Equal(Bits(Elementary.Exp(x[i])), Bits(lanes[i]));
        }
    }

    [Fact]
    public void Log_stays_within_two_units_in_the_last_place_over_all_magnitudes()
    {
        for (var bits = 0x0080_0000; bits < 0x7F80_0000; bits += 9973)
        {
            var x = BitConverter.Int32BitsToSingle(bits);
            Assert.True(UnitsApart(Math.Log(x), Elementary.Log(x)) <= 2, $"log({x:R}) = {Elementary.Log(x):R}");
        }
    }

    [Fact]
    public void Log_near_one_keeps_its_digits()
    {
        for (var i = -4000; i <= 4000; i++)
        {
            var x = BitConverter.Int32BitsToSingle(0x3F80_0000 + (i * 37));
            Assert.True(UnitsApart(Math.Log(x), Elementary.Log(x)) <= 2, $"log({x:R}) = {Elementary.Log(x):R}");
        }
    }

    [Fact]
    public void Log_of_what_is_not_positive_is_the_logarithm_of_the_smallest_normal_number()
    {
        var smallest = Elementary.Log(1.17549435e-38f);
        Assert.Equal(smallest, Elementary.Log(0f));
        Assert.Equal(smallest, Elementary.Log(-3f));
        Assert.Equal(smallest, Elementary.Log(1e-44f));
        Assert.Equal(float.PositiveInfinity, Elementary.Log(float.PositiveInfinity));
        Assert.True(float.IsNaN(Elementary.Log(float.NaN)));
        Assert.Equal(0f, Elementary.Log(1f));
    }

    [Fact]
    public void Tanh_stays_within_its_stated_error()
    {
        for (var i = 0; i <= 200_000; i++)
        {
            var x = -12f + (i * (24f / 200_000));
            var y = Elementary.Tanh(Vector512.Create(x)).ToScalar();
            Assert.True(Math.Abs(Math.Tanh(x) - y) <= 1.8e-7, $"tanh({x:R}) = {y:R}");
            if (Math.Abs(x) < 0.05f && x != 0f)
            {
                Assert.True(Math.Abs(Math.Tanh(x) - y) <= 2e-7 * Math.Abs(x), $"tanh({x:R}) = {y:R}");
            }
        }
    }

    [Fact]
    public void Tanh_is_odd_enough_and_saturates()
    {
        var y = Elementary.Tanh(Vector512.Create(new[] { 0f, -0f, 1e30f, -1e30f, float.PositiveInfinity, float.NegativeInfinity, float.NaN, 1e-40f, 0, 0, 0, 0, 0, 0, 0, 0 }));
        Assert.Equal(0f, y[0]);
        Assert.Equal(0f, y[1]);
        Assert.Equal(1f, y[2]);
        Assert.Equal(-1f, y[3]);
        Assert.Equal(1f, y[4]);
        Assert.Equal(-1f, y[5]);
        Assert.True(float.IsNaN(y[6]));
        Assert.Equal(1e-40f, y[7]);
    }

    private static int Bits(float x) => BitConverter.SingleToInt32Bits(x);

    private static double UnitsApart(double exact, float actual)
    {
        var magnitude = Math.Max(Math.Abs(exact), 1.1754943508222875e-38);
        var unit = MathF.BitIncrement((float)magnitude) - (float)magnitude;
        return Math.Abs(exact - actual) / unit;
    }
}
