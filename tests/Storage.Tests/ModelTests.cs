using LifelongApi.Contracts.Journal;
using LifelongApi.Storage.Access;
using LifelongApi.Storage.Journal;

namespace LifelongApi.Storage.Tests;

public sealed class ModelTests
{
    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task Models_lead_or_follow_and_names_are_taken_once(string provider)
    {
        await using var store = await StoreFixture.CreateAsync(provider);
        var models = store.Store.Models;
        var follower = await models.CreateFollowerAsync(StoreFixture.NewModel("b-shadow"), store.StreamId, 7, StoreFixture.Cancellation);
        await models.CreateFollowerAsync(StoreFixture.NewModel("Another"), store.StreamId, 0, StoreFixture.Cancellation);

        Assert.Null(await models.CreateLeaderAsync(StoreFixture.NewModel("elec"), StoreFixture.Cancellation));
        Assert.Null(await models.CreateLeaderAsync(StoreFixture.NewModel("b-shadow"), StoreFixture.Cancellation));
        Assert.Null(await models.CreateFollowerAsync(StoreFixture.NewModel("elec"), store.StreamId, 0, StoreFixture.Cancellation));
        Assert.Equal(store.Model, await models.FindAsync("elec", StoreFixture.Cancellation));
        Assert.Null(await models.FindAsync("Elec", StoreFixture.Cancellation));
        Assert.Equal(["elec", "Another", "b-shadow"], (await models.ListOfStreamAsync(store.StreamId, StoreFixture.Cancellation)).Select(model => model.Name));
        // In the order of code points on both stores, so that a page token means the same everywhere.
        Assert.Equal(["Another", "b-shadow"], (await models.ListAsync(null, 2, StoreFixture.Cancellation)).Select(model => model.Name));
        Assert.Equal(["elec"], (await models.ListAsync("b-shadow", 2, StoreFixture.Cancellation)).Select(model => model.Name));
        Assert.Equal("elec", follower!.StreamName);
        Assert.Equal(7, (await models.ListLineagesAsync(follower.Id, StoreFixture.Cancellation)).Single().StartSequence);
        Assert.Equal(["elec"], (await store.Journal.ListStreamsAsync(null, 10, StoreFixture.Cancellation)).Select(stream => stream.Name));
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task A_leader_stays_while_someone_follows_and_takes_everything_with_it_afterwards(string provider)
    {
        await using var store = await StoreFixture.CreateAsync(provider);
        var follower = (await store.Store.Models.CreateFollowerAsync(StoreFixture.NewModel("shadow"), store.StreamId, 0, StoreFixture.Cancellation))!;
        await store.Journal.AppendAsync(
            new AppendRequest
            {
                StreamId = store.StreamId,
                Epoch = store.Epoch,
                Events = [StoreFixture.Event(1) with { Task = "t" }, StoreFixture.Event(2) with { Subject = "ann" }],
                Names = [new FeatureNameRow(0, "price")],
                Outcomes = [new OutcomeRow(store.Model.Id, 1, 1, new byte[] { 1 })],
            },
            StoreFixture.Cancellation);

        Assert.False(await store.Store.Models.DeleteAsync(store.Model.Id, StoreFixture.Cancellation));
        Assert.True(await store.Store.Models.DeleteAsync(follower.Id, StoreFixture.Cancellation));
        Assert.Equal(2, (await store.ReadAsync()).Count);
        Assert.True(await store.Store.Models.DeleteAsync(store.Model.Id, StoreFixture.Cancellation));

        Assert.Empty(await store.ReadAsync());
        Assert.Null(await store.Journal.FindStreamAsync("elec", StoreFixture.Cancellation));
        foreach (var table in new[] { "events", "event_ids", "feature_names", "tasks", "subjects", "outcomes", "lineages", "models", "streams" })
        {
            Assert.Equal(0L, await RawSql.ScalarAsync(store, $"SELECT count(*) FROM {table}"));
        }
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task A_fork_takes_over_state_names_and_ids_and_goes_its_own_way(string provider)
    {
        await using var store = await StoreFixture.CreateAsync(provider);
        await store.Journal.AppendAsync(
            new AppendRequest
            {
                StreamId = store.StreamId,
                Epoch = store.Epoch,
                Events = [StoreFixture.Event(1, "a", "one"), StoreFixture.Event(2, "b", "two") with { Subject = "ann" }, StoreFixture.Event(3, "c")],
                Names = [new FeatureNameRow(0, "price")],
            },
            StoreFixture.Cancellation);
        var version = await store.Store.Versions.SaveAsync(
            VersionTests.Version(store.Model.Id, 2), [VersionTests.Page(1), VersionTests.Page(2)], store.Epoch, StoreFixture.Cancellation);

        var fork = (await store.Store.Models.ForkAsync(
            StoreFixture.NewModel("fork"), store.Model.Id, version.Number, [new SequenceRange(1, long.MaxValue)], StoreFixture.Cancellation))!;
        Assert.Null(await store.Store.Models.ForkAsync(
            StoreFixture.NewModel("elec"), store.Model.Id, version.Number, [], StoreFixture.Cancellation));

        var lineage = Assert.Single(await store.Store.Models.ListLineagesAsync(fork.Id, StoreFixture.Cancellation));
        Assert.Equal(("forked", 2L, 2L, store.Model.Id, 1), (lineage.Cause, lineage.ParentSequence, lineage.StartSequence, lineage.SourceModelId!.Value, lineage.SourceVersion!.Value));
        var first = (await store.Store.Versions.FindAsync(fork.Id, 1, StoreFixture.Cancellation))!;
        Assert.Equal((2L, 1, 0L, version.ByteCount), (first.Sequence, first.Lineage, first.NewByteCount, first.ByteCount));
        Assert.Equal(2, (await store.Store.Versions.ReadPagesAsync(first.Id, StoreFixture.Cancellation)).Count);
        Assert.Equal(["price"], await store.Journal.ListFeatureNamesAsync(fork.StreamId, StoreFixture.Cancellation));

        var opening = await store.Journal.OpenStreamAsync(fork.StreamId, StoreFixture.Cancellation);
        Assert.Equal(new StreamOpening(1, 2), opening);
        var batch = new[]
        {
            StoreFixture.Event(3, "a", "one"), StoreFixture.Event(4, "a", "other"), StoreFixture.Event(5, "b", "two"),
            StoreFixture.Event(6, "b", "other"), StoreFixture.Event(7, "c"),
        };
        var result = await store.Journal.AppendAsync(new AppendRequest { StreamId = fork.StreamId, Epoch = 1, Events = batch }, StoreFixture.Cancellation);
        Assert.Equal(
            [new DuplicateEvent(0, 1, true), new DuplicateEvent(1, 1, false), new DuplicateEvent(2, 2, true), new DuplicateEvent(3, 2, false)],
            result.Duplicates);

        // A restore of the fork to where it began keeps what it inherited.
        await store.Journal.RestoreAsync(
            fork.StreamId, 1, StoreFixture.Event(8, "restore") with { Kind = EventKind.Restored },
            StoreFixture.Lineage(fork.Id, 2, 1, 2, 8), [new SequenceRange(9, long.MaxValue)], StoreFixture.Cancellation);
        var after = await store.Journal.AppendAsync(
            new AppendRequest { StreamId = fork.StreamId, Epoch = 1, Events = [StoreFixture.Event(9, "a", "one"), StoreFixture.Event(10, "c")] }, StoreFixture.Cancellation);
        Assert.Equal([new DuplicateEvent(0, 1, true)], after.Duplicates);

        // The source is as it was, and the fork outlives it.
        Assert.Equal(3, (await store.ReadAsync()).Count);
        Assert.True(await store.Store.Models.DeleteAsync(store.Model.Id, StoreFixture.Cancellation));
        Assert.Equal(2, (await store.Store.Versions.ReadPagesAsync(first.Id, StoreFixture.Cancellation)).Count);
        Assert.Equal(1, (await store.Journal.FindDuplicatesAsync(fork.StreamId, [StoreFixture.Event(11, "a", "one")], StoreFixture.Cancellation)).Single().FirstSequence);
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task A_follower_opens_lineages_of_its_own_and_fences_are_remembered(string provider)
    {
        await using var store = await StoreFixture.CreateAsync(provider);
        var follower = (await store.Store.Models.CreateFollowerAsync(StoreFixture.NewModel("shadow"), store.StreamId, 0, StoreFixture.Cancellation))!;

        await store.Store.Models.AddLineageAsync(StoreFixture.Lineage(follower.Id, 2, 1, 3, 9), StoreFixture.Cancellation);
        await store.Store.Models.SetFencedAsync(follower.Id, "hash mismatch", StoreFixture.Cancellation);

        var found = (await store.Store.Models.FindAsync("shadow", StoreFixture.Cancellation))!;
        Assert.Equal((2, "hash mismatch"), (found.Lineage, found.FencedReason!));
        Assert.Equal("[[4,9]]", await RawSql.ScalarAsync(store, $"SELECT skipped_ranges FROM lineages WHERE model_id = {follower.Id} AND number = 2"));
        await store.Store.Models.SetFencedAsync(follower.Id, null, StoreFixture.Cancellation);
        Assert.Null((await store.Store.Models.FindAsync("shadow", StoreFixture.Cancellation))!.FencedReason);
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task An_API_key_is_found_by_its_hash_until_it_is_revoked(string provider)
    {
        await using var store = await StoreFixture.CreateAsync(provider);
        var keys = store.Store.ApiKeys;
        var hash = Enumerable.Repeat((byte)7, 32).ToArray();

        Assert.True(await keys.AddAsync(new ApiKeyRecord("ingest", hash, "learn read", 1, null), StoreFixture.Cancellation));
        Assert.False(await keys.AddAsync(new ApiKeyRecord("ingest", new byte[32], "admin", 2, null), StoreFixture.Cancellation));
        Assert.Equal("learn read", (await keys.FindAsync(hash, StoreFixture.Cancellation))!.Scopes);
        Assert.Null(await keys.FindAsync(new byte[32], StoreFixture.Cancellation));
        Assert.True(await keys.RevokeAsync("ingest", 9, StoreFixture.Cancellation));
        Assert.False(await keys.RevokeAsync("ingest", 10, StoreFixture.Cancellation));
        Assert.Null(await keys.FindAsync(hash, StoreFixture.Cancellation));
        Assert.Equal(9, (await keys.ListAsync(StoreFixture.Cancellation)).Single().RevokedAt);
    }
}
