using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Streams;
using LifelongApi.EndToEnd.Tests.Data;
using LifelongApi.EndToEnd.Tests.Harness;

namespace LifelongApi.EndToEnd.Tests;

/// <summary>The accuracy matrix over the wire: two tasks, probe sets by command and by call, a restore and a kill.</summary>
public sealed class ScenarioTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lifelong-probe-").FullName;

    [Theory]
    [ClassData(typeof(EveryStore))]
    public async Task The_matrix_of_two_tasks_is_what_predicting_at_the_versions_gives(StoreKind kind)
    {
        await using var store = await TestStore.CreateAsync(kind);
        await using var server = await ServerProcess.StartAsync(store);
        var http = server.Http;
        await http.CreateClassifierAsync("market");
        var summerProbe = ElectricityStream.Rows(120, seed: 31).Select((row, i) => row.Event($"p{i}", "summer") with { Task = null }).ToList();
        var winterProbe = ElectricityStream.Rows(80, seed: 32).Select((row, i) => row.Event($"q{i}", "winter") with { Task = null }).ToList();
        var file = Path.Combine(_folder, "summer.ndjson");
        await File.WriteAllLinesAsync(file, summerProbe.Select(LifelongHttp.Json), TestContext.Current.CancellationToken);
        var uploaded = (await CliRun.RunAsync("probe", "market", "summer", "--ndjson", file, "--json", "--url", server.Address.ToString())).Json();
        Assert.Equal(120, uploaded.GetProperty("rowCount").GetInt32());
        await http.PutAsync<ProbeInfo>("/v1/streams/market/tasks/winter/probe", new ProbeRequest { Rows = winterProbe });
        Assert.Equal(0, (await http.ModelAsync("market")).Sequence);

        var versions = new List<int>();
        foreach (var (task, seed) in new[] { ("summer", 5), ("winter", 8) })
        {
            await http.LearnAsync("market", [.. ElectricityStream.Rows(150, seed).Select((row, i) => row.Event($"{task}-{i}", task))]);
            await http.PostAsync<TaskBoundary>($"/v1/streams/market/tasks/{task}:end");
            versions.Add((await http.SnapshotAsync("market")).Version);
        }

        var scenario = (await http.MetricsAsync("market")).Scenario!;
        Assert.Equal([("summer", "uploaded", 120), ("winter", "uploaded", 80)], scenario.Tasks.Select(task => (task.Task, task.Source, task.ProbeRows)));
        Assert.Equal(["summer", "winter"], scenario.Rows.Select(row => row.Task!));
        for (var row = 0; row < 2; row++)
        {
            Assert.Equal([await AccuracyAsync(http, versions[row], summerProbe), await AccuracyAsync(http, versions[row], winterProbe)], scenario.Rows[row].Scores);
        }

        Assert.Equal(scenario.Rows[1].Scores, scenario.Now.Scores);
        Assert.Equal(scenario.Rows[0].Scores[0] - scenario.Rows[1].Scores[0], scenario.AtLastEnd.Forgetting);
        Assert.NotNull((await http.MetricsAsync("market")).Window.KappaTemporal);

        await server.RestartAsync();
        Assert.Equal(LifelongHttp.Json(scenario), LifelongHttp.Json((await http.MetricsAsync("market")).Scenario));
        var shown = await CliRun.RunAsync("metrics", "market", "--url", server.Address.ToString());
        Assert.Contains("forward transfer", shown.Output, StringComparison.Ordinal);

        await http.RestoreAsync("market", versions[0]);
        var restored = (await http.MetricsAsync("market")).Scenario!;
        Assert.Equal(LifelongHttp.Json(scenario.Rows[0]), LifelongHttp.Json(Assert.Single(restored.Rows)));
        Assert.Equal([true, false], restored.Tasks.Select(task => task.HasEnded));
    }

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static async Task<double> AccuracyAsync(LifelongHttp http, int version, List<LearnEvent> rows)
    {
        var request = new PredictRequest { Rows = [.. rows.Select(row => row.Features!)] };
        var answer = await http.PostAsync<PredictBatchResponse>($"/v1/models/market/predict?version={version}", request);
        return rows.Zip(answer.Results, (row, prediction) => row.Label == prediction.Label ? 1.0 : 0).Sum() / rows.Count;
    }
}
