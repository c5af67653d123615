using LifelongApi.Storage.Journal;

namespace LifelongApi.Storage.Tests;

public sealed class RestoreTests
{
    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task After_a_restore_the_same_ids_are_new_again_and_the_older_ones_are_not(string provider)
    {
        await using var store = await StoreFixture.CreateAsync(provider);
        await store.AppendAsync(StoreFixture.Event(1, "a"), StoreFixture.Event(2, "b"), StoreFixture.Event(3, "c"));

        await store.RestoreAsync(4, 2, 1, new SequenceRange(1, 1), new SequenceRange(5, long.MaxValue));
        var result = await store.AppendAsync(StoreFixture.Event(5, "a"), StoreFixture.Event(6, "b"), StoreFixture.Event(7, "c"), StoreFixture.Event(8, "restore-4"));

        Assert.Equal([new DuplicateEvent(0, 1, true), new DuplicateEvent(3, 4, false)], result.Duplicates);
        Assert.Equal([1L, 2L, 3L, 4L, 6L, 7L], (await store.ReadAsync()).Select(item => item.Sequence));
        Assert.Equal(2, (await store.Store.Models.FindAsync("elec", StoreFixture.Cancellation))!.Lineage);
        var lineages = await store.Store.Models.ListLineagesAsync(store.Model.Id, StoreFixture.Cancellation);
        Assert.Equal([(1, 0L), (2, 4L)], lineages.Select(lineage => (lineage.Number, lineage.StartSequence)));
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task Going_back_to_a_version_of_an_abandoned_lineage_revives_its_ids(string provider)
    {
        await using var store = await StoreFixture.CreateAsync(provider);
        await store.AppendAsync(StoreFixture.Event(1, "a"), StoreFixture.Event(2, "b"), StoreFixture.Event(3, "c"));
        await store.RestoreAsync(4, 2, 1, new SequenceRange(1, 1), new SequenceRange(5, long.MaxValue));
        await store.AppendAsync(StoreFixture.Event(5, "b"), StoreFixture.Event(6, "x"));

        await store.RestoreAsync(7, 3, 3, new SequenceRange(1, 3), new SequenceRange(8, long.MaxValue));
        var result = await store.AppendAsync(StoreFixture.Event(8, "b"), StoreFixture.Event(9, "c"), StoreFixture.Event(10, "x"));

        Assert.Equal([new DuplicateEvent(0, 2, true), new DuplicateEvent(1, 3, true)], result.Duplicates);
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task A_restore_may_happen_within_a_task(string provider)
    {
        await using var store = await StoreFixture.CreateAsync(provider);
        await store.AppendAsync(StoreFixture.Event(1) with { Task = "day" });
        foreach (var (sequence, task) in new[] { (2L, "day"), (3L, "night") })
        {
            var restored = StoreFixture.Event(sequence, $"restore-{sequence}") with { Kind = Contracts.Journal.EventKind.Restored, Task = task };
            await store.Journal.RestoreAsync(
                store.StreamId, store.Epoch, restored, StoreFixture.Lineage(store.Model.Id, (int)sequence, 1, 1, sequence),
                [new SequenceRange(1, 1)], StoreFixture.Cancellation);
        }

        await store.AppendAsync(StoreFixture.Event(4) with { Task = "dawn" });

        Assert.Equal(["day", "day", "night", "dawn"], (await store.ReadAsync()).Select(item => item.Task!));
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task Of_two_live_events_with_one_id_the_earliest_counts(string provider)
    {
        await using var store = await StoreFixture.CreateAsync(provider);
        await store.AppendAsync(StoreFixture.Event(1, "a", "first"), StoreFixture.Event(2, "b"));
        await store.RestoreAsync(3, 2, 0, new SequenceRange(4, long.MaxValue));
        await store.AppendAsync(StoreFixture.Event(4, "a", "second"));

        await store.RestoreAsync(5, 3, 4, new SequenceRange(1, 2), new SequenceRange(4, 4), new SequenceRange(6, long.MaxValue));
        var result = await store.AppendAsync(StoreFixture.Event(6, "a", "first"));

        Assert.Equal([new DuplicateEvent(0, 1, true)], result.Duplicates);
    }
}
