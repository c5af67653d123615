using LifelongApi.Api.Hosting;
using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Models;
using LifelongApi.Learning;
using LifelongApi.Storage;
using static LifelongApi.Api.Tests.Hosting.House;

namespace LifelongApi.Api.Tests.Hosting;

/// <summary>What happens at the same time: nobody waits for ever, nothing that is gone goes on.</summary>
public sealed class RaceTests
{
    [Fact]
    public async Task A_queue_that_ended_takes_nothing_more_and_does_what_waited()
    {
        var queue = new EventQueue(1, 1000);
        var first = new PendingEvent { Kind = Contracts.Journal.EventKind.Learned, Input = Row(0, 0, "up"), ReceivedAt = 0 };
        queue.EnqueueAlways(first);
        var seeker = queue.EnqueueAsync(new PendingEvent { Kind = Contracts.Journal.EventKind.Learned, Input = Row(1, 0, "up"), ReceivedAt = 0 }, Token);
        var last = new ExclusiveWork(_ => Task.CompletedTask);

        queue.EnqueueLast(last, () => new InvalidOperationException("closed"));
        queue.Accept();
        var taken = new List<PendingWork>();
        var after = new List<PendingWork>();
        queue.Take(taken, 10, 1000);
        queue.Take(after, 10, 1000);

        await Assert.ThrowsAsync<InvalidOperationException>(() => seeker.AsTask());
        Assert.Throws<InvalidOperationException>(() => queue.TryEnqueue([first]));
        Assert.Equal<PendingWork>([first, last], [.. taken, .. after]);
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task Everybody_who_learns_while_the_model_is_deleted_gets_an_answer_and_the_model_is_gone(string provider)
    {
        await using var house = await OpenAsync(provider, options => (options.QueueCapacity, options.BatchEventCount) = (8, 4));
        await house.CreateAsync("m");
        var learners = Enumerable.Range(0, 6).Select(LearnUntilGoneAsync).ToList();
        await house.LearnAsync("m", Row(9, 9, "up"));

        await house.Models.DeleteAsync("m", Token);
        var ends = await Task.WhenAll(learners);

        Assert.All(ends, end => Assert.Equal(404, end));
        Assert.Equal(404, (await Assert.ThrowsAsync<ProblemException>(() => house.Models.GetAsync("m", Token))).Status);
        Assert.Equal(404, (await Assert.ThrowsAsync<ProblemException>(() => house.Models.DeleteAsync("m", Token))).Status);
        Assert.Empty(house.Registry.Open);
        Assert.Equal(0, (await house.CreateAsync("m")).Sequence);

        async Task<int> LearnUntilGoneAsync(int caller)
        {
            await Task.Yield();
            for (var i = 0; ; i++)
            {
                try
                {
                    using var lease = await house.Models.AcquireAsync("m", Token);
                    await await lease.EnqueueAsync(Row(i, caller, "up", $"{caller}-{i}"), Token);
                }
                catch (ProblemException problem) when (problem.Status == 404)
                {
                    return problem.Status;
                }
                catch (Exception reason) when (reason is FencedException or StoreUnavailableException or ProblemException { Status: 503 or 429 })
                {
                    await Task.Yield();
                }
            }
        }
    }

    [Fact]
    public async Task A_deleted_follower_does_not_come_back_through_somebody_who_found_it_before()
    {
        await using var house = await OpenAsync();
        await house.CreateAsync("m");
        await house.CreateAsync("shadow", follow: "m");
        using var lease = await house.Models.AcquireAsync("shadow", Token);
        var stale = ((HostedLease)lease).Model.Record;

        await house.Models.DeleteAsync("shadow", Token);
        var gone = await Assert.ThrowsAsync<ProblemException>(() => ((HostedLease)lease).Host.AddFollowerAsync(stale, Token));

        Assert.Equal(404, gone.Status);
        await lease.PredictAsync(Row(1, 1, "up").Payload, new PredictionBuffer(), Token);
        Assert.Equal(404, (await Assert.ThrowsAsync<ProblemException>(() => house.Models.CreateSnapshotAsync("shadow", new(), Token))).Status);
        Assert.Equal(LearnStatus.Learned, (await house.LearnAsync("m", Row(1, 1, "up"))).Status);
    }

    [Fact]
    public async Task A_service_that_stops_with_a_full_queue_answers_every_caller_and_loses_nothing()
    {
        await using var house = await OpenAsync(options => (options.QueueCapacity, options.BatchEventCount) = (40, 3));
        await house.CreateAsync("m");
        house.Store.Held = new TaskCompletionSource();
        using var lease = await house.Models.AcquireAsync("m", Token);
        var first = lease.LearnAsync(Rows(1)[0], Token);
        await house.Store.Waiting.Task;
        var waiting = Rows(40, 1).ConvertAll(row => lease.LearnAsync(row, Token));
        var seeker = lease.EnqueueAsync(Row(7, 7, "up", "patient"), Token).AsTask();

        var stopping = house.RestartAsync();
        await Assert.ThrowsAsync<ProblemException>(() => seeker);
        house.Store.Held.SetResult();
        await stopping;
        var results = await Task.WhenAll([first, .. waiting]);

        Assert.All(results, result => Assert.Equal(LearnStatus.Learned, result.Status));
        Assert.Equal(41, (await house.Models.GetAsync("m", Token)).Sequence);
    }

    [Fact]
    public async Task An_open_model_is_described_while_the_store_is_away()
    {
        FailingStore? failing = null;
        await using var house = await OpenAsync(options => options.HousekeepingSeconds = 3600);
        house.Decorate = store => failing = new FailingStore(store, int.MaxValue, isDone: false);
        await house.RestartAsync();
        await house.CreateAsync("m");
        await house.LearnAsync("m", Rows(10));
        var snapshot = await house.Models.CreateSnapshotAsync("m", new(), Token);
        var here = await house.Models.GetAsync("m", Token);

        failing!.Die();
        var away = await house.Models.GetAsync("m", Token);

        Assert.Equal(snapshot.Version, away.Version);
        Assert.Equal((here.Sequence, here.StateHash, here.Version), (away.Sequence, away.StateHash, away.Version));
        Assert.Equal(10, (await house.Models.GetMetricsAsync("m", withScenario: false, Token)).Total.Count);
    }

    [Fact]
    public async Task Versions_of_the_past_are_kept_within_their_budget_and_freed_when_nobody_uses_them()
    {
        var loads = 0;
        using var cache = new VersionCache(capacity: 2, byteBudget: long.MaxValue);

        foreach (var version in new long[] { 1, 2, 1, 3, 1, 2 })
        {
            await cache.UseAsync(version, Load, state => state.Position.Sequence, Token);
        }

        Assert.Equal((4, 2), (loads, cache.Count));
        await Assert.ThrowsAsync<InvalidDataException>(() => cache.UseAsync<int>(9, () => throw new InvalidDataException(), _ => 0, Token));
        Assert.Equal(2, cache.Count);
        using var small = new VersionCache(capacity: 2, byteBudget: 1);
        await small.UseAsync(1, Load, state => state.Position.Sequence, Token);
        Assert.Equal(0, small.Count);

        Task<ModelState> Load()
        {
            loads++;
            var spec = LifelongApi.Learning.Recipes.Presets.Expand(new CreateModelRequest { Preset = "classifier", Input = new InputSpec { Kind = InputKind.Vector, Size = 2 } });
            return Task.FromResult(new ModelState(Model.Create(spec), new Contracts.Journal.Position(1, 1), new LifelongApi.Learning.Evaluation.Prequential(true)));
        }
    }
}
