using System.Net;
using LifelongApi.Contracts.Journal;
using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Problems;
using LifelongApi.EndToEnd.Tests.Data;
using LifelongApi.EndToEnd.Tests.Harness;

namespace LifelongApi.EndToEnd.Tests;

/// <summary>Two hosts on one database: the one that opened the stream last writes, the other one finds out before it writes.</summary>
public sealed class FencingTests
{
    [Theory]
    [ClassData(typeof(EveryStore))]
    public async Task The_first_host_is_fenced_when_the_second_takes_over_and_no_event_is_lost_or_doubled(StoreKind kind)
    {
        await using var store = await TestStore.CreateAsync(kind);

        // Without housekeeping in between the first host learns of the other one where it matters: when it writes.
        await using var first = await ServerProcess.StartAsync(store, "--Lifelong:HousekeepingSeconds", "86400");
        await using var second = await ServerProcess.StartAsync(store);
        var events = ElectricityStream.Events(300, "row");
        await first.Http.CreateClassifierAsync("market");
        await first.Http.LearnAsync("market", [.. events.Take(100)]);

        // The second host opens the stream with its first event.
        await second.Http.LearnAsync("market", [.. events.Skip(100).Take(100)]);
        var state = (await second.Http.ModelAsync("market")).StateHash;

        var problem = await first.Http.RefusedAsync(HttpStatusCode.ServiceUnavailable, HttpMethod.Post, "/v1/models/market/learn", LifelongHttp.Json(events[200]));
        Assert.Equal(ProblemTypes.Fenced, problem.Type);
        Assert.Equal(state, (await second.Http.ModelAsync("market")).StateHash);

        // Everything once more to the host that may write: what is there is a duplicate, what was refused is learned.
        var results = await second.Http.LearnAsync("market", events);
        Assert.All(results.Take(200), result => Assert.Equal(LearnStatus.Duplicate, result.Status));
        Assert.All(results.Skip(200), result => Assert.Equal(LearnStatus.Learned, result.Status));
        var journal = (await second.Http.HistoryAsync("market")).Where(entry => entry.Kind == EventKind.Learned).Select(entry => entry.EventId).Reverse();
        Assert.Equal(events.Select(learnEvent => learnEvent.EventId), journal);

        var last = await second.Http.ModelAsync("market");
        await second.RestartAsync();
        Assert.Equal(last.StateHash, (await second.Http.ModelAsync("market")).StateHash);
    }
}
