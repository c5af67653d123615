using System.Net;
using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.EndToEnd.Tests.Data;
using LifelongApi.EndToEnd.Tests.Harness;

namespace LifelongApi.EndToEnd.Tests;

/// <summary>Durability <c>none</c>: what is learned lives in memory and in versions, and whoever asks for the journal is told that there is none.</summary>
public sealed class MemoryOnlyTests
{
    [Theory]
    [ClassData(typeof(EveryStore))]
    public async Task A_kill_loses_what_came_after_the_newest_version_and_nothing_else(StoreKind kind)
    {
        await using var store = await TestStore.CreateAsync(kind);
        await using var server = await ServerProcess.StartAsync(store);
        LearnEvent[] events = [.. ElectricityStream.Events(200, "row"), .. ElectricityStream.Rows(100, seed: 8).Select(Backwards)];
        await server.Http.CreateAsync("market", Request());
        await server.Http.LearnAsync("market", events[..200]);
        var kept = await server.Http.SnapshotAsync("market");
        var asked = events.Select(row => row.Features!).ToArray();
        var answers = await server.Http.PredictTextAsync("market", asked);
        await server.Http.LearnAsync("market", events[200..]);
        Assert.NotEqual(kept.StateHash, (await server.Http.ModelAsync("market")).StateHash);

        await server.RestartAsync();

        var after = await server.Http.ModelAsync("market");
        Assert.Equal((200L, kept.StateHash), (after.Sequence, after.StateHash));
        Assert.Equal(answers, await server.Http.PredictTextAsync("market", asked));

        // It goes on as the model that was never killed: what replay memory holds refers to the names of features, which are there too.
        await server.Http.CreateAsync("undisturbed", Request());
        await server.Http.LearnAsync("undisturbed", events);
        await server.Http.LearnAsync("market", events[200..]);
        Assert.Equal((await server.Http.ModelAsync("undisturbed")).StateHash, (await server.Http.ModelAsync("market")).StateHash);
    }

    [Theory]
    [ClassData(typeof(EveryStore))]
    public async Task It_goes_back_to_a_version_and_stays_there_after_a_kill(StoreKind kind)
    {
        await using var store = await TestStore.CreateAsync(kind);
        await using var server = await ServerProcess.StartAsync(store);
        var events = ElectricityStream.Events(120, "row").ToArray();
        await server.Http.CreateAsync("market", Request());
        await server.Http.LearnAsync("market", events[..60]);
        var kept = await server.Http.SnapshotAsync("market");
        await server.Http.LearnAsync("market", events[60..]);

        var restored = await server.Http.RestoreAsync("market", kept.Version);
        await server.RestartAsync();

        var after = await server.Http.ModelAsync("market");
        Assert.Equal((kept.StateHash, kept.StateHash), (restored.StateHash, after.StateHash));
        Assert.Equal((2, LearnStatus.Learned), (after.Lineage, (await server.Http.LearnAsync("market", events[60])).Status));
    }

    [Theory]
    [ClassData(typeof(EveryStore))]
    public async Task What_needs_the_journal_is_refused_with_a_reason_and_nothing_is_a_duplicate(StoreKind kind)
    {
        await using var store = await TestStore.CreateAsync(kind);
        await using var server = await ServerProcess.StartAsync(store);
        var row = ElectricityStream.Events(1, "row")[0];
        await server.Http.CreateAsync("market", Request());
        var results = await server.Http.LearnAsync("market", [row, row]);
        Assert.All(results, result => Assert.Equal((LearnStatus.Learned, row.EventId), (result.Status, result.EventId)));
        Assert.Empty(await server.Http.HistoryAsync("market"));

        foreach (var (status, method, path, body) in new[]
        {
            (HttpStatusCode.Conflict, HttpMethod.Post, "/v1/models/market/predict", """{"features":{"price":1},"remember":true,"eventId":"q"}"""),
            (HttpStatusCode.Conflict, HttpMethod.Post, "/v1/models/market/feedback", """{"eventId":"row-0","label":"up"}"""),
            (HttpStatusCode.BadRequest, HttpMethod.Put, "/v1/models/shadow", """{"preset":"classifier","follow":"market"}"""),
        })
        {
            var refusal = await server.Http.RefusedAsync(status, method, path, body);
            Assert.Contains("durability none", LifelongHttp.Json(refusal), StringComparison.Ordinal);
        }
    }

    // The names in another order: were they not stored, they would get other numbers when they come first after a restart.
    private static LearnEvent Backwards(MarketRow row) => new()
    {
        Features = FeatureSet.Named(new Dictionary<string, object?> { ["transfer"] = row.Transfer, ["nswdemand"] = row.Demand, ["nswprice"] = row.Price, ["period"] = row.Period }),
        Label = row.Label,
    };

    // With a memory of examples, whose payloads outlive the events that they came with.
    private static CreateModelRequest Request() => new()
    {
        Input = new InputSpec { Kind = InputKind.Named, HashBits = 6, Standardise = Standardisation.PerFeature },
        Target = new TargetSpec { Kind = TargetKind.Label },
        Durability = Durability.None,
        Network = new NetworkSpec
        {
            Populations = [new PopulationSpec { Name = "input", Kind = PopulationKind.Input }, new PopulationSpec { Name = "output", Kind = PopulationKind.Identity }],
            Projections = [new ProjectionSpec { Name = "readout", From = "input", To = "output", Rule = new CreditRuleSpec(), Transforms = [new LearningRateSpec { Rate = 0.05f }] }],
            Head = new SoftmaxHeadSpec(),
            Maintenance = [new ReplaySpec { Capacity = 50, PerEvent = 1 }],
        },
    };
}
