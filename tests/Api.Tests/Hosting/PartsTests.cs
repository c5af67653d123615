using System.Text;
using LifelongApi.Api.Hosting;
using LifelongApi.Storage.Journal;
using LifelongApi.Storage.Models;
using LifelongApi.Storage.Versions;
using static LifelongApi.Api.Tests.Hosting.House;

namespace LifelongApi.Api.Tests.Hosting;

public sealed class PartsTests
{
    [Fact]
    public void The_live_events_are_those_of_the_chain_of_parents()
    {
        LineageRecord[] lineages = [Lineage(1, null, 0, 0), Lineage(2, 1, 50, 101), Lineage(3, 1, 70, 151), Lineage(4, 3, 160, 201)];

        var ancestry = Ancestry.Of(lineages, 4);

        Assert.Equal([new SequenceRange(1, 70), new SequenceRange(152, 160), new SequenceRange(202, long.MaxValue)], ancestry.Ranges());
        Assert.Equal([new SequenceRange(156, 160), new SequenceRange(202, long.MaxValue)], ancestry.Ranges(after: 155));
        Assert.Equal([1, 3, 4], ancestry.Numbers);
        Assert.Equal([1, 3, 4, 4], new long[] { 60, 155, 201, 500 }.Select(ancestry.LineageOf));
        Assert.Equal([true, false, false, true], new long[] { 70, 71, 120, 202 }.Select(ancestry.Contains));
    }

    [Fact]
    public void A_forks_inherited_ids_stay_live()
    {
        LineageRecord[] lineages = [Lineage(1, null, 40, 40) with { Cause = "forked", SourceModelId = 7, SourceVersion = 2 }, Lineage(2, 1, 40, 90)];

        Assert.Equal([new SequenceRange(1, 40), new SequenceRange(91, long.MaxValue)], Ancestry.Of(lineages, 2).Ranges());
        Assert.Equal([new SequenceRange(91, long.MaxValue)], Ancestry.Of(lineages, 2).Ranges(after: 40));
    }

    [Fact]
    public void Thinning_keeps_the_newest_pinned_ones_and_a_few_of_the_past()
    {
        var versions = Enumerable.Range(1, 100).Select(i => Version(i, i * 10, pinned: i % 40 == 0)).ToList();

        var surplus = VersionThinning.Choose(versions, versions[^1]);

        var kept = versions.Except(surplus).Select(version => version.Number).ToList();
        Assert.Subset(kept.ToHashSet(), new HashSet<int> { 1, 40, 80, 98, 99, 100 });
        Assert.InRange(kept.Count, 8, 16);
    }

    [Fact]
    public void Names_keep_their_ids_and_only_new_ones_are_stored()
    {
        var names = new FeatureDictionary(["a", "b"]);

        Assert.Equal([1, 2, 2], new[] { "b", "größe", "größe" }.Select(name => names.GetOrAdd(Encoding.UTF8.GetBytes(name))));
        Assert.Equal(-1, names.Find("c"u8));
        Assert.Equal("größe", names.Name(2));
        var rows = names.TakeUnstored();
        Assert.Equal([new FeatureNameRow(2, "größe")], rows);
        names.MarkStored(rows);
        Assert.Empty(names.TakeUnstored());
        Assert.Equal(3, names.Hashes.Length);
    }

    [Fact]
    public async Task A_queue_lets_waiting_callers_in_by_their_order_and_gives_exclusive_work_alone()
    {
        var queue = new EventQueue(2, 1000);
        var exclusive = new ExclusiveWork(_ => Task.CompletedTask);
        Assert.True(queue.TryEnqueue([Pending(), Pending()]));
        using var gone = new CancellationTokenSource();
        var cancelled = queue.EnqueueAsync(Pending(), gone.Token);
        var third = queue.EnqueueAsync(Pending(), Token);
        Assert.False(queue.TryEnqueue([Pending()]));
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await cancelled);
        queue.EnqueueAlways(exclusive);

        var batch = new List<PendingWork>();
        queue.Take(batch, 10, 1000);
        Assert.Equal(2, batch.Count);
        await third;
        batch.Clear();
        queue.Take(batch, 10, 1000);
        Assert.Equal([exclusive], batch);
        batch.Clear();
        queue.Take(batch, 10, 1000);
        Assert.Single(batch);
    }

    [Fact]
    public async Task A_refusing_queue_fails_what_waits()
    {
        var queue = new EventQueue(10, 1000);
        var pending = Pending();
        Assert.True(queue.TryEnqueue([pending]));

        queue.Refuse(() => new InvalidOperationException("closed"));

        await Assert.ThrowsAsync<InvalidOperationException>(() => pending.Acknowledged);
        Assert.Throws<InvalidOperationException>(() => queue.TryEnqueue([Pending()]));
        queue.Accept();
        Assert.True(queue.TryEnqueue([Pending()]));
    }

    private static PendingEvent Pending() => new() { Kind = Contracts.Journal.EventKind.Learned, Input = Row(1, 2, "a"), ReceivedAt = 0 };

    private static LineageRecord Lineage(int number, int? parent, long parentSequence, long start) =>
        new() { ModelId = 1, Number = number, Parent = parent, ParentSequence = parentSequence, StartSequence = start, Cause = "restored", CreatedAt = 0 };

    private static VersionRecord Version(int number, long sequence, bool pinned) => new()
    {
        Id = number,
        Number = number,
        ModelId = 1,
        Lineage = 1,
        Sequence = sequence,
        StateHash = default,
        Manifest = default,
        Statistics = default,
        Engine = "e",
        Pinned = pinned,
        Cause = pinned ? "snapshot" : "recovery",
        CreatedAt = 0,
        ByteCount = 0,
        NewByteCount = 0,
    };
}
