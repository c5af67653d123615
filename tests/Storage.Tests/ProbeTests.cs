using System.Security.Cryptography;
using LifelongApi.Contracts.Journal;
using LifelongApi.Storage.Journal;
using LifelongApi.Storage.Probes;
using LifelongApi.Storage.Versions;

namespace LifelongApi.Storage.Tests;

public sealed class ProbeTests
{
    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task A_probe_set_comes_back_row_by_row_and_the_next_one_takes_its_place(string provider)
    {
        await using var store = await StoreFixture.CreateAsync(provider);
        var probes = store.Store.Probes;
        var first = (await probes.SaveAsync(Probe(store, "winter", [[1, 2], [], [3]]), 10, StoreFixture.Cancellation))!;
        await probes.SaveAsync(Probe(store, "Autumn", [[7]]), 10, StoreFixture.Cancellation);

        var (found, rows) = (await probes.FindAsync(store.StreamId, "winter", StoreFixture.Cancellation))!.Value;
        Assert.Equal([[1, 2], [], [3]], rows.Select(row => row.ToArray()));
        Assert.Equal((first.Task, first.RowCount, first.ByteCount, first.CreatedAt), (found.Task, found.RowCount, found.ByteCount, found.CreatedAt));
        Assert.Equal((3, 15L, 42L), (found.RowCount, found.ByteCount, found.CreatedAt));
        Assert.True(first.Hash.Span.SequenceEqual(found.Hash.Span));

        var second = (await probes.SaveAsync(Probe(store, "winter", [[1, 2]]), 10, StoreFixture.Cancellation))!;
        Assert.False(first.Hash.Span.SequenceEqual(second.Hash.Span));
        // In the order of code points on both stores.
        Assert.Equal([("Autumn", 1), ("winter", 1)], (await probes.ListAsync(store.StreamId, StoreFixture.Cancellation)).Select(probe => (probe.Task, probe.RowCount)));
        Assert.Null(await probes.FindAsync(store.StreamId, "spring", StoreFixture.Cancellation));
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task A_stream_has_no_more_probe_sets_than_allowed_but_any_may_be_replaced(string provider)
    {
        await using var store = await StoreFixture.CreateAsync(provider);
        var probes = store.Store.Probes;
        Assert.NotNull(await probes.SaveAsync(Probe(store, "a", [[1]]), 2, StoreFixture.Cancellation));
        Assert.NotNull(await probes.SaveAsync(Probe(store, "b", [[1]]), 2, StoreFixture.Cancellation));

        Assert.Null(await probes.SaveAsync(Probe(store, "c", [[1]]), 2, StoreFixture.Cancellation));
        Assert.NotNull(await probes.SaveAsync(Probe(store, "a", [[2], [3]]), 2, StoreFixture.Cancellation));
        Assert.Equal([2, 1], (await probes.ListAsync(store.StreamId, StoreFixture.Cancellation)).Select(probe => probe.RowCount));
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task Scores_are_kept_once_per_position_and_task_and_go_with_the_probe_set_and_the_model(string provider)
    {
        await using var store = await StoreFixture.CreateAsync(provider);
        var probes = store.Store.Probes;
        await probes.SaveAsync(Probe(store, "a", [[1]]), 10, StoreFixture.Cancellation);
        await probes.SaveScoresAsync(store.Model.Id, [Score(1, 10, "a", 3), Score(1, 10, "b", 4), Score(2, 20, "a", 5)], StoreFixture.Cancellation);
        await probes.SaveScoresAsync(store.Model.Id, [Score(1, 10, "a", 6)], StoreFixture.Cancellation);
        await probes.SaveScoresAsync(store.Model.Id + 100, [Score(1, 10, "a", 7)], StoreFixture.Cancellation);

        var kept = await probes.ListScoresAsync(store.Model.Id, StoreFixture.Cancellation);
        Assert.Equal([(1, 10L, "a", 6L), (1, 10L, "b", 4L), (2, 20L, "a", 5L)], kept.Select(score => (score.Lineage, score.Sequence, score.Task, score.RightCount)));
        Assert.Equal(0.1, kept[0].AbsoluteError);
        Assert.Equal(SHA256.HashData([6]), kept[0].ProbeHash.ToArray());

        Assert.True(await probes.DeleteAsync(store.StreamId, "a", StoreFixture.Cancellation));
        Assert.False(await probes.DeleteAsync(store.StreamId, "a", StoreFixture.Cancellation));
        Assert.Equal(["b"], (await probes.ListScoresAsync(store.Model.Id, StoreFixture.Cancellation)).Select(score => score.Task));

        await probes.SaveAsync(Probe(store, "a", [[1]]), 10, StoreFixture.Cancellation);
        Assert.True(await store.Store.Models.DeleteAsync(store.Model.Id, StoreFixture.Cancellation));
        foreach (var table in new[] { "probes", "probe_scores" })
        {
            Assert.Equal(0L, await RawSql.ScalarAsync(store, $"SELECT count(*) FROM {table}"));
        }
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task A_fork_takes_the_probe_sets_along(string provider)
    {
        await using var store = await StoreFixture.CreateAsync(provider);
        await store.Store.Probes.SaveAsync(Probe(store, "a", [[1], [2]]), 10, StoreFixture.Cancellation);
        var page = new byte[] { 1, 2, 3 };
        var version = await store.Store.Versions.SaveAsync(
            new NewVersion { ModelId = store.Model.Id, Lineage = 1, Sequence = 0, StateHash = new byte[32], Manifest = "{}"u8.ToArray(), Statistics = new byte[1], Engine = "e", Pinned = true, Cause = "created", CreatedAt = 1 },
            [new PageContent(SHA256.HashData(page), page)],
            store.Epoch,
            StoreFixture.Cancellation);

        var fork = (await store.Store.Models.ForkAsync(StoreFixture.NewModel("fork"), store.Model.Id, version.Number, [], StoreFixture.Cancellation))!;

        var (_, rows) = (await store.Store.Probes.FindAsync(fork.StreamId, "a", StoreFixture.Cancellation))!.Value;
        Assert.Equal([[1], [2]], rows.Select(row => row.ToArray()));
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task Learned_events_without_a_subject_are_listed_by_sequence(string provider)
    {
        await using var store = await StoreFixture.CreateAsync(provider);
        await store.AppendAsync(
            StoreFixture.Event(1),
            StoreFixture.Event(2) with { Kind = EventKind.Observed },
            StoreFixture.Event(3) with { Subject = "ann" },
            StoreFixture.Event(4) with { Kind = EventKind.TaskEnded, Task = "t" },
            StoreFixture.Event(7),
            StoreFixture.Event(9000));
        var sequences = new List<long>();
        await foreach (var sequence in store.Journal.ListLearnedAsync(store.StreamId, new SequenceRange(1, long.MaxValue), StoreFixture.Cancellation))
        {
            sequences.Add(sequence);
        }

        Assert.Equal([1, 7, 9000], sequences);
    }

    private static NewProbe Probe(StoreFixture store, string task, byte[][] rows) => new(store.StreamId, task, [.. rows.Select(row => (ReadOnlyMemory<byte>)row)], "tester", 42);

    private static ProbeScore Score(int lineage, long sequence, string task, long right) => new()
    {
        Lineage = lineage, Sequence = sequence, Task = task, ProbeHash = SHA256.HashData([(byte)right]), RowCount = 10, RightCount = right, AbsoluteError = 0.1,
    };
}
