using LifelongApi.Contracts.Journal;
using LifelongApi.Contracts.Learning;
using LifelongApi.EndToEnd.Tests.Data;
using LifelongApi.EndToEnd.Tests.Harness;

namespace LifelongApi.EndToEnd.Tests;

/// <summary>SIGKILL in the middle of the work: what was acknowledged is there, and nothing is there twice.</summary>
public sealed class KillTests
{
    private const int Rows = 1200;

    public static TheoryData<StoreKind, int> KillPoints() => new()
    {
        { StoreKind.Sqlite, 1 },
        { StoreKind.Sqlite, 137 },
        { StoreKind.Sqlite, 640 },
        { StoreKind.Postgres, 1 },
        { StoreKind.Postgres, 137 },
        { StoreKind.Postgres, 640 },
    };

    [Theory]
    [MemberData(nameof(KillPoints))]
    public async Task Killed_at_an_acknowledgement_and_sent_again_gives_the_state_of_an_undisturbed_run(StoreKind kind, int acknowledgements)
    {
        var events = ElectricityStream.Events(Rows, "row");
        await using var quietStore = await TestStore.CreateAsync(kind);
        await using var quiet = await ServerProcess.StartAsync(quietStore);
        await quiet.Http.CreateClassifierAsync("market");
        await quiet.Http.LearnAsync("market", events);
        var expected = await quiet.Http.ModelAsync("market");

        await using var store = await TestStore.CreateAsync(kind);
        await using var server = await ServerProcess.StartAsync(store);
        await server.Http.CreateClassifierAsync("market");
        var acknowledged = await StreamUntilKilledAsync(server, events, acknowledgements);
        await server.RestartAsync();

        var results = await server.Http.LearnAsync("market", events);
        Assert.All(results.Take(acknowledged), result => Assert.Equal(LearnStatus.Duplicate, result.Status));
        Assert.All(results, result => Assert.True(result.Status is LearnStatus.Learned or LearnStatus.Duplicate));
        Assert.Equal(expected.StateHash, (await server.Http.ModelAsync("market")).StateHash);
        Assert.Equal(Rows, (await server.Http.MetricsAsync("market")).Total.Count);

        var learned = (await server.Http.HistoryAsync("market")).Where(entry => entry.Kind == EventKind.Learned).Select(entry => entry.EventId).ToList();
        Assert.Equal(events.Select(learnEvent => learnEvent.EventId), learned.AsEnumerable().Reverse());
    }

    // Rows go out without waiting, so there are always some under way when the server dies.
    private static async Task<int> StreamUntilKilledAsync(ServerProcess server, IReadOnlyList<LearnEvent> events, int acknowledgements)
    {
        await using var exchange = await Http1RowExchange.OpenAsync(server.Address, "market");
        var sending = SendAsync(exchange, events);
        for (var i = 0; i < acknowledgements; i++)
        {
            Assert.Equal(LearnStatus.Learned, (await exchange.NextAsync()).Status);
        }

        await server.KillAsync();
        await sending;
        return acknowledgements;
    }

    private static async Task SendAsync(Http1RowExchange exchange, IReadOnlyList<LearnEvent> events)
    {
        try
        {
            foreach (var learnEvent in events)
            {
                await exchange.SendAsync(LifelongHttp.Json(learnEvent));
            }
        }
        catch (IOException)
        {
            // The server is dead, as it should be.
        }
    }
}
