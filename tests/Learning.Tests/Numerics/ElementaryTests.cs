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

    [Theory]
    [InlineData(0f, 10f)]
    [InlineData(1_000f, 1_010f)]
    [InlineData(30_000f, 30_100f)]
    [InlineData(262_044f, 262_144f)]
    public void Cosine_and_sine_stay_within_their_stated_error(float from, float to)
    {
        for (var i = 0; i <= 100_000; i++)
        {
            var x = from + (i * ((to - from) / 100_000));
            foreach (var angle in new[] { x, -x })
            {
                var (cosine, sine) = Elementary.CosineAndSine(Vector512.Create(angle));
                Assert.True(Math.Abs(Math.Cos(angle) - cosine.ToScalar()) <= 1.2e-7, $"cos({angle:R}) = {cosine.ToScalar():R}");
                Assert.True(Math.Abs(Math.Sin(angle) - sine.ToScalar()) <= 1.2e-7, $"sin({angle:R}) = {sine.ToScalar():R}");
                Assert.InRange(cosine.ToScalar(), -1f, 1f);
                Assert.InRange(sine.ToScalar(), -1f, 1f);
            }
        }
    }

    [Fact]
    public void Angles_beyond_what_a_float_resolves_are_limited_and_nan_stays()
    {
        var (cosine, sine) = Elementary.CosineAndSine(Vector512.Create(new[] { 0f, -0f, 1e30f, 262_144f, float.NegativeInfinity, -262_144f, float.NaN, 1e-40f, 0, 0, 0, 0, 0, 0, 0, 0 }));
        Assert.Equal((1f, 0f), (cosine[0], sine[0]));
        Assert.Equal((1f, 0f), (cosine[1], sine[1]));
        Assert.Equal((cosine[3], sine[3]), (cosine[2], sine[2]));
        Assert.Equal((cosine[5], sine[5]), (cosine[4], sine[4]));
        Assert.True(float.IsNaN(cosine[6]) && float.IsNaN(sine[6]));
        Assert.Equal((1f, 1e-40f), (cosine[7], sine[7]));
    }

    private static int Bits(float x) => BitConverter.SingleToInt32Bits(x);

    private static double UnitsApart(double exact, float actual)
    {
        var magnitude = Math.Max(Math.Abs(exact), 1.1754943508222875e-38);
        var unit = MathF.BitIncrement((float)magnitude) - (float)magnitude;
        return Math.Abs(exact - actual) / unit;
    }
}
