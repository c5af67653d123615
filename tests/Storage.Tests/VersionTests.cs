using System.Security.Cryptography;
using LifelongApi.Storage.Versions;

namespace LifelongApi.Storage.Tests;

public sealed class VersionTests
{
    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task Pages_are_stored_once_and_come_back_in_order(string provider)
    {
        await using var store = await StoreFixture.CreateAsync(provider);
        var first = await SaveAsync(store, 10, Page(1), Page(2), Page(1));
        var second = await SaveAsync(store, 20, Page(3), Page(2), Page(1));

        Assert.Equal((1, 3 * 65_536L, 2 * 65_536L), (first.Number, first.ByteCount, first.NewByteCount));
        Assert.Equal((2, 3 * 65_536L, 65_536L), (second.Number, second.ByteCount, second.NewByteCount));
        Assert.Equal(3L, await RawSql.ScalarAsync(store, "SELECT count(*) FROM pages"));
        var pages = await store.Store.Versions.ReadPagesAsync(second.Id, StoreFixture.Cancellation);
        Assert.Equal([3, 2, 1], pages.Select(page => page.Bytes.Span[0]));
        Assert.All(pages, page => Assert.Equal(SHA256.HashData(page.Bytes.Span), page.Hash.ToArray()));
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task Every_field_of_a_version_comes_back(string provider)
    {
        await using var store = await StoreFixture.CreateAsync(provider);
        var saved = await SaveAsync(store, 10);
        await store.Store.Versions.SetPinnedAsync(saved.Id, true, "before the sale", StoreFixture.Cancellation);

        var found = (await store.Store.Versions.FindAsync(store.Model.Id, 1, StoreFixture.Cancellation))!;

        Assert.Equal((saved.Id, 1, 10L, "engine-1", "snapshot", 77L), (found.Id, found.Lineage, found.Sequence, found.Engine, found.Cause, found.CreatedAt));
        Assert.Equal((true, "before the sale"), (found.Pinned, found.Note!));
        Assert.Equal(saved.StateHash.ToArray(), found.StateHash.ToArray());
        Assert.Equal([1, 2], found.Manifest.ToArray());
        Assert.Equal([3], found.Statistics.ToArray());
        Assert.Null(await store.Store.Versions.FindAsync(store.Model.Id, 2, StoreFixture.Cancellation));
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task The_newest_version_at_or_below_a_sequence_is_found_on_its_lineage(string provider)
    {
        await using var store = await StoreFixture.CreateAsync(provider);
        await SaveAsync(store, 10);
        await SaveAsync(store, 20);
        await store.Store.Versions.SaveAsync(Version(store.Model.Id, 15) with { Lineage = 2 }, [], store.Epoch, StoreFixture.Cancellation);

        Assert.Equal(10, (await NewestAsync(1, 19))!.Sequence);
        Assert.Equal(20, (await NewestAsync(1, 20))!.Sequence);
        Assert.Equal(15, (await NewestAsync(2, long.MaxValue))!.Sequence);
        Assert.Null(await NewestAsync(1, 9));
        Assert.Equal([3, 2, 1], (await store.Store.Versions.ListAsync(store.Model.Id, null, 10, StoreFixture.Cancellation)).Select(version => version.Number));
        Assert.Equal([2], (await store.Store.Versions.ListAsync(store.Model.Id, 3, 1, StoreFixture.Cancellation)).Select(version => version.Number));

        Task<VersionRecord?> NewestAsync(int lineage, long sequence)
            => store.Store.Versions.FindNewestAsync(store.Model.Id, lineage, sequence, StoreFixture.Cancellation);
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task Deleting_a_version_deletes_only_pages_that_nobody_else_uses_and_its_number_is_not_used_again(string provider)
    {
        await using var store = await StoreFixture.CreateAsync(provider);
        var first = await SaveAsync(store, 10, Page(1), Page(2));
        var second = await SaveAsync(store, 20, Page(2), Page(3));

        await store.Store.Versions.DeleteAsync(second.Id, StoreFixture.Cancellation);

        Assert.Equal(2L, await RawSql.ScalarAsync(store, "SELECT count(*) FROM pages"));
        Assert.Equal(2, (await store.Store.Versions.ReadPagesAsync(first.Id, StoreFixture.Cancellation)).Count);
        Assert.Equal(3, (await SaveAsync(store, 30, Page(3))).Number);
        await store.Store.Versions.DeleteAsync(first.Id, StoreFixture.Cancellation);
        Assert.Equal(1L, await RawSql.ScalarAsync(store, "SELECT count(*) FROM pages"));
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task Saving_and_deleting_the_same_pages_at_once_never_loses_a_page(string provider)
    {
        await using var store = await StoreFixture.CreateAsync(provider);
        var pages = Enumerable.Range(1, 8).Select(seed => Page(seed)).ToArray();
        using var start = new Barrier(2);

        async Task<VersionRecord> WorkAsync(int worker)
        {
            start.SignalAndWait(StoreFixture.Cancellation);
            for (var turn = 0; turn < 12; turn++)
            {
                var version = await SaveAsync(store, (worker * 100) + turn, pages);
                await store.Store.Versions.DeleteAsync(version.Id, StoreFixture.Cancellation);
            }

            return await SaveAsync(store, worker, pages);
        }

        var kept = await Task.WhenAll(Enumerable.Range(0, 2).Select(worker => Task.Run(() => WorkAsync(worker))));

        foreach (var version in kept)
        {
            Assert.Equal(pages.Length, (await store.Store.Versions.ReadPagesAsync(version.Id, StoreFixture.Cancellation)).Count);
        }

        Assert.Equal((long)pages.Length, await RawSql.ScalarAsync(store, "SELECT count(*) FROM pages"));
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task Events_are_committed_while_a_large_version_is_saved(string provider)
    {
        await using var store = await StoreFixture.CreateAsync(provider);
        var saving = Task.Run(() => SaveAsync(store, 1, [.. Enumerable.Range(0, 120).Select(seed => Page(seed))]));
        var appended = 0;
        while (!saving.IsCompleted)
        {
            await store.AppendAsync(StoreFixture.Event(++appended));
        }

        // In one transaction of the only writer there would be one before it and one after it.
        Assert.InRange(appended, 6, int.MaxValue);
        Assert.Equal(120, (await store.Store.Versions.ReadPagesAsync((await saving).Id, StoreFixture.Cancellation)).Count);
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task What_a_save_without_an_end_has_left_is_no_version_and_is_swept_at_the_next_start(string provider)
    {
        await using var store = await StoreFixture.CreateAsync(provider);
        var kept = await SaveAsync(store, 1, Page(1), Page(2));
        var pages = Enumerable.Range(2, 20).Select(seed => Page(seed)).ToArray();
        await Assert.ThrowsAsync<FencedException>(() => store.Store.Versions.SaveAsync(Version(store.Model.Id, 2), pages, store.Epoch - 1, StoreFixture.Cancellation));
        Assert.Equal(21L, await RawSql.ScalarAsync(store, "SELECT count(*) FROM pages"));
        Assert.Equal([kept.Id], (await store.Store.Versions.ListAsync(store.Model.Id, null, 10, StoreFixture.Cancellation)).Select(version => version.Id));

        await using var next = store.OpenAnother();
        await next.MigrateAsync(StoreFixture.Cancellation);

        Assert.Equal(2L, await RawSql.ScalarAsync(store, "SELECT count(*) FROM pages"));
        Assert.Equal(2, (await next.Versions.ReadPagesAsync(kept.Id, StoreFixture.Cancellation)).Count);
        Assert.Equal(pages.Length, (await store.Store.Versions.ReadPagesAsync((await SaveAsync(store, 2, pages)).Id, StoreFixture.Cancellation)).Count);
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task A_sweep_in_the_middle_of_a_save_costs_it_no_page(string provider)
    {
        await using var store = await StoreFixture.CreateAsync(provider);
        await using var other = store.OpenAnother();
        var pages = Enumerable.Range(0, 40).Select(seed => Page(seed)).ToArray();
        var saving = Task.Run(() => SaveAsync(store, 1, pages));
        while (!saving.IsCompleted)
        {
            await other.MigrateAsync(StoreFixture.Cancellation);
        }

        var read = await store.Store.Versions.ReadPagesAsync((await saving).Id, StoreFixture.Cancellation);
        Assert.Equal(pages.Select(page => page.Bytes.Span[0]), read.Select(page => page.Bytes.Span[0]));
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task A_version_of_many_pages_is_stored_whole(string provider)
    {
        await using var store = await StoreFixture.CreateAsync(provider);
        var pages = Enumerable.Range(0, 1_203).Select(number => Small(number)).ToArray();

        var saved = await SaveAsync(store, 1, pages);

        var read = await store.Store.Versions.ReadPagesAsync(saved.Id, StoreFixture.Cancellation);
        Assert.Equal(pages.Select(page => Convert.ToHexString(page.Bytes.Span)), read.Select(page => Convert.ToHexString(page.Bytes.Span)));
        await store.Store.Versions.DeleteAsync(saved.Id, StoreFixture.Cancellation);
        Assert.Equal(0L, await RawSql.ScalarAsync(store, "SELECT count(*) FROM pages"));

        static PageContent Small(int number)
        {
            var bytes = BitConverter.GetBytes(number);
            return new PageContent(SHA256.HashData(bytes), bytes);
        }
    }

    internal static NewVersion Version(long modelId, long sequence) => new()
    {
        ModelId = modelId,
        Lineage = 1,
        Sequence = sequence,
        StateHash = SHA256.HashData(BitConverter.GetBytes(sequence)),
        Manifest = new byte[] { 1, 2 },
        Statistics = new byte[] { 3 },
        Engine = "engine-1",
        Pinned = false,
        Cause = "snapshot",
        CreatedAt = 77,
    };

    internal static PageContent Page(int seed)
    {
        var bytes = new byte[65_536];
        bytes.AsSpan().Fill((byte)seed);
        return new PageContent(SHA256.HashData(bytes), bytes);
    }

    private static Task<VersionRecord> SaveAsync(StoreFixture store, long sequence, params PageContent[] pages)
        => store.Store.Versions.SaveAsync(Version(store.Model.Id, sequence), pages, store.Epoch, StoreFixture.Cancellation);
}
