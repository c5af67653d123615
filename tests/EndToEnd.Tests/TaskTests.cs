using System.Globalization;
using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Streams;
using LifelongApi.EndToEnd.Tests.Data;
using LifelongApi.EndToEnd.Tests.Harness;

namespace LifelongApi.EndToEnd.Tests;

/// <summary>Tasks: boundaries are events, metrics know them, and consolidation happens there.</summary>
public sealed class TaskTests
{
    [Theory]
    [ClassData(typeof(EveryStore))]
    public async Task Boundaries_metrics_and_consolidation_of_tasks_survive_a_kill(StoreKind kind)
    {
        await using var store = await TestStore.CreateAsync(kind);
        await using var server = await ServerProcess.StartAsync(store);
        var http = server.Http;
        await http.CreateClassifierAsync("market");

        var began = await http.PostAsync<TaskBoundary>("/v1/streams/market/tasks/summer:begin");
        Assert.Equal("began", began.Status);
        await http.LearnAsync("market", ElectricityStream.Events(200, "summer"));
        var ended = await http.PostAsync<TaskBoundary>("/v1/streams/market/tasks/summer:end");
        Assert.Equal("ended", ended.Status);
        Assert.True(ended.Consolidated);

        // A row that names a task begins it.
        var winter = ElectricityStream.Rows(150, seed: 8).Select((row, i) => row.Event(string.Create(CultureInfo.InvariantCulture, $"winter-{i}"), "winter")).ToList();
        await http.LearnAsync("market", winter);
        var metrics = await http.MetricsAsync("market");
        var model = await http.ModelAsync("market");
        Assert.True(metrics.Consolidations >= 1);

        await server.RestartAsync();

        var tasks = (await http.GetAsync<Page<TaskInfo>>("/v1/streams/market/tasks")).Items;
        Assert.Equal(["summer", "winter"], tasks.Select(task => task.Name));
        var summer = Assert.Single(tasks[0].Segments);
        Assert.NotNull(summer.EndedAt);
        Assert.Equal("given", summer.Cause);
        Assert.Null(Assert.Single(tasks[1].Segments).EndedAt);
        Assert.True(tasks[1].Segments[0].BeganAt > summer.EndedAt);
        Assert.Equal("winter", (await http.GetAsync<StreamInfo>("/v1/streams/market")).CurrentTask);

        var after = await http.MetricsAsync("market");
        Assert.Equal(200, after.Tasks!["summer"].Count);
        Assert.Equal(150, after.Tasks!["winter"].Count);
        Assert.Equal(LifelongHttp.Json(metrics), LifelongHttp.Json(after));
        Assert.Equal(model.StateHash, (await http.ModelAsync("market")).StateHash);
    }

    [Theory]
    [ClassData(typeof(EveryStore))]
    public async Task A_duplicate_from_an_older_task_moves_no_boundary(StoreKind kind)
    {
        await using var store = await TestStore.CreateAsync(kind);
        await using var server = await ServerProcess.StartAsync(store);
        var http = server.Http;
        await http.CreateClassifierAsync("market");
        var rows = ElectricityStream.Rows(2);
        await http.LearnAsync("market", rows[0].Event("first", "summer"));
        await http.LearnAsync("market", rows[1].Event("second", "winter"));
        var before = await http.ModelAsync("market");

        await http.LearnAsync("market", rows[0].Event("first", "summer"));

        Assert.Equal("winter", (await http.GetAsync<StreamInfo>("/v1/streams/market")).CurrentTask);
        Assert.Equal(before.StateHash, (await http.ModelAsync("market")).StateHash);
    }
}
