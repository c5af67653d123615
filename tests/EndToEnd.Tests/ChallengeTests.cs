using LifelongApi.Contracts.Events;
using LifelongApi.Contracts.Journal;
using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.EndToEnd.Tests.Data;
using LifelongApi.EndToEnd.Tests.Harness;

namespace LifelongApi.EndToEnd.Tests;

/// <summary>A follower is compared with its leader, promoted, and goes on after a kill.</summary>
public sealed class ChallengeTests
{
    [Theory]
    [ClassData(typeof(EveryStore))]
    public async Task A_challenger_is_compared_promoted_and_leads_after_a_kill(StoreKind kind)
    {
        await using var store = await TestStore.CreateAsync(kind);
        await using var server = await ServerProcess.StartAsync(store);
        var events = ElectricityStream.Events(300, "row");
        await server.Http.CreateClassifierAsync("market");
        await server.Http.LearnAsync("market", [.. events.Take(100)]);
        await server.Http.CreateAsync("trial", new CreateModelRequest { Preset = "classifier", Seed = 2, Follow = "market" });
        await server.Http.LearnAsync("market", [.. events.Skip(100).Take(100)]);

        var comparison = await ComparedAsync(server, "trial", 200);
        var market = await server.Http.MetricsAsync("market");
        var trial = await server.Http.MetricsAsync("trial");
        Assert.Equal((200L, "market"), (comparison.Events, comparison.Leader));
        Assert.Equal(1 - market.Total.Accuracy!.Value, comparison.LeaderScore!.Value, 1e-6);
        Assert.Equal(1 - trial.Total.Accuracy!.Value, comparison.ChallengerScore!.Value, 1e-6);
        var before = await server.Http.ModelAsync("trial");

        var promoted = (await CliRun.RunAsync("promote", "trial", "--json", "--url", server.Address.ToString())).Json();
        Assert.Equal(("trial", "market"), (promoted.GetProperty("leader").GetString(), promoted.GetProperty("follower").GetString()));
        await server.RestartAsync();
        var after = await server.Http.ModelAsync("trial");
        Assert.Equal((ModelRole.Leader, before.StateHash), (after.Role, after.StateHash));
        var results = await server.Http.LearnAsync("trial", events);
        Assert.Equal((200, 100), (results.Count(result => result.Status == LearnStatus.Duplicate), results.Count(result => result.Status == LearnStatus.Learned)));
        Assert.All(results, result => Assert.NotNull(result.Loss));

        var back = await ComparedAsync(server, "market", 100);
        Assert.Equal((100L, "trial"), (back.Events, back.Leader));
        var shown = await CliRun.RunAsync("compare", "market", "--url", server.Address.ToString());
        Assert.StartsWith("market is ", shown.Output, StringComparison.Ordinal);

        // Both are what a model of their own would be after the same events.
        await server.Http.CreateAsync("twin", new CreateModelRequest { Preset = "classifier", Seed = 2 });
        await server.Http.LearnAsync("twin", events);
        Assert.Equal((await server.Http.ModelAsync("twin")).StateHash, (await server.Http.ModelAsync("trial")).StateHash);
    }

    [Theory]
    [ClassData(typeof(EveryStore))]
    public async Task Who_calls_the_stream_sees_a_change_of_lead_as_a_wait(StoreKind kind)
    {
        await using var store = await TestStore.CreateAsync(kind);
        await using var server = await ServerProcess.StartAsync(store);
        var events = ElectricityStream.Events(400, "row");
        await server.Http.CreateClassifierAsync("market");
        await server.Http.CreateAsync("trial", new CreateModelRequest { Preset = "classifier", Seed = 2, Follow = "market" });
        await server.Http.LearnAsync("market", [.. events.Take(100)]);

        // One caller sends events one by one, another types rows, a third listens; the lead changes twice meanwhile. None of them sees an error.
        using var listening = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var heard = ListenAsync(server, 400, listening.Token);
        await using var rows = await Http1RowExchange.OpenPathAsync(server.Address, "/v1/streams/market/stream");
        var one = new List<LearnResult>();
        var other = new List<LearnResult>();
        var leaders = new List<string>();
        var sending = SendAsync();
        var typing = TypeAsync();
        foreach (var next in new[] { "trial", "market", "trial" })
        {
            var before = one.Count;
            await Eventually.Async("some events were learned", () => Task.FromResult(one.Count > before + 20 ? one : null));
            await server.Http.PostAsync<PromotionResult>($"/v1/admin/models/{next}:promote");
        }

        await Task.WhenAll(sending, typing);
        Assert.All(one.Concat(other), result => Assert.Equal(LearnStatus.Learned, result.Status));
        Assert.Equal(["market", "trial"], leaders.Distinct().Order());
        Assert.Equal(400, (await server.Http.MetricsAsync("trial")).Events["learned"]);
        Assert.Equal(events.Select(learn => learn.EventId).Order(), (await heard).Order());

        async Task SendAsync()
        {
            foreach (var learn in events.Skip(100).Take(150))
            {
                one.Add(await server.Http.PostAsync<LearnResult>("/v1/streams/market/learn", learn));
                leaders.Add((await server.Http.PostAsync<PredictResponse>("/v1/streams/market/predict", new PredictRequest { Features = learn.Features, Remember = leaders.Count % 10 == 0 })).Model);
            }
        }

        async Task TypeAsync()
        {
            foreach (var learn in events.Skip(250))
            {
                await rows.SendAsync(LifelongHttp.Json(learn));
                other.Add(await rows.NextAsync());
            }
        }
    }

