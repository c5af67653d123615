using LifelongApi.Api.Hosting;
using LifelongApi.Contracts.Journal;
using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Models;
using LifelongApi.Learning;
using LifelongApi.Storage;
using static LifelongApi.Api.Tests.Hosting.House;

namespace LifelongApi.Api.Tests.Hosting;

public sealed class LifeTests
{
    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task A_restart_and_a_kill_bring_back_the_same_state_metrics_and_outcomes(string provider)
    {
        await using var house = await OpenAsync(provider);
        await house.CreateAsync("m");
        var firsts = await house.LearnAsync("m", Rows(120));
        var hash = await house.HashAsync("m");
        var metrics = await house.Models.GetMetricsAsync("m", withScenario: false, Token);

        await house.StartAfterKillAsync();
        Assert.Equal(hash, await house.HashAsync("m"));
        await house.RestartAsync();
        Assert.Equal(hash, await house.HashAsync("m"));

        var after = await house.Models.GetMetricsAsync("m", withScenario: false, Token);
        Assert.Equal((metrics.Total, metrics.Window, metrics.Baselines), (after.Total, after.Window, after.Baselines));
        var again = await house.LearnAsync("m", Rows(120));
        Assert.Equal(firsts.Select(result => result.Loss), again.Select(result => result.Loss));
        Assert.Equal(121, (await house.LearnAsync("m", Row(1, 1, "up"))).Sequence);
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task A_resumed_ingest_ends_in_the_state_of_an_undisturbed_one(string provider)
    {
        await using var house = await OpenAsync(provider);
        await house.CreateAsync("whole");
        await house.CreateAsync("torn");
        await house.LearnAsync("whole", Rows(200));

        await house.LearnAsync("torn", Rows(90));
        await house.StartAfterKillAsync();
        var resumed = await house.LearnAsync("torn", Rows(200));

        Assert.Equal(90, resumed.Count(result => result.Status == LearnStatus.Duplicate));
        Assert.Equal(await house.HashAsync("whole"), await house.HashAsync("torn"));
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task Restore_goes_back_bit_for_bit_and_the_same_rows_are_learned_again(string provider)
    {
        await using var house = await OpenAsync(provider);
        await house.CreateAsync("m");
        await house.LearnAsync("m", Rows(60));
        var snapshot = await house.Models.CreateSnapshotAsync("m", new() { Note = "good" }, Token);
        var firsts = await house.LearnAsync("m", Rows(60, 60));
        var end = await house.HashAsync("m");

        var restored = await house.Models.RestoreAsync("m", snapshot.Version, "1:120", Token);
        Assert.Equal(snapshot.StateHash, restored.StateHash);
        Assert.Equal("2:121", restored.Position);
        Assert.Equal(60, (await house.Models.GetMetricsAsync("m", withScenario: false, Token)).Total.Count);
        var again = await house.LearnAsync("m", Rows(120));

        Assert.Equal(60, again.Count(result => result.Status == LearnStatus.Duplicate));
        Assert.Equal("1:60", again[59].Position);
        Assert.Equal("2:181", again[119].Position);
        var hash = await house.HashAsync("m");
        await house.StartAfterKillAsync();
        var info = await house.Models.GetAsync("m", Token);
        Assert.Equal((2, 181, hash), (info.Lineage, info.Sequence, info.StateHash));
        Assert.Equal(LearnStatus.Learned, firsts[0].Status);
        Assert.NotEmpty(end);
        var dead = (await house.Models.ListHistoryAsync("m", false, 1000, null, Token)).Items.Single(item => item.Sequence == 100);
        Assert.False(dead.Live);
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task Restore_with_another_position_is_refused(string provider)
    {
        await using var house = await OpenAsync(provider);
        await house.CreateAsync("m");
        await house.LearnAsync("m", Rows(3));

        var refused = await Assert.ThrowsAsync<ProblemException>(() => house.Models.RestoreAsync("m", 1, "1:2", Token));
        var missing = await Assert.ThrowsAsync<ProblemException>(() => house.Models.RestoreAsync("m", 99, null, Token));

        Assert.Equal((412, 404), (refused.Status, missing.Status));
        Assert.Equal(3, (await house.Models.GetAsync("m", Token)).Sequence);
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task A_fork_begins_at_the_version_and_goes_its_own_way(string provider)
    {
        await using var house = await OpenAsync(provider);
        await house.CreateAsync("m");
        await house.LearnAsync("m", Rows(40));
        var snapshot = await house.Models.CreateSnapshotAsync("m", new(), Token);
        await house.LearnAsync("m", Rows(40, 40));

        var fork = await house.Models.ForkAsync("m", snapshot.Version, new() { Model = "fork" }, Token);
        var again = await house.LearnAsync("fork", Rows(80));

        Assert.Equal((snapshot.StateHash, 40), (fork.StateHash, fork.Sequence));
        Assert.Equal(40, again.Count(result => result.Status == LearnStatus.Duplicate));
        Assert.Equal(await house.HashAsync("m"), await house.HashAsync("fork"));
        var back = await house.Models.RestoreAsync("fork", 1, null, Token);
        Assert.Equal(snapshot.StateHash, back.StateHash);
        var after = await house.LearnAsync("fork", Rows(80));
        Assert.Equal(40, after.Count(result => result.Status == LearnStatus.Duplicate));
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task The_second_host_fences_the_first_which_reopens_with_everything(string provider)
    {
        await using var first = await OpenAsync(provider);
        await first.CreateAsync("m");
        await first.LearnAsync("m", Rows(10));
        using var held = await first.Models.AcquireAsync("m", Token);
        await using var second = await first.BesideAsync();
        using var heldBySecond = await second.Models.AcquireAsync("m", Token);
        await heldBySecond.LearnManyAsync(Rows(10, 10), Token);

        await Assert.ThrowsAsync<FencedException>(() => held.LearnAsync(Row(5, 5, "up", "lost"), Token));
        await held.PredictAsync(Row(1, 1, "up").Payload, new PredictionBuffer(), Token);
        var reopened = await first.LearnAsync("m", Row(5, 5, "up", "lost"));

        Assert.Equal(21, reopened.Sequence);
        await Assert.ThrowsAsync<FencedException>(() => heldBySecond.LearnAsync(Row(6, 6, "up"), Token));
        Assert.Equal(await first.HashAsync("m"), await second.HashAsync("m"));
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task While_the_store_is_away_learn_fails_predict_goes_on_and_learning_resumes_by_itself(string provider)
    {
        await using var house = await OpenAsync(provider);
        await house.CreateAsync("m");
        await house.LearnAsync("m", Rows(10));
        var hash = await house.HashAsync("m");
        using var lease = await house.Models.AcquireAsync("m", Token);

        house.Store.IsAway = true;
        await Assert.ThrowsAsync<StoreUnavailableException>(() => lease.LearnAsync(Row(7, 7, "down", "away"), Token));
        using (var other = await house.Models.AcquireAsync("m", Token))
        {
            Assert.Equal(new Position(1, 10), await other.PredictAsync(Row(1, 1, "up").Payload, new PredictionBuffer(), Token));
        }

        house.Store.IsAway = false;
        var learned = await LearnWhenBackAsync(lease, Row(7, 7, "down", "away"));

        Assert.Equal((LearnStatus.Learned, 11L), (learned.Status, learned.Sequence));
        Assert.NotEqual(hash, await house.HashAsync("m"));
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task An_append_that_was_committed_although_the_connection_was_lost_is_learned_once(string provider)
    {
        await using var house = await OpenAsync(provider);
        await house.CreateAsync("m");
        await house.CreateAsync("undisturbed");
        await house.LearnAsync("undisturbed", Rows(12));
        await house.LearnAsync("m", Rows(10));
        using var lease = await house.Models.AcquireAsync("m", Token);

        house.Store.LostAnswers = 1;
        await Assert.ThrowsAsync<StoreUnavailableException>(() => lease.LearnAsync(Rows(11)[10], Token));
        var retried = await LearnWhenBackAsync(lease, Rows(11)[10]);
        var next = await lease.LearnAsync(Rows(12)[11], Token);

        Assert.Equal((LearnStatus.Duplicate, 11L), (retried.Status, retried.Sequence));
        Assert.NotNull(retried.Loss);
        Assert.Equal(12, next.Sequence);
        Assert.Equal(await house.HashAsync("undisturbed"), await house.HashAsync("m"));
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task A_follower_from_the_beginning_ends_equal_to_its_leader_and_stays_so(string provider)
    {
        await using var house = await OpenAsync(provider);
        await house.CreateAsync("m");
        await house.LearnAsync("m", Rows(80));

        await house.CreateAsync("shadow", follow: "m");
        await house.LearnAsync("m", Rows(40, 80));
        var shadow = await CaughtUpAsync(house, "shadow");

        Assert.Equal(await house.HashAsync("m"), shadow.StateHash);
        await house.RestartAsync();
        await house.LearnAsync("m", Rows(10, 120));
        Assert.Equal(await house.HashAsync("m"), (await CaughtUpAsync(house, "shadow")).StateHash);
        using var lease = await house.Models.AcquireAsync("shadow", Token);
        var refused = await Assert.ThrowsAsync<ProblemException>(() => lease.LearnAsync(Row(1, 1, "up"), Token));
        Assert.Equal(409, refused.Status);
        Assert.Equal(409, (await Assert.ThrowsAsync<ProblemException>(() => house.Models.DeleteAsync("m", Token))).Status);
        lease.Dispose();
        await house.Models.DeleteAsync("shadow", Token);
        await house.Models.DeleteAsync("m", Token);
        Assert.Equal(404, (await Assert.ThrowsAsync<ProblemException>(() => house.Models.GetAsync("m", Token))).Status);
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task Growth_beyond_sixteen_classes_is_journalled_and_survives_a_kill(string provider)
    {
        await using var house = await OpenAsync(provider);
        await house.CreateAsync("m");
        var rows = Enumerable.Range(0, 40).Select(i => Row(i, -i, $"class {i}", $"g{i}")).ToList();

        await house.LearnAsync("m", rows);
        var hash = await house.HashAsync("m");
        await house.StartAfterKillAsync();
        var info = await house.Models.GetAsync("m", Token);

        Assert.Equal((40, hash, 42), (info.Classes.Count, info.StateHash, info.Sequence));
        var grown = (await house.Models.ListHistoryAsync("m", false, 100, null, Token)).Items.Where(item => item.Kind == EventKind.Grew).ToList();
        Assert.Equal([64, 32], grown.Select(item => item.Payload!.Value.GetProperty("classes").GetInt32()));
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task The_same_spec_again_answers_what_is_there_and_another_is_a_conflict(string provider)
    {
        await using var house = await OpenAsync(provider);
        await house.CreateAsync("m");

        var (_, created) = await house.Models.CreateAsync("m", new CreateModelRequest { Preset = "classifier", Input = new InputSpec { Kind = InputKind.Vector, Size = 2 } }, Token);
        var conflict = await Assert.ThrowsAsync<ProblemException>(() => house.CreateAsync("m", maxClasses: 7));
        var name = await Assert.ThrowsAsync<ProblemException>(() => house.CreateAsync("no/slash"));

        Assert.False(created);
        Assert.Equal((409, 400), (conflict.Status, name.Status));
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task A_damaged_version_fences_the_model_which_still_answers_until_it_is_restored(string provider)
    {
        await using var house = await OpenAsync(provider);
        await house.CreateAsync("m");
        await house.LearnAsync("m", Rows(30));
        var hash = await house.HashAsync("m");
        var newest = await house.Models.CreateSnapshotAsync("m", new(), Token);
        await house.StartAfterKillAsync();
        await house.DamageAsync(newest.Version);

        var info = await house.Models.GetAsync("m", Token);
        using (var lease = await house.Models.AcquireAsync("m", Token))
        {
            await lease.PredictAsync(Row(1, 1, "up").Payload, new PredictionBuffer(), Token);
        }

        var refused = await Assert.ThrowsAsync<ProblemException>(() => house.LearnAsync("m", Row(1, 1, "up")));
        await house.RestartAsync();
        Assert.Equal(ModelStatus.Fenced, (await house.Models.GetAsync("m", Token)).Status);
        await house.Models.RestoreAsync("m", 1, null, Token);
        var learned = await house.LearnAsync("m", Row(1, 1, "up"));

        Assert.Equal((ModelStatus.Fenced, hash), (info.Status, info.StateHash));
        Assert.Contains($"Version {newest.Version}", info.FencedBecause, StringComparison.Ordinal);
        Assert.Equal(503, refused.Status);
        Assert.Equal(LearnStatus.Learned, learned.Status);
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task A_version_answers_from_the_past_and_pages_of_versions_go_by_token(string provider)
    {
        await using var house = await OpenAsync(provider);
        await house.CreateAsync("m");
        await house.LearnAsync("m", Rows(30));
        var payload = Row(0.5f, 0.5f, "up").Payload;
        var now = new PredictionBuffer();
        using (var lease = await house.Models.AcquireAsync("m", Token))
        {
            await lease.PredictAsync(payload, now, Token);
        }

        var then = (float[])now.Scores.Clone();
        var snapshot = await house.Models.CreateSnapshotAsync("m", new(), Token);
        await house.LearnAsync("m", Rows(30, 30));
        var (predictions, position) = await house.Models.PredictAtVersionAsync("m", snapshot.Version, [payload], Token);
        var page = await house.Models.ListSnapshotsAsync("m", 1, null, Token);
        var rest = await house.Models.ListSnapshotsAsync("m", 10, page.NextPageToken, Token);

        Assert.Equal("1:30", position);
        Assert.Equal(then.Max(), predictions[0].Probability);
        Assert.Equal([2, 1], page.Items.Concat(rest.Items).Select(item => item.Version));
        Assert.Equal("created", rest.Items[^1].Cause);
        Assert.Equal(409, (await Assert.ThrowsAsync<ProblemException>(() => house.Models.DeleteSnapshotAsync("m", 2, Token))).Status);
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task A_stream_over_the_memory_budget_is_closed_with_a_recovery_point_and_opens_again(string provider)
    {
        await using var house = await OpenAsync(provider, options => (options.StateByteBudget, options.HousekeepingSeconds) = (0, 0.01));
        await house.CreateAsync("m");
        await house.LearnAsync("m", Rows(30));
        while (house.Registry.Open.Count > 0)
        {
            Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }

        var closed = (await house.Models.ListAsync(10, null, Token)).Items.Single();
        Assert.Equal((ModelStatus.Closed, 30L), (closed.Status, closed.Sequence));
        Assert.Equal(closed.StateHash, await house.HashAsync("m"));
    }

    private static async Task<LearnResult> LearnWhenBackAsync(ModelLease lease, LearnInput row)
    {
        while (true)
        {
            Token.ThrowIfCancellationRequested();
            try
            {
                return await lease.LearnAsync(row, Token);
            }
            catch (StoreUnavailableException)
            {
                await Task.Yield();
            }
        }
    }

    private static async Task<ModelInfo> CaughtUpAsync(House house, string model)
    {
        while (true)
        {
            var info = await house.Models.GetAsync(model, Token);
            if (info.Status != ModelStatus.CatchingUp)
            {
                return info;
            }
        }
    }
}
