using System.Net;
using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Models;
using LifelongApi.EndToEnd.Tests.Harness;

namespace LifelongApi.EndToEnd.Tests;

/// <summary>A model without labels over the wire: it says what is unusual before it learns, and a kill changes nothing of it.</summary>
public sealed class AnomalyTests
{
    [Theory]
    [ClassData(typeof(EveryStore))]
    public async Task What_is_unusual_is_called_so_and_survives_a_kill(StoreKind kind)
    {
        await using var store = await TestStore.CreateAsync(kind);
        await using var server = await ServerProcess.StartAsync(store);
        await server.Http.CreateAsync("pumps", new CreateModelRequest { Preset = "anomaly", Input = new InputSpec { Kind = InputKind.Named, HashBits = 6 }, Target = new TargetSpec { Kind = TargetKind.Anomaly, Quantile = 0.98 } });
        var results = await server.Http.LearnAsync("pumps", [.. Enumerable.Range(0, 400).Select(Row)]);
        Assert.All(results, result => Assert.Equal(LearnStatus.Observed, result.Status));
        Assert.All(results.Take(40), result => Assert.Null(result.Prediction?.Score));
        Assert.All(results.Skip(60), result => Assert.NotNull(result.Prediction?.Score));

        var usual = await server.Http.PredictAsync("pumps", Features(3, 1));
        var unusual = await server.Http.PredictAsync("pumps", Features(-3, 40));
        Assert.False(usual.IsAnomaly);
        Assert.True(unusual.IsAnomaly);
        Assert.True(unusual.Score > 2 * Math.Max(1, usual.Score!.Value) && unusual.Surprise > usual.Surprise);

        await server.Http.RefusedAsync(HttpStatusCode.BadRequest, HttpMethod.Post, "/v1/models/pumps/learn", """{"features":{"pressure":1},"label":"odd"}""");
        var before = await server.Http.ModelAsync("pumps");
        var metrics = await server.Http.MetricsAsync("pumps");
        Assert.Equal(399, metrics.Anomalies?.Count);
        Assert.InRange(metrics.Anomalies!.Rate!.Value, 0, 0.1);

        await server.KillAsync();
        await server.RestartAsync();
        Assert.Equal(before.StateHash, (await server.Http.ModelAsync("pumps")).StateHash);
        Assert.Equal(unusual with { Position = "" }, await server.Http.PredictAsync("pumps", Features(-3, 40)) with { Position = "" });
        Assert.Equal(results[^1].Prediction, (await server.Http.LearnAsync("pumps", Row(399))).Prediction);
    }

    [Theory]
    [ClassData(typeof(EveryStore))]
    public async Task It_follows_a_stream_that_has_labels(StoreKind kind)
    {
        await using var store = await TestStore.CreateAsync(kind);
        await using var server = await ServerProcess.StartAsync(store);
        await server.Http.CreateClassifierAsync("pumps");
        await server.Http.LearnAsync("pumps", [.. Enumerable.Range(0, 100).Select(n => Row(n) with { Label = n % 2 == 0 ? "open" : "shut" })]);
        await server.Http.CreateAsync("watch", new CreateModelRequest { Preset = "anomaly", Follow = "pumps" });
        var watch = await Eventually.Async("the follower has everything", async () => await server.Http.ModelAsync("watch") is { Sequence: >= 100 } model ? model : null);
        Assert.Equal(TargetKind.Anomaly, watch.Spec?.Target.Kind);
        Assert.Equal(99, (await server.Http.MetricsAsync("watch")).Anomalies?.Count);
        Assert.NotNull((await server.Http.PredictAsync("watch", Features(3, 1))).Score);
    }

    private static LearnEvent Row(int n) => new() { EventId = $"row-{n}", Features = Features(3 + (0.3 * Math.Sin(n * 1.7)), 1 + (0.2 * Math.Cos(n * 2.9))) };

    private static FeatureSet Features(double pressure, double flow) => FeatureSet.Named(new Dictionary<string, object?> { ["pressure"] = pressure, ["flow"] = flow, ["valve"] = "open" });
}
