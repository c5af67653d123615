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
