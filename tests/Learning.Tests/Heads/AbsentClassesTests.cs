using LifelongApi.Learning.Heads;
using LifelongApi.Learning.Tests.Support;

namespace LifelongApi.Learning.Tests.Heads;

public sealed class AbsentClassesTests
{
    [Fact]
    public void A_class_is_absent_once_more_of_it_than_the_bound_should_have_come()
    {
        using var bench = new Workbench();
        var absent = new AbsentClasses(bench.Layout, 16, 10f);
        bench.Build();
        for (var n = 0; n < 40; n++)
        {
            absent.Add(n % 2, n % 2, bench.Learn());
        }

        // Class 0: 20 events, the first 40 and the last 2 ago. After g more its gap is g + 1, its age g + 40: g + 1 times 20 over that passes 10 at g = 39.
        for (var g = 1; g <= 60; g++)
        {
            absent.Add(1, 1, bench.Learn());
            Assert.Equal((g + 1) * 20d > 10d * (g + 40), absent.IsAbsent(0, bench.Predict()));
            Assert.False(absent.IsAbsent(1, bench.Predict()));
        }

        absent.Add(0, 1, bench.Learn());
        Assert.False(absent.IsAbsent(0, bench.Predict()));
    }

    [Fact]
    public void Rare_classes_those_that_never_came_and_long_spells_are_not_absent()
    {
        using var bench = new Workbench();
        var absent = new AbsentClasses(bench.Layout, 16, 64f);
        bench.Build();
        for (var n = 0; n < 20_000; n++)
        {
            // Class 2 comes once in 500 events; 0 and 1 in spells of 40.
            var label = Draw.Uniform(9, n) < 0.002f ? 2 : n / 40 % 2;
            absent.Add(label, label, bench.Learn());
            for (var any = 0; any < 4; any++)
            {
                Assert.False(absent.IsAbsent(any, bench.Predict()));
            }
        }
    }

    /// <summary>Half of all events were of class 0, and it comes no more; so many events of a hundred look like it all the same.</summary>
    [Theory]
    [InlineData(0, true)]
    [InlineData(5, true)]
    [InlineData(30, false)]
    public void What_goes_on_coming_under_another_name_is_not_absent(int alike, bool isAbsent)
    {
        using var bench = new Workbench();
        var absent = new AbsentClasses(bench.Layout, 16, 10f);
        bench.Build();
        for (var n = 0; n < 1000; n++)
        {
            absent.Add(n % 2, n % 2, bench.Learn());
        }

        for (var n = 0; n < 200; n++)
        {
            absent.Add(1, n % 100 < alike ? 0 : 1, bench.Learn());
        }

        Assert.Equal(isAbsent, absent.IsAbsent(0, bench.Predict()));

        // Its return makes good what was counted against it.
        absent.Add(0, 1, bench.Learn());
        for (var n = 0; n < 100; n++)
        {
            Assert.Equal(AbsentClasses.IsAbsent(501, 0, 1, 1201, 1201 + n, 10), absent.IsAbsent(0, bench.Predict()));
            absent.Add(1, 1, bench.Learn());
        }

        Assert.True(absent.IsAbsent(0, bench.Predict()));
    }
}
