using LifelongApi.Learning.Entities;
using LifelongApi.Learning.State;
using LifelongApi.Learning.Tests.Support;

namespace LifelongApi.Learning.Tests.Entities;

public sealed class EntityTableTests
{
    [Theory]
    [InlineData(1, 3)]
    [InlineData(5, 12)]
    [InlineData(16, 40)]
    public void The_entity_seen_longest_ago_makes_room_for_a_new_one(int capacity, int entities)
    {
        using var bench = new Workbench();
        var table = new EntityTable(bench.Layout, capacity);
        var column = table.Column(Region.Read, "test.seen", 1);
        bench.Build();
        var oracle = new List<(ulong Key, float Count)>();
        for (var n = 0; n < 2000; n++)
        {
            // Keys of one bucket too: low bits are often alike.
            var key = 2 + ((ulong)Draw.Below(entities, 1, n) << Draw.Below(2, 2, n) * 8);
            var step = bench.Learn(moment: new Moment(key, null, null));
            var before = oracle.FindIndex(one => one.Key == key);
            Assert.Equal(before >= 0, table.Row(step) >= 0);
            var row = table.Claim(step);
            Assert.Equal(before >= 0 ? oracle[before].Count : 0f, step.View(column.Of(row))[0]);
            var count = ++step.Write(column.Of(row))[0];
            if (before >= 0)
            {
                oracle.RemoveAt(before);
            }
            else if (oracle.Count == capacity)
            {
                oracle.RemoveAt(0);
            }

            oracle.Add((key, count));
            Assert.Equal(oracle.Count, table.Count(step));
            Assert.All(oracle, one => Assert.True(table.Row(bench.Learn(moment: new Moment(one.Key, null, null))) >= 0));
        }
    }

    [Fact]
    public void Links_that_events_cannot_have_made_are_noticed_whichever_it_is()
    {
        using var bench = new Workbench();
        var table = new EntityTable(bench.Layout, 6);
        table.Column(Region.Read, "test.seen", 1);
        bench.Build();
        foreach (var capacity in new[] { 0, 3, 9, 40 })
        {
            for (var n = 0; n < capacity; n++)
            {
                table.Claim(bench.Learn(moment: new Moment(2 + ((ulong)Draw.Below(9, 1, n) << Draw.Below(2, 2, n) * 3), null, null)));
            }

            table.Check(bench.Learn());
        }

        // All rows are in use. Any link made another one gives a table that no events make; a key of another bucket is one too.
        foreach (var (name, count) in new[] { ("entities.keys", 12), ("entities.buckets", 8), ("entities.next", 6), ("entities.ends", 3), ("entities.neighbours", 12) })
        {
            for (var i = 0; i < count; i += name == "entities.keys" ? 2 : 1)
            {
                var right = bench.Integers(name)[i];
                foreach (var wrong in name == "entities.keys" ? [right + 1] : new[] { -1, right + 1, 1_000_000, int.MinValue })
                {
                    bench.Integers(name)[i] = wrong;
                    Assert.Throws<InvalidDataException>(() => table.Check(bench.Learn()));
                }

                bench.Integers(name)[i] = right;
            }
        }

        table.Check(bench.Learn());
    }

    [Fact]
    public void Events_without_an_entity_belong_together()
    {
        using var bench = new Workbench();
        var table = new EntityTable(bench.Layout, 4);
        bench.Build();
        var row = table.Claim(bench.Learn());
        Assert.Equal(row, table.Row(bench.Learn()));
        Assert.Equal(row, table.Row(bench.Predict()));
    }
}
