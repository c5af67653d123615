using LifelongApi.Learning.Populations;
using LifelongApi.Learning.Tests.Support;

namespace LifelongApi.Learning.Tests.Populations;

public sealed class WinnersPopulationTests
{
    [Theory]
    [InlineData(5, 2)]
    [InlineData(33, 7)]
    [InlineData(300, 40)]
    [InlineData(300, 300)]
    public void The_highest_positive_drives_win_and_the_others_are_silent(int units, int winners)
    {
        for (var n = 0; n < 20; n++)
        {
            // Whole numbers, so that there are ties.
            var drive = Enumerable.Range(0, units).Select(i => MathF.Round(3f * Draw.Normal(n, i)) * 0.25f).ToArray();
            var expected = new float[units];
            foreach (var unit in Enumerable.Range(0, units).Where(i => drive[i] > 0).OrderByDescending(i => drive[i]).ThenBy(i => i).Take(winners))
            {
                expected[unit] = drive[unit];
            }

            Assert.Equal(expected, Advance(drive, winners, out var slope, out var active));
            Assert.Equal(expected.Select(y => y > 0 ? 1f : 0f), slope);
            Assert.Equal(Enumerable.Range(0, units).Where(i => expected[i] > 0), active);
        }
    }

    [Fact]
    public void Drives_of_very_different_size_are_told_apart()
    {
        float[] drive = [1e-40f, 1e-30f, 1.0000001f, 1f, 3e38f, 2f, -5f, 0f];
        Assert.Equal([0f, 0f, 1.0000001f, 0f, 3e38f, 2f, 0f, 0f], Advance(drive, 3, out _, out _));
        Assert.Equal([0f, 1e-30f, 1.0000001f, 1f, 3e38f, 2f, 0f, 0f], Advance(drive, 5, out _, out _));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void A_drive_that_is_not_finite_is_passed_on_for_the_guard_to_see(float bad)
    {
        var activity = Advance([1f, 2f, bad, 3f], 1, out _, out _);
        Assert.Contains(activity, y => !float.IsFinite(y));
    }

    private static float[] Advance(float[] drive, int winners, out float[] slope, out int[] active)
    {
        using var bench = new Workbench();
        var population = new WinnersPopulation(bench.Layout, "p", drive.Length, hasBias: false, winners);
        bench.Build();
        var step = bench.Learn();
        drive.CopyTo(step.Write(population.Drive));
        population.Advance(step);
        slope = step.View(population.Slope)[..drive.Length].ToArray();
        active = population.Active(step).ToArray();
        return step.View(population.Activity)[..drive.Length].ToArray();
    }
}
