using LifelongApi.Contracts.Models;
using LifelongApi.Learning.Entities;
using LifelongApi.Learning.Features;
using LifelongApi.Learning.State;
using LifelongApi.Learning.Tests.Support;

namespace LifelongApi.Learning.Tests.Entities;

public sealed class HistoryFeaturesTests
{
    private static readonly ulong A = FeatureHash.OfName("a");
    private static readonly ulong B = FeatureHash.OfName("b");

    private static readonly InputSpec Input = new()
    {
        Kind = InputKind.Named,
        HashBits = 6,
        Lags =
        [
            new LagSpec { Feature = "a" },
            new LagSpec { Feature = "a", Steps = 3, Difference = true },
            new LagSpec { Feature = "b", Steps = 2, Scope = HistoryScope.Stream },
        ],
        Windows =
        [
            new WindowSpec { Feature = "a", Events = 4 },
            new WindowSpec { Feature = "a", Events = 5, Statistic = WindowStatistic.Difference, Scope = HistoryScope.Stream },
            new WindowSpec { Feature = "a", Events = 3, Statistic = WindowStatistic.Deviation },
            new WindowSpec { Feature = "b", Events = 6, Statistic = WindowStatistic.Minimum, Seconds = 4 },
            new WindowSpec { Feature = "b", Events = 6, Statistic = WindowStatistic.Maximum },
        ],
        Elapsed = [HistoryScope.Entity, HistoryScope.Stream],
    };

    [Fact]
    public void Every_derived_feature_is_what_the_list_of_past_events_says()
    {
        using var bench = new Workbench();
        var features = Features(bench, Input, out var table, out var order);
        var past = new List<Seen>();
        for (var n = 0; n < 400; n++)
        {
            var now = new Seen((ulong)(2 + Draw.Below(3, 1, n)), n * 1_500_000L, Draw.Uniform(2, n) < 0.3f ? null : Draw.Normal(3, n), Draw.Uniform(4, n) < 0.3f ? null : Draw.Normal(5, n));
            var step = bench.Learn(moment: new Moment(now.Entity, now.Time, null));
            Look(features, now, step);
            var expected = Oracle(past, now);
            Assert.Equal(expected.Length, features.Count);
            for (var i = 0; i < expected.Length; i++)
            {
                Assert.Equal(expected[i] is null, float.IsNaN(features.Value(i, step)));
                if (expected[i] is { } value)
                {
                    Near.Equal(value, features.Value(i, step), 1e-5, $"event {n}, feature {i}");
                }
            }

            Commit(features, table, order, step);
            past.Add(now);
        }
    }

    [Fact]
    public void A_late_event_that_is_to_be_ignored_neither_looks_at_windows_nor_enters_them()
    {
        using var bench = new Workbench();
        var features = Features(bench, Input with { Order = new OrderSpec { Late = LatePolicy.IgnoreForWindows, LatenessSeconds = 1 } }, out var table, out var order);
        Learn(0, 1f);
        Learn(5_000_000, 2f);
        var late = bench.Learn(moment: new Moment(9, 3_000_000, null));
        Assert.True(order.IsLate(late));
        Look(features, new Seen(9, 3_000_000, 7f, null), late);
        for (var i = 0; i < features.Count; i++)
        {
            Assert.True(float.IsNaN(features.Value(i, late)));
        }

        Commit(features, table, order, late);

        // Within the lateness it counts, in the order of arrival.
        Learn(4_500_000, 3f);
        var next = bench.Learn(moment: new Moment(9, 6_000_000, null));
        Look(features, new Seen(9, 6_000_000, 4f, null), next);
        Assert.Equal(3f, features.Value(0, next));
        Near.Equal(2f, features.Value(3, next));
        Near.Equal(Math.Log(2), features.Value(8, next));

        void Learn(long time, float a)
        {
            var step = bench.Learn(moment: new Moment(9, time, null));
            Look(features, new Seen(9, time, a, null), step);
            Commit(features, table, order, step);
        }
    }

