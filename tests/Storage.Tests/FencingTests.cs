using LifelongApi.Storage.Journal;
using LifelongApi.Storage.Versions;

namespace LifelongApi.Storage.Tests;

public sealed class FencingTests
{
    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task A_host_with_an_old_epoch_can_neither_append_nor_save_nor_restore(string provider)
    {
        await using var store = await StoreFixture.CreateAsync(provider);
        await store.AppendAsync(StoreFixture.Event(1));
        await using var other = store.OpenAnother();

        var opening = await other.Journal.OpenStreamAsync(store.StreamId, StoreFixture.Cancellation);

        Assert.Equal(new StreamOpening(store.Epoch + 1, 1), opening);
        await Assert.ThrowsAsync<FencedException>(() => store.AppendAsync(StoreFixture.Event(2)));
        await Assert.ThrowsAsync<FencedException>(() => store.AppendAsync());
        await Assert.ThrowsAsync<FencedException>(() => store.AppendAsync(StoreFixture.Event(2) with { Subject = "ann" }));
        await Assert.ThrowsAsync<FencedException>(() => store.AppendAsync(Large(2)));
        await Assert.ThrowsAsync<FencedException>(() => store.RestoreAsync(2, 2, 0));
        await Assert.ThrowsAsync<FencedException>(
            () => store.Store.Versions.SaveAsync(VersionTests.Version(store.Model.Id, 1), [VersionTests.Page(1)], store.Epoch, StoreFixture.Cancellation));
        Assert.Single(await store.ReadAsync());
        Assert.Empty(await store.Store.Versions.ListAsync(store.Model.Id, null, 10, StoreFixture.Cancellation));
        Assert.Single(await store.Store.Models.ListLineagesAsync(store.Model.Id, StoreFixture.Cancellation));

        static Contracts.Journal.JournalEvent[] Large(long first)
            => [.. StoreFixture.Events(first, 20).Select(item => item with { Payload = new byte[4_000] })];
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task Outcomes_and_names_of_a_fenced_host_are_not_written_either(string provider)
    {
        await using var store = await StoreFixture.CreateAsync(provider);
        await store.Journal.OpenStreamAsync(store.StreamId, StoreFixture.Cancellation);

        await Assert.ThrowsAsync<FencedException>(() => store.Journal.AppendAsync(
            new AppendRequest
            {
                StreamId = store.StreamId,
                Epoch = store.Epoch,
                Events = [],
                Names = [new FeatureNameRow(0, "price")],
                Outcomes = [new OutcomeRow(store.Model.Id, 1, 1, new byte[] { 1 })],
            },
            StoreFixture.Cancellation));

        Assert.Empty(await store.Journal.ListFeatureNamesAsync(store.StreamId, StoreFixture.Cancellation));
        Assert.Equal(0, await store.Journal.FindLastOutcomeAsync(store.Model.Id, 1, StoreFixture.Cancellation));
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task Of_hosts_that_race_for_a_stream_exactly_one_goes_on_writing(string provider)
    {
        await using var store = await StoreFixture.CreateAsync(provider);
        var hosts = Enumerable.Range(0, 4).Select(_ => store.OpenAnother()).ToList();
        using var start = new Barrier(hosts.Count);

        var results = await Task.WhenAll(hosts.Select((host, number) => Task.Run(async () =>
        {
            start.SignalAndWait(StoreFixture.Cancellation);
            var opening = await host.Journal.OpenStreamAsync(store.StreamId, StoreFixture.Cancellation);
            var acknowledged = new List<string>();
            try
            {
                for (var turn = 1; turn <= 20; turn++)
                {
                    var id = $"{number}-{turn}";
                    await host.Journal.AppendAsync(
                        new AppendRequest { StreamId = store.StreamId, Epoch = opening.Epoch, Events = [StoreFixture.Event(opening.LastSequence + turn, id)] },
                        StoreFixture.Cancellation);
                    acknowledged.Add(id);
                }

                return (opening.Epoch, acknowledged, Fenced: false);
            }
            catch (FencedException)
            {
                return (opening.Epoch, acknowledged, Fenced: true);
            }
        })));

        var epochs = results.Select(result => result.Epoch).ToList();
        Assert.Equal(epochs.Count, epochs.Distinct().Count());
        Assert.False(results.MaxBy(result => result.Epoch).Fenced);
        Assert.Equal(20, results.MaxBy(result => result.Epoch).acknowledged.Count);
        // What was acknowledged is there, in one order, and nothing else is.
        var written = (await store.ReadAsync()).Select(item => item.EventId);
        Assert.Equal(results.OrderBy(result => result.Epoch).SelectMany(result => result.acknowledged), written);
        foreach (var host in hosts)
        {
            await host.DisposeAsync();
        }
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task A_deleted_stream_fences_its_host(string provider)
    {
        await using var store = await StoreFixture.CreateAsync(provider);
        Assert.True(await store.Store.Models.DeleteAsync(store.Model.Id, StoreFixture.Cancellation));

        await Assert.ThrowsAsync<FencedException>(() => store.AppendAsync(StoreFixture.Event(1)));
        await Assert.ThrowsAsync<FencedException>(() => store.AppendAsync(StoreFixture.Event(1) with { Subject = "ann" }));
    }
}
