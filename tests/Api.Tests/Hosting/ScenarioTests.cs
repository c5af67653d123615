using System.Text;
using LifelongApi.Api.Hosting;
using LifelongApi.Api.Requests;
using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Models;
using LifelongApi.Learning.Features;
using static LifelongApi.Api.Tests.Hosting.House;

namespace LifelongApi.Api.Tests.Hosting;

public sealed class ScenarioTests
{
    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task The_matrix_is_what_the_versions_cut_at_the_ends_of_tasks_answer(string provider)
    {
        await using var house = await OpenAsync(provider);
        await house.CreateAsync("m");
        await UploadAsync(house, "m", "a", Circle(50, 7));
        await UploadAsync(house, "m", "b", Square(40, 3));
        var versions = new List<int> { await LearnTaskAsync(house, "m", "a", Circle(60, 1)), await LearnTaskAsync(house, "m", "b", Square(60, 2)) };
        await house.LearnAsync("m", Circle(15, 40));

        var scenario = await ScenarioAsync(house, "m");

        Assert.Equal("accuracy", scenario.Measure);
        Assert.Equal([("a", "uploaded", 50, true), ("b", "uploaded", 40, true)], scenario.Tasks.Select(task => (task.Task, task.Source, task.ProbeRows, task.HasEnded)));
        Assert.Equal([0, 0], scenario.Untrained);
        Assert.Equal(0, scenario.Pending);
        Assert.Null(scenario.Failure);
        for (var row = 0; row < 2; row++)
        {
            var (a, position) = await AccuracyAsync(house, "m", versions[row], Circle(50, 7));
            var (b, _) = await AccuracyAsync(house, "m", versions[row], Square(40, 3));
            Assert.Equal((scenario.Tasks[row].Task, position), (scenario.Rows[row].Task, scenario.Rows[row].Position));
            Assert.Equal([a, b], scenario.Rows[row].Scores);
        }

        var present = await house.Models.CreateSnapshotAsync("m", new(), Token);
        Assert.Equal(present.Position, scenario.Now.Position);
        Assert.Equal([(await AccuracyAsync(house, "m", present.Version, Circle(50, 7))).Accuracy, (await AccuracyAsync(house, "m", present.Version, Square(40, 3))).Accuracy], scenario.Now.Scores);
        Assert.Equal((scenario.Rows[1].Scores[0] + scenario.Rows[1].Scores[1]) / 2, scenario.AtLastEnd.AverageScore);
        Assert.Equal(scenario.Rows[0].Scores[0] - scenario.Rows[1].Scores[0], scenario.AtLastEnd.Forgetting);
        Assert.Equal(scenario.Rows[0].Scores[1], scenario.AtLastEnd.ForwardTransfer);
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task Rows_are_the_same_after_a_kill_and_when_they_are_computed_anew_without_the_versions_of_then(string provider)
    {
        await using var house = await OpenAsync(provider);
        await house.CreateAsync("m");
        await UploadAsync(house, "m", "a", Circle(50, 7));
        var version = await LearnTaskAsync(house, "m", "a", Circle(60, 1));
        await LearnTaskAsync(house, "m", "b", Square(60, 2));
        var first = await ScenarioAsync(house, "m");
        var id = (await house.Store.Models.FindAsync("m", Token))!.Id;
        var stored = await house.Store.Probes.ListScoresAsync(id, Token);
        var hash = await house.HashAsync("m");

        await house.StartAfterKillAsync();
        var second = await ScenarioAsync(house, "m");
        await house.Models.DeleteSnapshotAsync("m", version, Token);
        await house.Models.DeleteProbeAsync("m", "a", Token);
        await UploadAsync(house, "m", "a", Circle(50, 7));
        var third = await ScenarioAsync(house, "m");

        Assert.Equal(stored.Count, (await house.Store.Probes.ListScoresAsync(id, Token)).Count);
        Assert.Equal(Matrix(first), Matrix(second));
        Assert.Equal(Matrix(first), Matrix(third));
        Assert.Equal(hash, await house.HashAsync("m"));
    }

    [Fact]
    public async Task Without_an_uploaded_set_a_sample_of_the_tasks_own_events_says_what_is_retained()
    {
        await using var house = await OpenAsync(options => options.ProbeSampleRows = 60);
        await house.CreateAsync("m");
        var versions = new List<int>();
        foreach (var (task, rows) in new[] { ("a", Circle(60, 1)), ("b", Square(90, 2)), ("c", Circle(20, 9)) })
        {
            versions.Add(await LearnTaskAsync(house, "m", task, rows));
        }

        var scenario = await ScenarioAsync(house, "m");

        Assert.Equal([("a", 60), ("b", 60), ("c", 20)], scenario.Tasks.Select(task => (task.Task, task.ProbeRows)));
        Assert.All(scenario.Tasks, task => Assert.Equal("journal", task.Source));

        // A sample that holds the whole task can be compared; c is asked from the row before it on.
        Assert.Equal((await AccuracyAsync(house, "m", versions[0], Circle(60, 1))).Accuracy, scenario.Rows[0].Scores[0]);
        Assert.Equal((await AccuracyAsync(house, "m", versions[2], Circle(60, 1))).Accuracy, scenario.Rows[2].Scores[0]);
        Assert.Null(scenario.Rows[0].Scores[2]);
        Assert.Equal((await AccuracyAsync(house, "m", versions[1], Circle(20, 9))).Accuracy, scenario.Rows[1].Scores[2]);
        Assert.NotNull(scenario.Rows[0].Scores[1]);

        await house.StartAfterKillAsync();
        await house.LearnAsync("m", Circle(10, 70));
        Assert.Equal(Matrix(scenario), Matrix(await ScenarioAsync(house, "m")));
    }

    [Fact]
    public async Task A_task_that_comes_again_fills_its_sample_and_then_keeps_it()
    {
        await using var house = await OpenAsync(options => options.ProbeSampleRows = 25);
        await house.CreateAsync("m");
        for (var round = 0; round < 4; round++)
        {
            await LearnTaskAsync(house, "m", "a", Circle(10, round));
            await LearnTaskAsync(house, "m", "b", Square(10, round));
            var scenario = await ScenarioAsync(house, "m");

            Assert.Equal(Math.Min(25, 10 * (round + 1)), scenario.Tasks[0].ProbeRows);
            // One row per task, where it ended first.
            Assert.Equal([("a", "1:12"), ("b", "1:24")], scenario.Rows.Select(row => (row.Task!, row.Position)));
        }
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task A_restore_leaves_the_rows_of_the_lineage_that_survives(string provider)
    {
        await using var house = await OpenAsync(provider);
        await house.CreateAsync("m");
        await UploadAsync(house, "m", "a", Circle(50, 7));
        await UploadAsync(house, "m", "b", Square(40, 3));
        var version = await LearnTaskAsync(house, "m", "a", Circle(60, 1));
        await LearnTaskAsync(house, "m", "b", Square(60, 2));
        var before = await ScenarioAsync(house, "m");

        await house.Models.RestoreAsync("m", version, null, Token);
        var after = await ScenarioAsync(house, "m");
        var second = await LearnTaskAsync(house, "m", "b", Square(30, 50));
        await house.StartAfterKillAsync();
        var later = await ScenarioAsync(house, "m");

        Assert.Equal(2, before.Rows.Count);
        Assert.Equal(Matrix(before)[..1], Matrix(after));
        Assert.Equal([("a", true), ("b", false)], after.Tasks.Select(task => (task.Task, task.HasEnded)));
        Assert.Equal(before.Rows[0].Scores, after.Now.Scores);
        Assert.Equal(Matrix(before)[0], Matrix(later)[0]);
        Assert.StartsWith("2:", later.Rows[1].Position);
        Assert.Equal((await AccuracyAsync(house, "m", second, Square(40, 3))).Accuracy, later.Rows[1].Scores[1]);
    }

    [Fact]
    public async Task Followers_and_forks_have_matrices_of_their_own()
    {
        await using var house = await OpenAsync();
        await house.CreateAsync("m");
        await house.CreateAsync("shadow", follow: "m");
        await UploadAsync(house, "m", "a", Circle(50, 7));
        var version = await LearnTaskAsync(house, "m", "a", Circle(60, 1));
        await LearnTaskAsync(house, "m", "b", Square(60, 2));
        await house.Models.ForkAsync("m", version, new() { Model = "fork" }, Token);
        await LearnTaskAsync(house, "fork", "c", Square(30, 20));
        await CaughtUpAsync(house, "shadow");

        var leader = await ScenarioAsync(house, "m");
        var follower = await ScenarioAsync(house, "shadow");
        var fork = await ScenarioAsync(house, "fork");

        // The same rule from the same seed on the same events.
        Assert.Equal(Matrix(leader), Matrix(follower));
        Assert.Equal([("c", "journal"), ("a", "uploaded")], fork.Tasks.Select(task => (task.Task, task.Source)));
        Assert.Equal("c", Assert.Single(fork.Rows).Task);
        Assert.Equal((await AccuracyAsync(house, "fork", 2, Circle(50, 7))).Accuracy, fork.Rows[0].Scores[1]);
    }

    [Fact]
    public async Task Rows_that_take_longer_than_the_wait_are_pending_and_come_later()
    {
        await using var house = await OpenAsync(options => options.ProbeWaitSeconds = 0);
        await house.CreateAsync("m");
        await LearnTaskAsync(house, "m", "a", Circle(60, 1));
        using var lease = (HostedLease)await house.Models.AcquireAsync("m", Token);
        var scenario = await ScenarioAsync(house, "m");
        while (scenario.Pending > 0)
        {
            Assert.Null(scenario.Rows[0].Scores[0]);
            scenario = await ScenarioAsync(house, "m");
        }

        Assert.NotNull(scenario.Rows[0].Scores[0]);
    }

    [Fact]
    public async Task Uploading_and_asking_teach_nothing_and_the_names_of_a_probe_set_outlive_a_kill()
    {
        await using var house = await OpenAsync();
        await house.Models.CreateAsync("named", new CreateModelRequest { Preset = "classifier", Input = new InputSpec { Kind = InputKind.Named } }, Token);
        await house.LearnAsync("named", await NamedAsync(house, """{"features":{"old":1},"label":"x"}"""));
        var hash = await house.HashAsync("named");
        using (var lease = await house.Models.AcquireLeaderAsync("named", Token))
        {
            await house.Models.PutProbeAsync(lease, "later", [await NamedAsync(house, """{"features":{"fresh":2.5,"old":1},"label":"x"}""")], null);
        }

        var scenario = await ScenarioAsync(house, "named");
        Assert.Equal([1.0], scenario.Now.Scores);
        Assert.Equal(hash, await house.HashAsync("named"));

        await house.StartAfterKillAsync();
        await house.LearnAsync("named", await NamedAsync(house, """{"features":{"other":1},"label":"y"}"""));
        var row = Assert.Single((await house.Models.GetProbeAsync("named", "later", Token)).Rows!);
        Assert.Equal(2.5, row.GetProperty("features").GetProperty("fresh").GetDouble());
        Assert.Equal("x", row.GetProperty("label").GetString());
    }

    [Fact]
    public async Task A_model_of_numbers_is_scored_by_its_errors()
    {
        await using var house = await OpenAsync();
        await house.Models.CreateAsync("price", new CreateModelRequest { Preset = "regressor", Input = new InputSpec { Kind = InputKind.Vector, Size = 2 } }, Token);
        var probe = Prices(30, 100);
        await UploadAsync(house, "price", "a", probe);
        var version = await LearnTaskAsync(house, "price", "a", Prices(80, 0));

        var scenario = await ScenarioAsync(house, "price");

        var (predictions, _) = await house.Models.PredictAtVersionAsync("price", version, [.. probe.Select(row => row.Payload)], Token);
        var error = predictions.Zip(probe, (prediction, row) => Math.Abs(prediction.Values![0] - PayloadReader.Read(row.Payload.Span).TargetValue(0))).Sum() / 30;
        Assert.Equal("meanAbsoluteError", scenario.Measure);
        Assert.Equal(error, scenario.Rows[0].Scores[0]);
        Assert.True(scenario.Untrained[0] > scenario.Rows[0].Scores[0]);
    }

    [Fact]
    public async Task Without_a_journal_there_is_the_present_only()
    {
        await using var house = await OpenAsync();
        await house.CreateAsync("m", Durability.None);
        await house.LearnAsync("m", Circle(40, 1));
        Assert.Null((await house.Models.GetMetricsAsync("m", withScenario: true, Token)).Scenario);
        await UploadAsync(house, "m", "a", Circle(50, 7));

        var scenario = await ScenarioAsync(house, "m");

        Assert.Empty(scenario.Rows);
        Assert.True(scenario.Now.Scores[0] > 0.5);
    }

    [Fact]
    public async Task Only_the_newest_tasks_are_in_the_matrix_and_the_rest_is_summarised()
    {
        await using var house = await OpenAsync(options => (options.ProbeSampleRows, options.ProbeWaitSeconds) = (2, 600));
        await house.CreateAsync("m");
        await house.LearnAsync("m", [.. Enumerable.Range(0, 103 * 2).Select(i => Row(MathF.Sin(i), MathF.Cos(i), MathF.Sin(i) > 0 ? "up" : "down", task: $"t{i / 2}"))]);

        var metrics = await house.Models.GetMetricsAsync("m", withScenario: true, Token);

        var scenario = metrics.Scenario!;
        Assert.Equal((100, "t2", "t101"), (scenario.Rows.Count, scenario.Rows[0].Task!, scenario.Rows[^1].Task!));
        Assert.Equal((2, 4L), (scenario.Rest!.TaskCount, scenario.Rest.Prequential.Count));
        Assert.Equal((metrics.Tasks!["t0"].Accuracy + metrics.Tasks["t1"].Accuracy) / 2, scenario.Rest.Prequential.Accuracy);
        Assert.Equal(0, scenario.Pending);
    }

    [Fact]
    public async Task Too_many_probe_sets_are_a_conflict_and_while_the_store_is_away_the_other_metrics_are_answered()
    {
        await using var house = await OpenAsync(options => options.ProbeCount = 1);
        await house.CreateAsync("m");
        await UploadAsync(house, "m", "a", Circle(5, 7));

        var refused = await Assert.ThrowsAsync<ProblemException>(() => UploadAsync(house, "m", "b", Circle(5, 7)));
        house.Store.IsAway = true;
        var metrics = await house.Models.GetMetricsAsync("m", withScenario: true, Token);

        Assert.Equal(409, refused.Status);
        Assert.Null(metrics.Scenario);
        house.Store.IsAway = false;
        await house.LearnAsync("m", Circle(5, 1));
    }

    private static List<LearnInput> Circle(int count, int seed) =>
        [.. Points(count, seed).Select(point => Row(point.X, point.Y, (point.X * point.X) + (point.Y * point.Y) < 0.5f ? "in" : "out"))];

    private static List<LearnInput> Square(int count, int seed) =>
        [.. Points(count, seed).Select(point => Row(point.X, point.Y, point.X > 0 ? "right" : point.Y > 0 ? "in" : "left"))];

    private static IEnumerable<(float X, float Y)> Points(int count, int seed) =>
        Enumerable.Range(0, count).Select(i => (MathF.Sin((i * 1.3f) + (seed * 17)), MathF.Sin((i * 2.9f) + (seed * 5))));

    private static List<LearnInput> Prices(int count, int first) => [.. Enumerable.Range(first, count).Select(i =>
    {
        var builder = new PayloadBuilder();
        builder.Dense([MathF.Sin(i), MathF.Cos(i * 1.7f)]);
        builder.Target([10 + (3 * Math.Sin(i))]);
        return new LearnInput { Payload = builder.Written.ToArray(), HasTarget = true };
    })];

    private static async Task<LearnInput> NamedAsync(House house, string json)
    {
        using var lease = await house.Models.AcquireAsync("named", Token);
        return new EventReader().ReadRow(Encoding.UTF8.GetBytes(json), InputShape.Of(lease.Spec), lease.Names, null);
    }

    private static async Task UploadAsync(House house, string stream, string task, List<LearnInput> rows)
    {
        using var lease = await house.Models.AcquireLeaderAsync(stream, Token);
        await house.Models.PutProbeAsync(lease, task, rows, null);
    }

    /// <summary>Learns a task, ends it and cuts a version at its end.</summary>
    private static async Task<int> LearnTaskAsync(House house, string model, string task, List<LearnInput> rows)
    {
        await house.Models.BeginTaskAsync(model, task, null, null, Token);
        await house.LearnAsync(model, rows);
        var end = await house.Models.EndTaskAsync(model, task, null, null, Token);
        var version = await house.Models.CreateSnapshotAsync(model, new(), Token);
        Assert.Equal(end.Position, version.Position);
        return version.Version;
    }

    private static async Task CaughtUpAsync(House house, string follower)
    {
        ModelInfo info;
        do
        {
            info = await house.Models.GetAsync(follower, Token);
        }
        while (info.Status == ModelStatus.CatchingUp);
    }

    private static async Task<(double Accuracy, string Position)> AccuracyAsync(House house, string model, int version, List<LearnInput> rows)
    {
        var (predictions, position) = await house.Models.PredictAtVersionAsync(model, version, [.. rows.Select(row => row.Payload)], Token);
        return (predictions.Zip(rows, (prediction, row) => prediction.Label == row.Label ? 1.0 : 0).Sum() / rows.Count, position);
    }

    private static async Task<ScenarioMetrics> ScenarioAsync(House house, string model) => (await house.Models.GetMetricsAsync(model, withScenario: true, Token)).Scenario!;

    private static string[] Matrix(ScenarioMetrics scenario) => [.. scenario.Rows.Select(row => $"{row.Task} {row.Position} {string.Join(' ', row.Scores)}")];
}
