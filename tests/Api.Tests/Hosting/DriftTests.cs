using LifelongApi.Contracts.Journal;
using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Models;
using static LifelongApi.Api.Tests.Hosting.House;

namespace LifelongApi.Api.Tests.Hosting;

public sealed class DriftTests
{
    [Theory]
    [MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task A_detection_is_in_the_answer_in_the_journals_outcome_and_in_the_metrics(string provider)
    {
        await using var house = await OpenAsync(provider);
        await house.Models.CreateAsync("m", DriftStream.Request(boundary: false), Token);
        var rows = DriftStream.Rows(600);

        var results = await house.LearnAsync("m", rows);

        var detected = results.Where(result => result.Drift is not null).ToList();
        Assert.InRange(detected.Count, 2, 20);
        Assert.All(detected, result => Assert.Equal([DriftStream.Modulator], result.Drift!));
        Assert.All(detected, result => Assert.Equal(1f, result.Modulators![DriftStream.Modulator]));
        Assert.InRange(detected[0].Sequence!.Value, 101, 140);

        await house.RestartAsync();
        var metrics = await house.Models.GetMetricsAsync("m", withScenario: false, Token);
        Assert.Equal(detected.Count, metrics.Drift!.Count);
        Assert.Equal(detected.Select(result => new DriftDetection(result.Sequence!.Value, DriftStream.Modulator)), metrics.Drift.Last);

        var again = await house.LearnAsync("m", rows);
        Assert.Equal(results.Select(result => result.Drift?[0]), again.Select(result => result.Drift?[0]));
        Assert.Empty(await house.Models.ListTasksAsync("m", Token));
        var history = await house.Models.ListHistoryAsync("m", false, 600, null, Token);
        Assert.Equal(detected.Select(result => result.Sequence), history.Items.Where(item => item.Outcome?.Drift is not null).Select(item => (long?)item.Sequence).Order());
    }

    [Theory]
    [MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task A_detection_ends_the_stretch_and_begins_a_task_where_the_spec_asks_for_it(string provider)
    {
        await using var house = await OpenAsync(provider);
        await house.Models.CreateAsync("m", DriftStream.Request(), Token);

        var results = await house.LearnAsync("m", DriftStream.Rows(600));

        var detected = results.Where(result => result.Drift is not null).Select(result => result.Sequence!.Value).ToList();
        var tasks = await house.Models.ListTasksAsync("m", Token);
        Assert.Equal($"drift-{detected[0]}", tasks[0].Name);
        Assert.Equal("detected", tasks[0].Segments[0].Origin);
        Assert.Equal("detected", tasks[0].Segments[0].Cause);
        Assert.True(tasks.Count >= 2);
        Assert.Null(tasks[^1].Segments[0].EndedAt);

        // The stretch before had no task: it ends all the same, and what was learned in it is consolidated. The boundary lies right after the block of the detection.
        var history = (await house.Models.ListHistoryAsync("m", false, 1000, null, Token)).Items.OrderBy(item => item.Sequence).ToList();
        var ended = history.First(item => item.Kind == EventKind.TaskEnded);
        var began = history.First(item => item.Kind == EventKind.TaskBegan);
        Assert.Null(ended.Task);
        Assert.Equal(((detected[0] + 63) / 64 * 64) + 1, ended.Sequence);
        Assert.Equal(ended.Sequence + 1, began.Sequence);
        Assert.Equal("""{"cause":"detected"}""", ended.Payload.ToString());
        Assert.Equal($$"""{"cause":"detected","task":"drift-{{detected[0]}}"}""", began.Payload.ToString());
        Assert.Equal(began.Task, history[(int)began.Sequence].Task);
        Assert.Equal(history.Count, history.Select(item => item.Sequence).Distinct().Count());

        var metrics = await house.Models.GetMetricsAsync("m", withScenario: false, Token);
        Assert.Equal(tasks.Select(task => task.Name), metrics.Tasks!.Keys);
        Assert.True(metrics.Consolidations >= tasks.Count);
    }

    [Fact]
    public async Task A_task_that_a_caller_named_is_not_broken_by_a_detection()
    {
        await using var house = await OpenAsync();
        await house.Models.CreateAsync("m", DriftStream.Request(), Token);
        await house.Models.BeginTaskAsync("m", "mine", "begin", null, Token);

        var results = await house.LearnAsync("m", DriftStream.Rows(450));

        Assert.Contains(results, result => result.Drift is not null);
        Assert.Equal(["mine"], (await house.Models.ListTasksAsync("m", Token)).Select(task => task.Name));

        // What was detected while it was open was the caller's affair, and is over with the task.
        await house.Models.EndTaskAsync("m", "mine", "end", null, Token);
        await house.LearnAsync("m", DriftStream.Rows(500).Skip(450).ToList());
        Assert.Equal(["mine"], (await house.Models.ListTasksAsync("m", Token)).Select(task => task.Name));
        await house.LearnAsync("m", DriftStream.Rows(700).Skip(500).ToList());
        var tasks = await house.Models.ListTasksAsync("m", Token);
        Assert.StartsWith("drift-", tasks[1].Name, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_event_that_names_a_task_ends_a_detected_one_and_takes_the_place_of_a_boundary_that_is_due()
    {
        await using var house = await OpenAsync();
        await house.Models.CreateAsync("m", DriftStream.Request(), Token);
        var rows = DriftStream.Rows(400);
        var results = await house.LearnAsync("m", rows.Take(128).ToList());
        var detected = results.First(result => result.Drift is not null).Sequence!.Value;
        Assert.InRange(detected, 101, 128);

        // The boundary would be put before this event.
        await house.LearnAsync("m", rows[128] with { Task = "mine" });
        Assert.Equal(["mine"], (await house.Models.ListTasksAsync("m", Token)).Select(task => task.Name));

        await using var other = await OpenAsync();
        await other.Models.CreateAsync("m", DriftStream.Request(), Token);
        await other.LearnAsync("m", rows.Take(150).ToList());
        await other.LearnAsync("m", rows[150] with { Task = "mine" });
        var tasks = await other.Models.ListTasksAsync("m", Token);
        Assert.Equal([$"drift-{detected}", "mine"], tasks.Select(task => task.Name));
        Assert.Equal(("detected", "given"), (tasks[0].Segments[0].Origin, tasks[0].Segments[0].Cause));
        Assert.Equal("given", tasks[1].Segments[0].Origin);
    }

    [Fact]
    public async Task A_follower_that_replays_the_journal_meets_the_boundaries_and_adds_none()
    {
        await using var house = await OpenAsync();
        await house.Models.CreateAsync("m", DriftStream.Request(), Token);
        await house.LearnAsync("m", DriftStream.Rows(600));
        var before = await house.Models.GetStreamAsync("m", Token);

        await house.Models.CreateAsync("shadow", DriftStream.Request(follow: "m"), Token);
        while ((await house.Models.GetAsync("shadow", Token)).Status != ModelStatus.Open)
        {
            await Task.Yield();
        }

        Assert.Equal(await house.HashAsync("m"), await house.HashAsync("shadow"));
        Assert.Equal(before.EventCount, (await house.Models.GetStreamAsync("m", Token)).EventCount);
        Assert.Equal((await house.Models.GetMetricsAsync("m", withScenario: false, Token)).Drift!.Last, (await house.Models.GetMetricsAsync("shadow", withScenario: false, Token)).Drift!.Last);
    }

    [Fact]
    public async Task After_a_restore_a_drift_that_waited_then_becomes_a_boundary_again()
    {
        await using var house = await OpenAsync();
        await house.Models.CreateAsync("m", DriftStream.Request(), Token);
        var rows = DriftStream.Rows(400);
        var results = await house.LearnAsync("m", rows.Take(120).ToList());
        var detected = results.First(result => result.Drift is not null).Sequence!.Value;
        var version = await house.Models.CreateSnapshotAsync("m", new(), Token);
        await house.LearnAsync("m", rows.Skip(120).Take(50).ToList());
        Assert.Equal([$"drift-{detected}"], (await house.Models.ListTasksAsync("m", Token)).Select(task => task.Name));

        await house.Models.RestoreAsync("m", version.Version, null, Token);
        Assert.Empty(await house.Models.ListTasksAsync("m", Token));
        var again = await house.LearnAsync("m", rows.Skip(120).Take(50).ToList());

        Assert.All(again, result => Assert.Equal(LearnStatus.Learned, result.Status));
        var task = Assert.Single(await house.Models.ListTasksAsync("m", Token));
        Assert.Equal(($"drift-{detected}", again[0].Sequence!.Value - 1), (task.Name, task.Segments[0].BeganAt));
    }

    [Fact]
    public async Task Without_a_journal_drift_is_a_boundary_for_the_model_all_the_same()
    {
        await using var house = await OpenAsync();
        await house.Models.CreateAsync("m", DriftStream.Request() with { Durability = Durability.None }, Token);
        await house.LearnAsync("m", [.. DriftStream.Rows(600).Select(row => row with { EventId = null })]);
        var metrics = await house.Models.GetMetricsAsync("m", withScenario: false, Token);
        Assert.StartsWith("drift-", metrics.Tasks!.Keys.First(), StringComparison.Ordinal);
        Assert.True(metrics.Consolidations >= 2);
    }
}
