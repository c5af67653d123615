using LifelongApi.Storage.Versions;

namespace LifelongApi.Storage.Tests;

public sealed class EntityTests
{
    // One key has its highest bit set: on the way it is a negative number.
    private const ulong A = 7;
    private const ulong B = 0xF000_0000_0000_0001;

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task A_position_sees_the_newest_row_at_or_before_it(string provider)
    {
        await using var store = await StoreFixture.CreateAsync(provider);
        await SaveAsync(store, 1, 20, (A, 12), (B, 15));
        await SaveAsync(store, 1, 30, (A, 25));

        Assert.Equal([(A, 12L), (B, 15L)], await FindAsync(store, new LineageReach(1, 24)));
        Assert.Equal([(A, 25L), (B, 15L)], await FindAsync(store, new LineageReach(1, 25)));
        Assert.Equal([(A, 12L)], await FindAsync(store, new LineageReach(1, 14)));
        Assert.Empty(await FindAsync(store, new LineageReach(1, 11)));
        Assert.Empty(await store.Store.Versions.FindEntitiesAsync(store.Model.Id + 1, [new LineageReach(1, 100)], [A, B], StoreFixture.Cancellation));
        Assert.Empty(await store.Store.Versions.FindEntitiesAsync(store.Model.Id, [new LineageReach(1, 100)], [], StoreFixture.Cancellation));
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task What_a_lineage_lacks_its_parent_has_up_to_where_it_began(string provider)
    {
        await using var store = await StoreFixture.CreateAsync(provider);
        await SaveAsync(store, 1, 20, (A, 12), (B, 15));
        await SaveAsync(store, 1, 30, (A, 25), (B, 26));
        await SaveAsync(store, 2, 40, (A, 35));

        Assert.Equal([(A, 35L), (B, 15L)], await FindAsync(store, new LineageReach(2, long.MaxValue), new LineageReach(1, 20)));
        Assert.Equal([(A, 12L), (B, 15L)], await FindAsync(store, new LineageReach(2, 34), new LineageReach(1, 20)));
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task The_same_rows_again_are_left_as_they_are_and_a_fenced_host_writes_none(string provider)
    {
        await using var store = await StoreFixture.CreateAsync(provider);
        var many = Enumerable.Range(1, 450).Select(i => ((ulong)i << 40, (long)i)).ToArray();
        await SaveAsync(store, 1, 500, many);
        await SaveAsync(store, 1, 501, many);
        await store.Journal.OpenStreamAsync(store.StreamId, StoreFixture.Cancellation);
        await Assert.ThrowsAsync<FencedException>(() => SaveAsync(store, 1, 600, (A, 550)));

        Assert.Equal(450L, await RawSql.ScalarAsync(store, "SELECT count(*) FROM entity_rows"));
        var found = await store.Store.Versions.FindEntitiesAsync(store.Model.Id, [new LineageReach(1, 600)], [.. many.Select(row => row.Item1), A], StoreFixture.Cancellation);
        Assert.Equal(450, found.Count);
        Assert.Equal(449, BitConverter.ToInt64(found[449ul << 40].Span));
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task Only_rows_that_nobody_can_ask_for_are_pruned(string provider)
    {
        await using var store = await StoreFixture.CreateAsync(provider);
        var first = await SaveAsync(store, 1, 20, (A, 12), (B, 15));
        var second = await SaveAsync(store, 1, 30, (A, 25), (B, 26));
        await SaveAsync(store, 1, 40, (A, 35));
        await store.Store.Models.AddLineageAsync(StoreFixture.Lineage(store.Model.Id, 2, 1, 30, 40), StoreFixture.Cancellation);
        await store.Store.Versions.DeleteAsync(second.Id, StoreFixture.Cancellation);

        await PruneAsync();
        Assert.Equal(5L, await RawSql.ScalarAsync(store, "SELECT count(*) FROM entity_rows"));
        await store.Store.Versions.DeleteAsync(first.Id, StoreFixture.Cancellation);
        await PruneAsync();

        // Lineage 2 began between 25 and 35, and of B there is nothing newer than 26.
        Assert.Equal([(A, 25L), (B, 26L)], await FindAsync(store, new LineageReach(2, 99), new LineageReach(1, 30)));
        Assert.Equal([(A, 35L), (B, 26L)], await FindAsync(store, new LineageReach(1, 40)));
        Assert.Equal(3L, await RawSql.ScalarAsync(store, "SELECT count(*) FROM entity_rows"));

        Task PruneAsync() => store.Store.Versions.PruneEntitiesAsync(store.Model.Id, [A, B], StoreFixture.Cancellation);
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task A_fork_takes_what_its_version_sees_and_a_deleted_model_leaves_nothing(string provider)
    {
        await using var store = await StoreFixture.CreateAsync(provider);
        await SaveAsync(store, 1, 20, (A, 12), (B, 15));
        await SaveAsync(store, 1, 30, (A, 25), (B, 26));
        await store.Store.Models.AddLineageAsync(StoreFixture.Lineage(store.Model.Id, 2, 1, 20, 30), StoreFixture.Cancellation);
        await SaveAsync(store, 2, 40, (A, 32), (A, 35));
        var version = await SaveAsync(store, 2, 50, (A, 45));

        var fork = (await store.Store.Models.ForkAsync(StoreFixture.NewModel("fork"), store.Model.Id, version.Number, [], StoreFixture.Cancellation))!;
        Assert.Equal(2L, await RawSql.ScalarAsync(store, $"SELECT count(*) FROM entity_rows WHERE model_id = {fork.Id}"));
        var early = (await store.Store.Models.ForkAsync(StoreFixture.NewModel("early"), store.Model.Id, version.Number - 1, [], StoreFixture.Cancellation))!;
        Assert.True(await store.Store.Models.DeleteAsync(store.Model.Id, StoreFixture.Cancellation));

        Assert.Equal([(A, 45L), (B, 15L)], Sorted(await store.Store.Versions.FindEntitiesAsync(fork.Id, [new LineageReach(1, 60)], [A, B], StoreFixture.Cancellation)));
        Assert.Equal([(A, 35L), (B, 15L)], Sorted(await store.Store.Versions.FindEntitiesAsync(early.Id, [new LineageReach(1, 60)], [A, B], StoreFixture.Cancellation)));
        Assert.Equal(4L, await RawSql.ScalarAsync(store, "SELECT count(*) FROM entity_rows"));
    }

    private static Task<VersionRecord> SaveAsync(StoreFixture store, int lineage, long sequence, params (ulong Entity, long Sequence)[] rows) =>
        store.Store.Versions.SaveAsync(
            VersionTests.Version(store.Model.Id, sequence) with { Lineage = lineage, Entities = [.. rows.Select(row => new StoredEntity(row.Entity, row.Sequence, BitConverter.GetBytes(row.Sequence)))] },
            [],
            store.Epoch,
            StoreFixture.Cancellation);

    private static async Task<List<(ulong Entity, long Sequence)>> FindAsync(StoreFixture store, params LineageReach[] ancestry) =>
        Sorted(await store.Store.Versions.FindEntitiesAsync(store.Model.Id, ancestry, [A, B], StoreFixture.Cancellation));

    private static List<(ulong Entity, long Sequence)> Sorted(IReadOnlyDictionary<ulong, ReadOnlyMemory<byte>> rows) =>
        [.. rows.OrderBy(row => row.Key).Select(row => (row.Key, BitConverter.ToInt64(row.Value.Span)))];
}
