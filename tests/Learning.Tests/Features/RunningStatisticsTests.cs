using LifelongApi.Learning.Features;
using LifelongApi.Learning.Tests.Support;

namespace LifelongApi.Learning.Tests.Features;

public sealed class RunningMomentsTests
{
    [Fact]
    public void Numbers_are_standardised_by_the_moments_of_what_came_before()
    {
        using var bench = new Workbench();
        var moments = new RunningMoments(bench.Layout, 20);
        bench.Build();
        var seen = new List<double>();
        for (var n = 0; n < 300; n++)
        {
            var x = 50f + (3f * Draw.Normal(1, n));
            var z = moments.Standardise(7, x, bench.Learn());
            if (seen.Count >= 2)
            {
                var mean = seen.Average();
                Near.Equal(Math.Clamp((x - mean) / Math.Sqrt(seen.Average(s => (s - mean) * (s - mean))), -8, 8), z, 2e-4);
            }
            else
            {
                Assert.Equal(0f, z);
            }

            moments.Add(7, x, bench.Learn());
            seen.Add(x);
        }
    }

    [Fact]
    public void A_feature_that_never_varies_says_nothing()
    {
        using var bench = new Workbench();
        var moments = new RunningMoments(bench.Layout, 1);
        bench.Build();
        for (var n = 0; n < 10; n++)
        {
            moments.Add(0, 4f, bench.Learn());
        }

        Assert.Equal(0f, moments.Standardise(0, 4f, bench.Learn()));
        Assert.Equal(0f, moments.Standardise(0, 5f, bench.Learn()));
    }

    [Fact]
    public void Moments_follow_a_drift_after_their_memory_is_full()
    {
        using var bench = new Workbench();
        var moments = new RunningMoments(bench.Layout, 1);
        bench.Build();
        for (var n = 0; n < 20_000; n++)
        {
            moments.Add(0, Draw.Normal(1, n), bench.Learn());
        }

        for (var n = 0; n < 100_000; n++)
        {
            moments.Add(0, 100f + (5f * Draw.Normal(2, n)), bench.Learn());
        }

        Assert.InRange(moments.Standardise(0, 110f, bench.Learn()), 1f, 2.2f);
    }
}

public sealed class RunningScaleTests
{
    [Fact]
    public void The_factor_is_one_over_the_running_root_mean_square()
    {
        using var bench = new Workbench();
        var scale = new RunningScale(bench.Layout);
        bench.Build();
        Assert.Equal(1f, scale.Factor(bench.Learn()));
        var seen = new List<double>();
        for (var n = 0; n < 50; n++)
        {
            var square = Draw.Uniform(1, n) * 9f;
            scale.Add(square, bench.Learn());
            seen.Add(square);
            Near.Equal(1 / Math.Sqrt(seen.Average()), scale.Factor(bench.Learn()));
        }
    }

    [Fact]
    public void Examples_of_nothing_but_zeros_leave_the_factor_at_one()
    {
        using var bench = new Workbench();
        var scale = new RunningScale(bench.Layout);
        bench.Build();
        scale.Add(0f, bench.Learn());
        Assert.Equal(1f, scale.Factor(bench.Learn()));
    }
}

public sealed class FeatureTableTests
{
    [Fact]
    public void Names_claim_places_of_their_own_until_the_table_is_full_and_then_share()
    {
        using var bench = new Workbench();
        var table = new FeatureTable(bench.Layout, 4);
        bench.Build();
        var places = new HashSet<int>();
        for (var n = 0; n < 16; n++)
        {
            var hash = FeatureHash.OfName($"name {n}");
            Assert.Equal(-1, table.Find(hash, bench.Learn()));
            var place = table.Claim(hash, bench.Learn());
            Assert.InRange(place, 0, 15);
            Assert.True(places.Add(place), "A place was given twice.");
            Assert.Equal(place, table.Claim(hash, bench.Learn()));
            Assert.Equal(place, table.Find(hash, bench.Learn()));
        }

        var late = FeatureHash.OfName("one too many");
        var shared = table.Find(late, bench.Learn());
        Assert.Equal((int)(late & 15), shared);
        Assert.Equal(shared, table.Claim(late, bench.Learn()));
    }

    [Fact]
    public void A_predict_may_look_up_but_not_claim()
    {
        using var bench = new Workbench();
        var table = new FeatureTable(bench.Layout, 4);
        bench.Build();
        Assert.Equal(-1, table.Find(5, bench.Predict()));
        Assert.Throws<InvalidOperationException>(() => table.Claim(5, bench.Predict()));
        Assert.Equal(-1, table.Find(5, bench.Learn()));
    }

    [Fact]
    [Trait("Category", "Determinism")]
    public void Hashes_of_names_and_values_do_not_change()
    {
        Assert.Equal(0x2D06800538D394C2UL, FeatureHash.OfName(string.Empty));
        Assert.NotEqual(FeatureHash.OfName("a"), FeatureHash.OfName("b"));
        Assert.NotEqual(FeatureHash.OfValue(1, "x"u8), FeatureHash.OfValue(2, "x"u8));
        Assert.NotEqual(FeatureHash.OfValue(1, "x"u8), FeatureHash.OfValue(1, "y"u8));
    }
}
