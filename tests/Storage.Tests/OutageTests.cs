using LifelongApi.Storage.Journal;
using LifelongApi.Testing;
using Microsoft.Data.Sqlite;

namespace LifelongApi.Storage.Tests;

public sealed class OutageTests
{
    [Fact]
    public async Task When_Postgres_goes_away_every_call_says_so_and_when_it_is_back_all_goes_on()
    {
        var server = await PostgresServer.StartOwnAsync();
        await using var store = LifelongStore.Open(await server.CreateDatabaseAsync());
        await store.MigrateAsync(StoreFixture.Cancellation);
        var model = (await store.Models.CreateLeaderAsync(StoreFixture.NewModel("elec"), StoreFixture.Cancellation))!;
        var epoch = (await store.Journal.OpenStreamAsync(model.StreamId, StoreFixture.Cancellation)).Epoch;
        await AppendAsync(1, epoch);
        Assert.True(await store.IsReachableAsync(StoreFixture.Cancellation));

        await server.StopAsync();

        await Assert.ThrowsAsync<StoreUnavailableException>(() => AppendAsync(2, epoch));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => AppendAsync(2, epoch));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.Models.FindAsync("elec", StoreFixture.Cancellation));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.Journal.OpenStreamAsync(model.StreamId, StoreFixture.Cancellation));
        Assert.False(await store.IsReachableAsync(StoreFixture.Cancellation));

        await server.StartAsync();

        var opening = await OpenUntilItWorksAsync();
        Assert.Equal(new StreamOpening(epoch + 1, 1), opening);
        await AppendAsync(2, opening.Epoch);
        Assert.True(await store.IsReachableAsync(StoreFixture.Cancellation));

        Task AppendAsync(long sequence, long withEpoch) => store.Journal.AppendAsync(
            new AppendRequest { StreamId = model.StreamId, Epoch = withEpoch, Events = [StoreFixture.Event(sequence)] }, StoreFixture.Cancellation);

        // Broken connections that are still in the pool are found out one by one.
        async Task<StreamOpening> OpenUntilItWorksAsync()
        {
            for (var attempt = 0; ; attempt++)
            {
                try
                {
                    return await store.Journal.OpenStreamAsync(model.StreamId, StoreFixture.Cancellation);
                }
                catch (StoreUnavailableException) when (attempt < 20)
                {
                    continue;
                }
            }
        }
    }

    [Fact]
    public async Task A_SQLite_file_that_another_program_holds_is_unavailable_until_it_lets_go()
    {
        await using var database = await TestDatabase.CreateAsync("sqlite");
        await using var store = LifelongStore.Open(database.ConnectionString + ";Default Timeout=1");
        await store.MigrateAsync(StoreFixture.Cancellation);
        var model = (await store.Models.CreateLeaderAsync(StoreFixture.NewModel("elec"), StoreFixture.Cancellation))!;
        var epoch = (await store.Journal.OpenStreamAsync(model.StreamId, StoreFixture.Cancellation)).Epoch;
        await using (var holder = new SqliteConnection(database.ConnectionString + ";Pooling=False"))
        {
            await holder.OpenAsync(StoreFixture.Cancellation);
            await using var held = holder.BeginTransaction(deferred: false);

            await Assert.ThrowsAsync<StoreUnavailableException>(AppendAsync);
            await Assert.ThrowsAsync<StoreUnavailableException>(() => store.Journal.OpenStreamAsync(model.StreamId, StoreFixture.Cancellation));
            // Readers are not disturbed.
            Assert.NotNull(await store.Models.FindAsync("elec", StoreFixture.Cancellation));
        }

        await AppendAsync();
        Assert.Equal(1, await store.Journal.CountEventsAsync(model.StreamId, StoreFixture.Cancellation));

        Task AppendAsync() => store.Journal.AppendAsync(
            new AppendRequest { StreamId = model.StreamId, Epoch = epoch, Events = [StoreFixture.Event(1)] }, StoreFixture.Cancellation);
    }

    [Fact]
    public async Task A_programmers_error_is_not_taken_for_an_outage()
    {
        await using var store = await StoreFixture.CreateAsync("postgres");

        var failure = await Record.ExceptionAsync(() => store.AppendAsync(StoreFixture.Event(1, "nul\0character")));

        Assert.NotNull(failure);
        Assert.IsNotType<StoreUnavailableException>(failure);
    }
}
