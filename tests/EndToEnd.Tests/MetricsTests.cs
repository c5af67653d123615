using System.Globalization;
using System.Text.Json;
using LifelongApi.Contracts;
using LifelongApi.Contracts.Learning;
using LifelongApi.EndToEnd.Tests.Data;
using LifelongApi.EndToEnd.Tests.Harness;

namespace LifelongApi.EndToEnd.Tests;

/// <summary>The measures of the metrics are those of the answers that the learn calls gave, and a kill does not lose them.</summary>
public sealed class MetricsTests
{
    [Theory]
    [ClassData(typeof(EveryStore))]
    public async Task Measures_are_those_of_the_answers_and_survive_a_kill(StoreKind kind)
    {
        await using var store = await TestStore.CreateAsync(kind);
        await using var server = await ServerProcess.StartAsync(store);
        await server.Http.CreateClassifierAsync("market");
        var events = ElectricityStream.Events(400, "row");
        var results = await server.Http.LearnAsync("market", events);
        var name = events[0].Label!;
        var metrics = await server.Http.MetricsAsync("market");

        var answers = events.Zip(results, (sent, result) => (Up: result.Prediction?.Probabilities?.GetValueOrDefault(name) ?? 0f, Actual: sent.Label!, Answer: result.Prediction?.Label)).ToArray();
        var (ups, downs) = (answers.Where(row => row.Actual == name).ToArray(), answers.Where(row => row.Actual != name).ToArray());
        var area = ups.Sum(up => downs.Sum(down => up.Up > down.Up ? 1d : up.Up == down.Up ? 0.5 : 0d)) / ups.Length / downs.Length;
        var up = metrics.Classes![name];
        Assert.InRange(Math.Abs(area - up.Auc!.Value), 0, up.AucError!.Value + 1e-9);
        Assert.Equal(ups.Count(row => row.Answer == name) / (double)answers.Count(row => row.Answer == name), up.Precision!.Value, 9);
        var place = metrics.Confusion!.Labels.ToList().IndexOf(name);
        Assert.Equal(downs.Count(row => row.Answer == name), metrics.Confusion.Counts[1 - place][place]);
        Assert.True(metrics.Total.Auc > metrics.Baselines.Majority.Auc);
        Assert.NotNull(metrics.Window.CalibrationError);

        var printed = await CliRun.RunAsync("metrics", "market", "--url", server.Address.ToString());
        Assert.Contains(up.Precision.Value.ToString("F4", CultureInfo.InvariantCulture), printed.Output, StringComparison.Ordinal);

        await server.RestartAsync();
        Assert.Equal(Text(metrics), Text(await server.Http.MetricsAsync("market")));
    }

    private static string Text(ModelMetrics metrics) => JsonSerializer.Serialize(metrics with { Scenario = null }, ContractJson.Options);
}
