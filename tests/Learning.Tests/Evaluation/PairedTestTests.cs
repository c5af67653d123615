using LifelongApi.Learning.Evaluation;
using LifelongApi.Learning.Numerics;

namespace LifelongApi.Learning.Tests.Evaluation;

public sealed class PairedTestTests
{
    private const int Runs = 400;
    private const int Events = 2000;

    [Fact]
    public void Two_models_that_are_as_good_are_called_different_at_any_time_in_no_more_runs_than_alpha()
    {
        var (better, worse, missed) = (0, 0, 0);
        for (var run = 0; run < Runs; run++)
        {
            var test = new PairedTest(0.05);
            var (isBetter, isWorse, isMissed) = (false, false, false);
            for (var i = 0; i < Events; i++)
            {
                // −1, 0, 0, 1 alike: mean 0.
                test.Add(KeyedRandom.Below(4, 11, (ulong)run, (ulong)i, 0) switch { 0 => -1, 3 => 1, _ => 0 });
                isBetter |= test.LogBetter >= Math.Log(20);
                isWorse |= test.LogWorse >= Math.Log(20);
                isMissed |= test.Interval.Low > 0 || test.Interval.High < 0;
            }

            better += isBetter ? 1 : 0;
            worse += isWorse ? 1 : 0;
            missed += isMissed ? 1 : 0;
        }

        // 5 % of 400 are 20; three standard errors more are 33.
        Assert.InRange(better, 0, 33);
        Assert.InRange(worse, 0, 33);
        Assert.InRange(missed, 0, 33);
    }

    [Theory]
    [InlineData(0.1)]
    [InlineData(-0.1)]
    public void A_difference_of_a_tenth_is_found_and_its_sign_is_right(double difference)
    {
        var found = 0;
        for (var run = 0; run < 50; run++)
        {
            var test = new PairedTest();
            for (var i = 0; i < Events; i++)
            {
                var draw = KeyedRandom.Uniform(12, (ulong)run, (ulong)i, 0);
                test.Add(draw < 0.25 + (difference / 2) ? 1 : draw > 0.75 + (difference / 2) ? -1 : 0);
            }

            var (right, wrong) = difference > 0 ? (test.LogBetter, test.LogWorse) : (test.LogWorse, test.LogBetter);
            Assert.True(wrong < Math.Log(20));
            found += right >= Math.Log(20) ? 1 : 0;
            Assert.InRange(test.Mean, test.Interval.Low, test.Interval.High);
            Assert.True(test.Interval.High - test.Interval.Low < 0.25);
        }

        Assert.InRange(found, 40, 50);
    }

    [Fact]
    public void Wealth_and_interval_are_those_of_the_equations()
    {
        // Written as in the paper, on x = (d + 1) / 2 with sums over all events before, and Kelly's bet on d.
        var differences = Enumerable.Range(0, 300).Select(i => (2 * (double)KeyedRandom.Uniform(13, (ulong)i, 0, 0)) - 0.8).Select(d => Math.Clamp(d, -1, 1)).ToArray();
        const double alpha = 0.05;
        var test = new PairedTest(alpha);
        var means = new double[differences.Length + 1];
        var (wealth, weights, weighted, spread) = (1.0, 0.0, 0.0, 0.0);
        means[0] = 0.5;
        for (var t = 1; t <= differences.Length; t++)
        {
            var x = differences.Select(d => (d + 1) / 2).ToArray();
            var variance = 0.25 + Enumerable.Range(1, t - 1).Sum(i => Math.Pow(x[i - 1] - means[i], 2));
            variance /= t;
            var mean = means[t - 1];
            var lambda = Math.Min(Math.Sqrt(2 * Math.Log(2 / alpha) / (variance * t * Math.Log(1 + t))), 0.5);
            weights += lambda;
            weighted += lambda * x[t - 1];
            spread += 4 * Math.Pow(x[t - 1] - mean, 2) * (-Math.Log(1 - lambda) - lambda) / 4;
            var d = (2 * mean) - 1;
            wealth *= 1 + (Math.Clamp(d / ((4 * variance) + (d * d)), 0, 0.5) * differences[t - 1]);
            means[t] = (0.5 + x.Take(t).Sum()) / (t + 1);
            test.Add(differences[t - 1]);
        }

        var centre = (2 * weighted / weights) - 1;
        var half = 2 * (Math.Log(2 / alpha) + spread) / weights;
        Assert.Equal(Math.Log(wealth), test.LogBetter, 1e-9);
        Assert.Equal(Math.Max(-1, centre - half), test.Interval.Low, 1e-9);
        Assert.Equal(Math.Min(1, centre + half), test.Interval.High, 1e-9);
    }

    [Fact]
    public void The_logarithm_is_that_of_the_library()
    {
        for (var i = 0; i < 10_000; i++)
        {
            var x = Math.Exp(((KeyedRandom.Uniform(14, (ulong)i, 0, 0) * 2d) - 1) * (i % 2 == 0 ? 1e-3 : 600));
            Assert.Equal(Math.Log(x), Elementary.Log(x), 1e-15 * Math.Max(1, Math.Abs(Math.Log(x))));
        }

        Assert.Equal(0, Elementary.Log(1.0));
    }
}