    [Theory]
    [ClassData(typeof(EveryStore))]
    public async Task A_challenger_that_learns_takes_the_lead_from_one_that_does_not_by_itself(StoreKind kind)
    {
        await using var store = await TestStore.CreateAsync(kind);
        await using var server = await ServerProcess.StartAsync(store);
        await server.Http.CreateAsync("market", Still);
        var created = await CliRun.RunAsync("create", "challenger", "--preset", "compact", "--follow", "market", "--challenge", "0.05", "--url", server.Address.ToString());
        Assert.True(created.ExitCode == 0, created.Error);
        LearnEvent[] events = [.. Enumerable.Range(0, 400).Select(i => new LearnEvent { EventId = $"row-{i}", Features = FeatureSet.Dense(new[] { MathF.Sin(i), 1f }), Label = MathF.Sin(i) > 0f ? "up" : "down" })];
        var learned = await server.Http.PostAsync<LearnBatchResponse>("/v1/streams/market/learn", new LearnBatchRequest { Events = events });
        Assert.All(learned.Results, result => Assert.Equal(LearnStatus.Learned, result.Status));

        await Eventually.Async("the challenger leads", async () => (await server.Http.ModelAsync("challenger")) is { Role: ModelRole.Leader } leader ? leader : null);
        await server.RestartAsync();
        Assert.Equal("challenger", (await server.Http.PostAsync<PredictResponse>("/v1/streams/market/predict", new PredictRequest { Features = events[0].Features })).Model);
        Assert.Equal(ModelRole.Follower, (await server.Http.ModelAsync("market")).Role);
        var again = await server.Http.PostAsync<LearnBatchResponse>("/v1/streams/market/learn", new LearnBatchRequest { Events = events });
        Assert.All(again.Results, result => Assert.Equal(LearnStatus.Duplicate, result.Status));

        // By name of the stream, the commands reach whoever leads.
        var asked = await CliRun.RunAsync("predict", "market", "--by-stream", "--features", "[0.9, 1]", "--url", server.Address.ToString());
        Assert.StartsWith("up", asked.Output, StringComparison.Ordinal);
        var taught = await CliRun.RunAsync("learn", "market", "--by-stream", "--features", "[0.9, 1]", "--label", "up", "--url", server.Address.ToString());
        Assert.True(taught.ExitCode == 0, taught.Error);
        Assert.Equal(1, (await CliRun.RunAsync("learn", "market", "--features", "[0.9, 1]", "--label", "up", "--url", server.Address.ToString())).ExitCode);
    }

    /// <summary>A model that never moves.</summary>
    private static CreateModelRequest Still => new()
    {
        Input = new InputSpec { Kind = InputKind.Vector, Size = 2, Standardise = Standardisation.None },
        Target = new TargetSpec { Kind = TargetKind.Label },
        Network = new NetworkSpec
        {
            Populations = [new PopulationSpec { Name = "input", Kind = PopulationKind.Input }, new PopulationSpec { Name = "output", Kind = PopulationKind.Identity }],
            Projections = [new ProjectionSpec { Name = "readout", From = "input", To = "output", Rule = new CreditRuleSpec(), Transforms = [new LearningRateSpec { Rate = 0f }] }],
            Head = new SoftmaxHeadSpec(),
        },
    };

    /// <summary>Ids of the events that a listener of the stream hears over one connection.</summary>
    private static async Task<List<string>> ListenAsync(ServerProcess server, int count, CancellationToken cancellation)
    {
        using var http = new HttpClient { BaseAddress = server.Address };
        using var stream = new StreamReader(await http.GetStreamAsync(new Uri("/v1/streams/market/events?types=learned&after=0", UriKind.Relative), cancellation));
        var heard = new List<string>();
        while (heard.Count < count && await stream.ReadLineAsync(cancellation) is { } line)
        {
            if (line.StartsWith("data: ", StringComparison.Ordinal) && LifelongHttp.Read<ModelEvent>(line[6..]) is { Kind: EventKind.Learned } told)
            {
                heard.Add(told.EventId!);
            }
        }

        return heard;
    }

    private static async Task<ComparisonInfo> ComparedAsync(ServerProcess server, string challenger, long events)
    {
        var comparison = await server.Http.GetAsync<ComparisonInfo>($"/v1/models/{challenger}/comparison");
        while (comparison.Events < events)
        {
            await Task.Delay(50, TestContext.Current.CancellationToken);
            comparison = await server.Http.GetAsync<ComparisonInfo>($"/v1/models/{challenger}/comparison");
        }

        return comparison;
    }
}
