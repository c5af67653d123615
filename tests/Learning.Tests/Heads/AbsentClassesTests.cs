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
            absent.Add(n % 2, bench.Learn());
        }

        // Class 0: 20 events, the first 40 and the last 2 ago. After g more its gap is g + 1, its age g + 40: g + 1 times 20 over that passes 10 at g = 39.
        for (var g = 1; g <= 60; g++)
        {
            absent.Add(1, bench.Learn());
            Assert.Equal((g + 1) * 20d > 10d * (g + 40), absent.IsAbsent(0, bench.Predict()));
            Assert.False(absent.IsAbsent(1, bench.Predict()));
        }

        absent.Add(0, bench.Learn());
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
            absent.Add(Draw.Uniform(9, n) < 0.002f ? 2 : n / 40 % 2, bench.Learn());
            for (var label = 0; label < 4; label++)
            {
                Assert.False(absent.IsAbsent(label, bench.Predict()));
            }
        }
    }
}
