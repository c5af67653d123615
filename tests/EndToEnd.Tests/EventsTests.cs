using LifelongApi.Client;
using LifelongApi.Contracts.Events;
using LifelongApi.Contracts.Learning;
using LifelongApi.EndToEnd.Tests.Data;
using LifelongApi.EndToEnd.Tests.Harness;

namespace LifelongApi.EndToEnd.Tests;

/// <summary>Server-sent events over a kill: a listener hears every event once.</summary>
public sealed class EventsTests
{
    [Theory]
    [ClassData(typeof(EveryStore))]
    public async Task A_listener_hears_every_event_once_over_a_kill(StoreKind kind)
    {
        await using var store = await TestStore.CreateAsync(kind);
        await using var server = await ServerProcess.StartAsync(store);
        await server.Http.CreateClassifierAsync("market");
        var events = ElectricityStream.Events(60, "row");
        await server.Http.LearnAsync("market", [.. events.Take(20)]);
        using var client = new LifelongClient(new LifelongClientOptions { Address = server.Address, RetryFor = TimeSpan.FromMinutes(2) });
        var heard = HearAsync(client, events[^1].EventId!);

        await server.Http.LearnAsync("market", [.. events.Skip(20).Take(20)]);
        await server.RestartAsync();
        await server.Http.LearnAsync("market", [.. events.Skip(40)]);

        var learned = (await heard).Where(told => told.Type == ModelEventType.Learned).ToList();
        Assert.Equal(events.Select(row => row.EventId), learned.Select(told => told.EventId));
        Assert.All(learned, told => Assert.Equal(LearnStatus.Learned, told.Status));

        var told = await CliRun.RunAsync("events", "market", "--after", "0", "--types", "learned", "--count", "2", "--url", server.Address.ToString());
        Assert.Equal(2, told.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    private static async Task<List<ModelEvent>> HearAsync(LifelongClient client, string last)
    {
        var heard = new List<ModelEvent>();
        await foreach (var told in client.ListenAsync("market", after: 0, cancellationToken: TestContext.Current.CancellationToken))
        {
            heard.Add(told);
            if (told.EventId == last)
            {
                break;
            }
        }

        return heard;
    }
}