    [Theory]
    [InlineData(LatePolicy.Accept, false)]
    [InlineData(LatePolicy.Reject, true)]
    [InlineData(LatePolicy.IgnoreForWindows, true)]
    public void A_clock_that_is_ahead_counts_as_late_and_does_not_make_later_events_late(LatePolicy policy, bool isLate)
    {
        using var bench = new Workbench();
        var table = new EntityTable(bench.Layout, 4);
        var order = new EventOrder(bench.Layout, table, new OrderSpec { Late = policy, AheadSeconds = 10 });
        bench.Build();
        var first = bench.Learn(moment: new Moment(3, 100_000_000, 100_000_000));
        Assert.False(order.IsLate(first));
        table.Claim(first);
        order.Commit(first);
        var ahead = bench.Learn(moment: new Moment(3, 200_000_000, 150_000_000));
        Assert.Equal(isLate, order.IsLate(ahead));
        order.Commit(ahead);
        Assert.Equal(100_000_000, order.Latest(HistoryScope.Entity, ahead));
        Assert.False(order.IsLate(bench.Learn(moment: new Moment(3, 151_000_000, 151_000_000))));
        if (isLate)
        {
            Assert.Contains("50 s beyond the receipt", order.Lateness(ahead).Describe(), StringComparison.Ordinal);
        }
    }

    private static HistoryFeatures Features(Workbench bench, InputSpec input, out EntityTable table, out EventOrder order)
    {
        table = new EntityTable(bench.Layout, 8);
        order = new EventOrder(bench.Layout, table, input.Order);
        var features = new HistoryFeatures(bench.Layout, table, order, input);
        bench.Build();
        return features;
    }

    private static void Look(HistoryFeatures features, Seen now, in StepContext step)
    {
        features.Begin(step);
        if (now.A is { } a)
        {
            features.See(A, a, step);
        }

        if (now.B is { } b)
        {
            features.See(B, b, step);
        }

        features.Derive(step);
    }

    private static void Commit(HistoryFeatures features, EntityTable table, EventOrder order, in StepContext step)
    {
        table.Claim(step);
        features.Commit(step);
        order.Commit(step);
    }

    private static double?[] Oracle(List<Seen> past, Seen now)
    {
        var own = past.Where(seen => seen.Entity == now.Entity).ToList();
        var ownA = Values(own, seen => seen.A);
        var allA = Values(past, seen => seen.A);
        var ownB = Values(own, seen => seen.B);
        var youngB = Values([.. own.Where(seen => seen.B is not null).TakeLast(6).Where(seen => now.Time - seen.Time <= 4_000_000)], seen => seen.B);
        var lastA = ownA.TakeLast(3).ToList();
        return
        [
            Back(ownA, 1),
            now.A - Back(ownA, 3),
            Back(Values(past, seen => seen.B), 2),
            Mean(ownA.TakeLast(4)),
            now.A - Mean(allA.TakeLast(5)),
            lastA.Count == 0 ? null : Math.Sqrt(lastA.Average(x => Math.Pow(x - lastA.Average(), 2))),
            youngB.Count == 0 ? null : youngB.Min(),
            ownB.Count == 0 ? null : ownB.TakeLast(6).Max(),
            Elapsed(own, now),
            Elapsed(past, now),
        ];
    }

    private static List<double> Values(List<Seen> seen, Func<Seen, float?> value) => [.. seen.Select(value).OfType<float>().Select(x => (double)x)];

    private static double? Back(List<double> values, int steps) => values.Count < steps ? null : values[^steps];

    private static double? Mean(IEnumerable<double> values) => values.Any() ? values.Average() : null;

    private static double? Elapsed(List<Seen> past, Seen now) => past.Count == 0 ? null : Math.Log(1 + ((now.Time - past[^1].Time) / 1e6));

    /// <summary>One event of the oracle's list.</summary>
    private sealed record Seen(ulong Entity, long Time, float? A, float? B);
}
