using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Streams;
using LifelongApi.EndToEnd.Tests.Harness;

namespace LifelongApi.EndToEnd.Tests;

/// <summary>Drift in the wire's own words: detectors in the spec, detections in answers and metrics, detected tasks on the stream, all of it after a kill.</summary>
public sealed class DriftTests
{
    private const string Spec = """
        {
          "input": { "kind": "vector", "size": 2, "standardise": "none" },
          "target": { "kind": "label", "maxClasses": 4 },
          "network": {
            "populations": [{ "name": "input", "kind": "input" }, { "name": "output", "kind": "identity" }],
            "projections": [{
              "name": "readout", "from": "input", "to": "output", "rule": { "kind": "credit" },
              "transforms": [{ "kind": "learningRate", "rate": 0.3 }, { "kind": "modulateBy", "modulator": "noradrenaline", "floor": 1, "gain": 2 }]
            }],
            "modulators": [
              { "kind": "pageHinkley", "name": "noradrenaline", "signal": "error", "threshold": 4, "timeConstant": 10, "boundary": true },
              { "kind": "adwin", "name": "slow", "signal": "surprise", "delta": 0.002, "clock": 16, "rows": 12 },
              { "kind": "ddm", "name": "rate", "threshold": 3, "minimumEvents": 30 }
            ],
            "head": { "kind": "softmax" }
          }
        }
        """;

    [Theory]
    [ClassData(typeof(EveryStore))]
    public async Task Detections_and_the_tasks_they_begin_survive_a_kill_and_come_once(StoreKind kind)
    {
        await using var quietStore = await TestStore.CreateAsync(kind);
        await using var quiet = await ServerProcess.StartAsync(quietStore);
        await CreateAsync(quiet.Http);
        var told = await LearnAsync(quiet.Http, 0, 400);
        Assert.Contains(told, result => result.Drift?.Contains("noradrenaline") == true);

        // Killed after the detection, before the boundary is due.
        var detected = told.First(result => result.Drift?.Contains("noradrenaline") == true).Sequence!.Value;
        await using var store = await TestStore.CreateAsync(kind);
        await using var server = await ServerProcess.StartAsync(store);
        await CreateAsync(server.Http);
        await LearnAsync(server.Http, 0, (int)detected);
        await server.KillAsync();
        await server.RestartAsync();
        await LearnAsync(server.Http, 0, 400);

        Assert.Equal(await DescribeAsync(quiet.Http), await DescribeAsync(server.Http));
        var tasks = (await server.Http.GetAsync<Page<TaskInfo>>("/v1/streams/m/tasks")).Items;
        Assert.Equal(string.Create(CultureInfo.InvariantCulture, $"drift-{detected}"), tasks[0].Name);
        Assert.Equal("detected", tasks[0].Segments[0].Origin);
        Assert.Equal(detected, (await server.Http.MetricsAsync("m")).Drift!.Last.First(detection => detection.Modulator == "noradrenaline").Sequence);
    }

    private static async Task CreateAsync(LifelongHttp http)
    {
        using var answer = await http.SendAsync(HttpMethod.Put, "/v1/models/m", Spec);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
    }

    /// <summary>Rows whose labels turn round every 100.</summary>
    private static async Task<IReadOnlyList<LearnResult>> LearnAsync(LifelongHttp http, int from, int to)
    {
        var json = new StringBuilder("{\"events\":[");
        for (var i = from; i < to; i++)
        {
            var up = (Math.Sin(i) > 0) == ((i / 100) % 2 == 0);
            json.Append(CultureInfo.InvariantCulture, $"{(i == from ? "" : ",")}{{\"eventId\":\"row-{i}\",\"features\":[{Math.Sin(i):F6},{Math.Cos(i * 1.7):F6}],\"label\":\"{(up ? "up" : "down")}\"}}");
        }

        return (await http.PostJsonAsync<LearnBatchResponse>("/v1/models/m/learn", json.Append("]}").ToString())).Results;
    }

    private static async Task<string> DescribeAsync(LifelongHttp http) =>
        $"{(await http.ModelAsync("m")).StateHash} {JsonSerializer.Serialize((await http.MetricsAsync("m")).Drift)} {JsonSerializer.Serialize((await http.GetAsync<Page<TaskInfo>>("/v1/streams/m/tasks")).Items)}";
}
