using LifelongApi.Client;
using LifelongApi.Contracts.Admin;
using LifelongApi.Contracts.Events;
using LifelongApi.Contracts.Journal;
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

    [Theory]
    [ClassData(typeof(EveryStore))]
    public async Task Everything_that_happens_is_told_and_what_a_slow_listener_missed_is_said(StoreKind kind)
    {
        await using var store = await TestStore.CreateAsync(kind);
        await using var server = await ServerProcess.StartAsync(store, "--Lifelong:FeedCapacity", "2", "--Lifelong:HeartbeatSeconds", "0.05");
        await server.Http.CreateClassifierAsync("market");
        using var http = new HttpClient { BaseAddress = server.Address };
        using var live = new StreamReader(await http.GetStreamAsync(new Uri("/v1/models/market/events", UriKind.Relative), TestContext.Current.CancellationToken));
        Assert.Equal(": nothing new", await live.ReadLineAsync(TestContext.Current.CancellationToken));

        // One batch that is applied faster than a listener with room for two can be written to.
        LearnEvent[] events = [.. Enumerable.Range(0, 200).Select(i => new LearnEvent { EventId = $"row-{i}", Task = i < 100 ? "old" : "new", Label = $"class-{i % 20}", Features = FeatureSet.Named(new Dictionary<string, object?> { ["kind"] = (double)(i % 20) }) })];
        await server.Http.LearnAsync("market", events);
        var snapshot = await server.Http.SnapshotAsync("market");
        await server.Http.RestoreAsync("market", snapshot.Version);
        await server.Http.PostAsync<SleepResult>("/v1/admin/models/market:sleep", new SleepRequest { Slices = 1 });

        var all = await server.Http.ModelAsync("market");
        var told = new List<ModelEvent>();
        while (told.Count == 0 || told[^1].Sequence < all.Sequence)
        {
            if (await live.ReadLineAsync(TestContext.Current.CancellationToken) is { } line && line.StartsWith("data: ", StringComparison.Ordinal))
            {
                told.Add(LifelongHttp.Read<ModelEvent>(line[6..]));
            }
        }

        // Whatever was left out is in a range that was told: together they are everything.
        var dropped = told.Where(one => one.Type == ModelEventType.Dropped).ToList();
        var learned = told.Where(one => one.Type == ModelEventType.Learned).Select(one => one.Sequence).ToList();
        var journalled = (await server.Http.HistoryAsync("market")).Where(one => one.Kind == EventKind.Learned).Select(one => one.Sequence).ToList();
        Assert.All(journalled, sequence => Assert.True(learned.Contains(sequence) || dropped.Exists(gap => gap.From <= sequence && sequence <= gap.Sequence), $"Event {sequence} was neither told nor said to be missing."));

        // Out of the journal nothing is missing.
        using var client = new LifelongClient(new LifelongClientOptions { Address = server.Address });
        var types = new HashSet<ModelEventType>();
        await foreach (var one in client.ListenAsync("market", after: 0, cancellationToken: TestContext.Current.CancellationToken))
        {
            types.Add(one.Type);
            if (one.Sequence == all.Sequence && one.Type == ModelEventType.Version)
            {
                break;
            }

            if (one.Type == ModelEventType.Sleep)
            {
                // A version tells that everything before it was told.
                await server.Http.SnapshotAsync("market");
            }
        }

        Assert.Superset(new HashSet<ModelEventType> { ModelEventType.Learned, ModelEventType.Modulators, ModelEventType.Task, ModelEventType.Growth, ModelEventType.Restored, ModelEventType.Sleep, ModelEventType.Version }, types);
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
