using LifelongApi.Api.Hosting;
using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Problems;
using static LifelongApi.Api.Tests.Hosting.House;

namespace LifelongApi.Api.Tests.Hosting;

public sealed class LearnTests
{
    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task Events_of_one_caller_are_numbered_in_their_order_without_gaps(string provider)
    {
        await using var house = await OpenAsync(provider);
        await house.CreateAsync("m");
        using var lease = await house.Models.AcquireAsync("m", Token);
        var acknowledged = new List<Task<LearnResult>>();
        foreach (var row in Rows(300))
        {
            acknowledged.Add(lease.LearnAsync(row, Token));
        }

        var results = await Task.WhenAll(acknowledged);

        Assert.Equal(Enumerable.Range(1, 300).Select(i => (long?)i), results.Select(result => result.Sequence));
        Assert.All(results, result => Assert.Equal(LearnStatus.Learned, result.Status));
        Assert.Equal("1:300", results[^1].Position);
        Assert.NotNull(results[^1].Prediction?.Label);
        Assert.NotEmpty(results[^1].Plasticity!);
        Assert.Equal(300, (await house.Models.GetMetricsAsync("m", withScenario: false, Token)).Total.Count);
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task A_duplicate_answers_with_the_first_outcome_and_changes_nothing(string provider)
    {
        await using var house = await OpenAsync(provider);
        await house.CreateAsync("m");
        var firsts = await house.LearnAsync("m", Rows(50));
        var before = await house.HashAsync("m");

        var again = await house.LearnAsync("m", Rows(50));

        Assert.All(again, result => Assert.Equal(LearnStatus.Duplicate, result.Status));
        Assert.Equal(firsts.Select(result => result.Sequence), again.Select(result => result.Sequence));
        Assert.Equal(firsts.Select(result => result.Loss), again.Select(result => result.Loss));
        Assert.Equal(firsts[^1].Prediction!.Probabilities, again[^1].Prediction!.Probabilities);
        Assert.Equal(before, await house.HashAsync("m"));
        Assert.Equal(51, (await house.LearnAsync("m", Row(1, 1, "up"))).Sequence);
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task A_duplicate_in_the_same_batch_waits_for_the_first(string provider)
    {
        await using var house = await OpenAsync(provider);
        await house.CreateAsync("m");
        var row = Row(1, 2, "up", "same");

        var results = await house.LearnAsync("m", [row, row, Row(3, 4, "down", "other")]);

        Assert.Equal([LearnStatus.Learned, LearnStatus.Duplicate, LearnStatus.Learned], results.Select(result => result.Status));
        Assert.Equal([1, 1, 2], results.Select(result => (int)result.Sequence!));
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task The_same_id_with_another_payload_is_a_conflict_for_that_event_alone(string provider)
    {
        await using var house = await OpenAsync(provider);
        await house.CreateAsync("m");
        await house.LearnAsync("m", Row(1, 2, "up", "id"));

        var refused = await Assert.ThrowsAsync<ProblemException>(() => house.LearnAsync("m", Row(1, 2, "down", "id")));
        var mixed = await house.LearnAsync("m", [Row(9, 9, "down", "id"), Row(1, 1, "up", "next")]);

        Assert.Equal((409, ProblemTypes.EventIdReused), (refused.Status, refused.Type));
        Assert.Equal([LearnStatus.Rejected, LearnStatus.Learned], mixed.Select(result => result.Status));
        Assert.Equal(2, mixed[1].Sequence);
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task Another_task_puts_boundaries_before_the_event_and_a_duplicate_puts_none(string provider)
    {
        await using var house = await OpenAsync(provider);
        await house.CreateAsync("m");
        await house.LearnAsync("m", Row(1, 2, "up", "a", "first"));
        await house.LearnAsync("m", Row(1, 3, "up", "b", "second"));

        var duplicate = await house.LearnAsync("m", Row(1, 2, "up", "a", "first"));
        var stamped = await house.LearnAsync("m", Row(1, 4, "up", "c"));

        Assert.Equal(LearnStatus.Duplicate, duplicate.Status);
        Assert.Equal(6, stamped.Sequence);
        var tasks = await house.Models.ListTasksAsync("m", Token);
        Assert.Equal(["first", "second"], tasks.Select(task => task.Name));
        Assert.Equal((1, 3), (tasks[0].Segments[0].BeganAt, tasks[0].Segments[0].EndedAt!.Value));
        Assert.Equal("given", tasks[0].Segments[0].Cause);
        Assert.Null(tasks[1].Segments[0].EndedAt);
        Assert.Equal("second", (await house.Models.GetStreamAsync("m", Token)).CurrentTask);
        var metrics = await house.Models.GetMetricsAsync("m", withScenario: false, Token);
        Assert.Equal(2, metrics.Tasks!["second"].Count);
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task Tasks_begin_and_end_once_per_id_and_another_open_task_is_a_conflict(string provider)
    {
        await using var house = await OpenAsync(provider);
        await house.CreateAsync("m");

        var began = await house.Models.BeginTaskAsync("m", "a", "begin-a", null, Token);
        var unchanged = await house.Models.BeginTaskAsync("m", "a", null, null, Token);
        var conflict = await Assert.ThrowsAsync<ProblemException>(() => house.Models.EndTaskAsync("m", "b", null, null, Token));
        var ended = await house.Models.EndTaskAsync("m", "a", null, null, Token);
        var retried = await house.Models.BeginTaskAsync("m", "a", "begin-a", null, Token);

        Assert.Equal(("began", "1:1"), (began.Status, began.Position));
        Assert.Equal("unchanged", unchanged.Status);
        Assert.Equal(409, conflict.Status);
        Assert.Equal(("ended", "1:2"), (ended.Status, ended.Position));
        Assert.Equal(("unchanged", "1:1"), (retried.Status, retried.Position));
        Assert.Null((await house.Models.GetStreamAsync("m", Token)).CurrentTask);
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task A_full_queue_answers_429_and_takes_nothing(string provider)
    {
        await using var house = await OpenAsync(provider, options => (options.QueueCapacity, options.BatchEventCount) = (4, 1));
        await house.CreateAsync("m");
        house.Store.Held = new TaskCompletionSource();
        using var lease = await house.Models.AcquireAsync("m", Token);
        var first = lease.LearnAsync(Row(0, 0, "up"), Token);
        await house.Store.Waiting.Task;
        var waiting = Rows(4).ConvertAll(row => lease.LearnAsync(row, Token));

        var full = await Assert.ThrowsAsync<ProblemException>(() => lease.LearnAsync(Row(5, 5, "up", "turned away"), Token));
        var many = await Assert.ThrowsAsync<ProblemException>(() => lease.LearnManyAsync(Rows(2, 10), Token));
        var seeker = lease.EnqueueAsync(Row(6, 6, "up", "patient"), Token);
        Assert.False(seeker.IsCompleted);
        house.Store.Held.SetResult();
        var patient = await await seeker;
        await first;
        await Task.WhenAll(waiting);

        Assert.Equal((429, ProblemTypes.QueueFull), (full.Status, many.Type));
        Assert.NotNull(full.RetryAfter);
        Assert.Equal(6, patient.Sequence);
        Assert.Equal(6, (await house.Models.GetAsync("m", Token)).Sequence);
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task Events_that_wait_share_a_commit(string provider)
    {
        await using var house = await OpenAsync(provider);
        await house.CreateAsync("m");
        house.Store.Held = new TaskCompletionSource();
        using var lease = await house.Models.AcquireAsync("m", Token);
        var first = lease.LearnAsync(Row(0, 0, "up"), Token);
        await house.Store.Waiting.Task;
        var rest = Rows(100).ConvertAll(row => lease.LearnAsync(row, Token));
        house.Store.Held.SetResult();
        await first;
        await Task.WhenAll(rest);

        Assert.Contains(100, house.Store.Batches);
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task Callers_who_come_back_together_share_two_commits_by_halves(string provider)
    {
        await using var house = await OpenAsync(provider);
        await house.CreateAsync("m");
        await house.LearnAsync("m", Rows(64));
        house.Store.Held = new TaskCompletionSource();
        using var lease = await house.Models.AcquireAsync("m", Token);
        var first = lease.LearnAsync(Row(0, 0, "up"), Token);
        await house.Store.Waiting.Task;
        var rest = Rows(64, 64).ConvertAll(row => lease.LearnAsync(row, Token));
        house.Store.Held.SetResult();
        await first;
        var answers = await Task.WhenAll(rest);

        Assert.Equal([64, 1, 33, 31], house.Store.Batches.Where(count => count > 0));
        Assert.Equal(Enumerable.Range(66, 64).Select(sequence => (long?)sequence), answers.Select(answer => (long?)answer.Sequence));
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task A_label_beyond_the_most_is_refused_and_its_neighbours_are_learned(string provider)
    {
        await using var house = await OpenAsync(provider);
        await house.CreateAsync("m", maxClasses: 2);

        var results = await house.LearnAsync("m", [Row(0, 0, "a"), Row(1, 1, "b"), Row(2, 2, "c", task: "never"), Row(3, 3, "a")]);

        Assert.Equal([LearnStatus.Learned, LearnStatus.Learned, LearnStatus.Rejected, LearnStatus.Learned], results.Select(result => result.Status));
        Assert.Contains("label", results[2].Error!.Errors!.Keys);
        Assert.Equal(3, results[3].Sequence);
        Assert.Empty(await house.Models.ListTasksAsync("m", Token));
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task Without_a_journal_events_count_but_leave_no_history(string provider)
    {
        await using var house = await OpenAsync(provider);
        await house.CreateAsync("m", LifelongApi.Contracts.Models.Durability.None);
        var results = await house.LearnAsync("m", Rows(20));
        var hash = await house.HashAsync("m");

        await house.RestartAsync();

        Assert.Equal(20, results[^1].Sequence);
        Assert.Empty((await house.Models.ListHistoryAsync("m", false, 10, null, Token)).Items);
        var info = await house.Models.GetAsync("m", Token);
        Assert.Equal((20, hash), (info.Sequence, info.StateHash));
    }

    [Fact]
    public async Task Without_a_journal_callers_learn_by_themselves_and_beside_a_stream_and_each_keeps_its_order()
    {
        const int Callers = 6;
        const int Each = 200;
        await using var house = await OpenAsync();
        await house.CreateAsync("none", LifelongApi.Contracts.Models.Durability.None);
        await house.CreateAsync("kept");
        using var lease = await house.Models.AcquireAsync("none", Token);

        var learned = await Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => Task.Run(async () =>
        {
            var answers = new List<Task<LearnResult>>();
            for (var i = 0; i < Each; i++)
            {
                // Rows of a stream wait in the queue, and what comes after them from the same caller must not overtake them.
                answers.Add(caller % 2 == 0 && i % 3 == 0 ? await lease.EnqueueAsync(Row(1, 1, "up"), Token) : lease.LearnAsync(Row(1, 1, "up"), Token));
            }

            return await Task.WhenAll(answers);
        })));

        Assert.All(learned, own => Assert.Equal(own.Select(result => result.Sequence).Order(), own.Select(result => result.Sequence)));
        Assert.Equal(Enumerable.Range(1, Callers * Each).Select(i => (long?)i), learned.SelectMany(own => own).Select(result => result.Sequence).Order());
        await house.LearnAsync("kept", [.. Enumerable.Range(0, Callers * Each).Select(_ => Row(1, 1, "up"))]);
        Assert.Equal(await house.HashAsync("kept"), await house.HashAsync("none"));
    }

    [Fact]
    public async Task Without_a_journal_a_caller_who_comes_first_has_learned_when_the_call_returns()
    {
        await using var house = await OpenAsync();
        await house.CreateAsync("m", LifelongApi.Contracts.Models.Durability.None);
        using var lease = await house.Models.AcquireAsync("m", Token);

        Assert.True(lease.LearnAsync(Row(1, 1, "up"), Token).IsCompletedSuccessfully);
        await house.StopAsync();

        Assert.Equal(503, (await Assert.ThrowsAsync<ProblemException>(() => lease.LearnAsync(Row(1, 1, "up"), Token))).Status);
    }
}
