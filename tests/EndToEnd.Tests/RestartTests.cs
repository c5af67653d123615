using System.Globalization;
using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Models;
using LifelongApi.EndToEnd.Tests.Data;
using LifelongApi.EndToEnd.Tests.Harness;

namespace LifelongApi.EndToEnd.Tests;

/// <summary>A restart is a fold of the journal: everything a model knows is there again.</summary>
public sealed class RestartTests
{
    [Theory]
    [ClassData(typeof(EveryStore))]
    public async Task Metrics_survive_a_kill_to_the_last_digit(StoreKind kind)
    {
        await using var store = await TestStore.CreateAsync(kind);
        await using var server = await ServerProcess.StartAsync(store);
        await server.Http.CreateClassifierAsync("market");
        await server.Http.LearnAsync("market", ElectricityStream.Events(1300, "row"));
        var before = await server.Http.MetricsAsync("market");
        Assert.Equal(1300, before.Total.Count);

        await server.RestartAsync();

        Assert.Equal(LifelongHttp.Json(before), LifelongHttp.Json(await server.Http.MetricsAsync("market")));
    }

    [Theory]
    [ClassData(typeof(EveryStore))]
    public async Task Growth_to_forty_classes_survives_a_kill(StoreKind kind)
    {
        await using var store = await TestStore.CreateAsync(kind);
        await using var server = await ServerProcess.StartAsync(store);
        var events = Enumerable.Range(0, 120).Select(i => new LearnEvent
        {
            EventId = string.Create(CultureInfo.InvariantCulture, $"row-{i}"),
            Features = FeatureSet.Named(new Dictionary<string, object?> { ["kind"] = string.Create(CultureInfo.InvariantCulture, $"k{i % 40}"), ["size"] = i % 40 }),
            Label = string.Create(CultureInfo.InvariantCulture, $"class {i % 40}"),
        }).ToList();
        await server.Http.CreateClassifierAsync("kinds");
        await server.Http.LearnAsync("kinds", events);
        var before = await server.Http.ModelAsync("kinds");
        var answers = await server.Http.PredictTextAsync("kinds", [.. events.Select(learnEvent => learnEvent.Features!)]);
        Assert.Equal(Enumerable.Range(0, 40).Select(i => string.Create(CultureInfo.InvariantCulture, $"class {i}")), before.Classes);

        await server.RestartAsync();

        var after = await server.Http.ModelAsync("kinds");
        Assert.Equal(before.Classes, after.Classes);
        Assert.Equal(before.StateHash, after.StateHash);
        Assert.Equal(answers, await server.Http.PredictTextAsync("kinds", [.. events.Select(learnEvent => learnEvent.Features!)]));
    }

    [Theory]
    [ClassData(typeof(EveryStore))]
    public async Task A_regressor_comes_back_bit_for_bit(StoreKind kind)
    {
        await using var store = await TestStore.CreateAsync(kind);
        await using var server = await ServerProcess.StartAsync(store);
        var rows = ElectricityStream.Rows(400);
        await server.Http.CreateAsync("demand", new CreateModelRequest { Preset = "regressor" });
        await server.Http.LearnAsync("demand", [.. rows.Select((row, i) => new LearnEvent
        {
            EventId = string.Create(CultureInfo.InvariantCulture, $"row-{i}"),
            Features = row.Features,
            Target = [(3 * row.Price) - (2 * row.Demand)],
        })]);
        var metrics = await server.Http.MetricsAsync("demand");
        Assert.True(metrics.Total.RootMeanSquaredError < metrics.Baselines.Majority.RootMeanSquaredError, LifelongHttp.Json(metrics));
        var before = await server.Http.PredictTextAsync("demand", [.. rows.Select(row => row.Features)]);

        await server.RestartAsync();

        Assert.Equal(before, await server.Http.PredictTextAsync("demand", [.. rows.Select(row => row.Features)]));
    }

    [Theory]
    [ClassData(typeof(EveryStore))]
    public async Task A_follower_folds_to_the_state_of_its_leader(StoreKind kind)
    {
        await using var store = await TestStore.CreateAsync(kind);
        await using var server = await ServerProcess.StartAsync(store);
        await server.Http.CreateClassifierAsync("market");
        await server.Http.LearnAsync("market", ElectricityStream.Events(300, "before"));
        await server.Http.CreateAsync("shadow", new CreateModelRequest { Preset = "classifier", Follow = "market" });
        await server.Http.LearnAsync("market", ElectricityStream.Events(100, "after", seed: 8));

        var leader = await server.Http.ModelAsync("market");
        var shadow = await CaughtUpAsync(server, leader.Sequence);
        Assert.Equal(ModelRole.Follower, shadow.Role);
        Assert.Equal("market", shadow.Stream);
        Assert.Equal(leader.StateHash, shadow.StateHash);

        await server.RestartAsync();
        Assert.Equal(leader.StateHash, (await CaughtUpAsync(server, leader.Sequence)).StateHash);
    }

    private static Task<ModelInfo> CaughtUpAsync(ServerProcess server, long sequence) =>
        Eventually.Async("the follower to catch up", async () => await server.Http.ModelAsync("shadow") is { } model && model.Sequence >= sequence ? model : null);
}
