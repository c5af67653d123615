using LifelongApi.Contracts.Models;
using LifelongApi.Learning.Features;
using LifelongApi.Learning.Tests.Support;

namespace LifelongApi.Learning.Tests.Features;

public sealed class CategoryTableTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(17)]
    public void A_value_is_known_while_its_feature_has_no_more_values_than_the_limit(int limit)
    {
        using var bench = new Workbench();
        var table = new CategoryTable(bench.Layout, 5, limit);
        bench.Build();
        var seen = Enumerable.Range(0, 5).Select(_ => new HashSet<float>()).ToArray();
        for (var n = 0; n < 400; n++)
        {
            // Feature f has about 1 + 6 f different values.
            var feature = n % 5;
            var x = Draw.Below(1 + (6 * feature), 1, n) - 2.5f;
            Assert.Equal(seen[feature].Count <= limit && seen[feature].Contains(x), table.Knows(feature, x, bench.Predict()));
            table.Add(feature, x, bench.Learn());
            seen[feature].Add(x);
        }

        Assert.Contains(seen, values => values.Count <= limit);
        Assert.Contains(seen, values => values.Count > limit);
    }
}

public sealed class NamedCategoryTests
{
    private const int Limit = 3;

    [Fact]
    public void A_value_is_a_category_only_after_it_was_seen_twice()
    {
        using var rig = new EncoderRig(64, 32, bench => new NamedEncoder(bench.Layout, 6, 16, Standardisation.None, Limit));
        rig.Learn(Number(5));
        Assert.Equal([5f], rig.See(Number(5)).Values);
        rig.Learn(Number(7));
        Assert.Equal([5f], rig.See(Number(5)).Values);
        rig.Learn(Number(5));
        Assert.Equal([1f, 5f], rig.See(Number(5)).Values.Order());
        Assert.Equal([7f], rig.See(Number(7)).Values);
        rig.Learn(Number(7));
        Assert.Equal(3, rig.See(Number(5)).Keys.Union(rig.See(Number(7)).Keys).Count());
        Assert.Equal([6f], rig.See(Number(6)).Values);
    }

    [Fact]
    public void A_feature_that_shows_more_values_than_the_limit_stops_being_a_category()
    {
        using var rig = new EncoderRig(64, 32, bench => new NamedEncoder(bench.Layout, 6, 16, Standardisation.None, Limit));
        foreach (var x in new[] { 5, 6, 7, 5, 6, 7 })
        {
            rig.Learn(Number(x));
        }

        Assert.All([5, 6, 7], x => Assert.Equal(2, rig.See(Number(x)).Count));
        rig.Learn(Number(8));
        Assert.All([5, 6, 7, 8], x => Assert.Equal([(float)x], rig.See(Number(x)).Values));
        rig.Learn(Number(5));
        Assert.Equal([5f], rig.See(Number(5)).Values);
    }

    [Fact]
    public void Equal_values_of_two_names_are_two_categories()
    {
        using var rig = new EncoderRig(64, 32, bench => new NamedEncoder(bench.Layout, 6, 16, Standardisation.None, Limit));
        foreach (var name in new[] { 0, 1, 0, 1 })
        {
            rig.Learn(Number(5, name));
        }

        Assert.Equal(2, rig.See(Number(5, 0)).Count);
        Assert.Empty(rig.See(Number(5, 0)).Keys.Intersect(rig.See(Number(5, 1)).Keys));
    }

    [Fact]
    public void A_measure_never_fills_the_table()
    {
        Workbench? bench = null;
        using var rig = new EncoderRig(64, 32, b => new NamedEncoder((bench = b).Layout, 6, 16, Standardisation.PerFeature, Limit));
        for (var n = 0; n < 400; n++)
        {
            rig.Learn(Number(n % 200));
        }

        var hashes = bench!.Learn().ViewLongs(bench.Layout.Build().Slots.Single(slot => slot.Name == "input.hashes").Slot).ToArray();
        Assert.Equal(1, hashes.Count(hash => hash != 0));
    }

    private static byte[] Number(double x, int name = 0)
    {
        var builder = new PayloadBuilder();
        builder.BeginNamed();
        builder.Named(name, x);
        builder.EndNamed();
        return builder.Written.ToArray();
    }
}
