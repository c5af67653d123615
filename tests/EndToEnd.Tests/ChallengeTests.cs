using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Models;
using LifelongApi.EndToEnd.Tests.Data;
using LifelongApi.EndToEnd.Tests.Harness;

namespace LifelongApi.EndToEnd.Tests;

/// <summary>A follower is compared with its leader, promoted, and goes on after a kill.</summary>
public sealed class ChallengeTests
{
    [Theory]
    [ClassData(typeof(EveryStore))]
    public async Task A_challenger_is_compared_promoted_and_leads_after_a_kill(StoreKind kind)
    {
        await using var store = await TestStore.CreateAsync(kind);
        await using var server = await ServerProcess.StartAsync(store);
        var events = ElectricityStream.Events(300, "row");
        await server.Http.CreateClassifierAsync("market");
        await server.Http.LearnAsync("market", [.. events.Take(100)]);
        await server.Http.CreateAsync("trial", new CreateModelRequest { Preset = "classifier", Seed = 2, Follow = "market" });
        await server.Http.LearnAsync("market", [.. events.Skip(100).Take(100)]);

        var comparison = await ComparedAsync(server, "trial", 200);
        var market = await server.Http.MetricsAsync("market");
        var trial = await server.Http.MetricsAsync("trial");
        Assert.Equal((200L, "market"), (comparison.Events, comparison.Leader));
        Assert.Equal(1 - market.Total.Accuracy!.Value, comparison.LeaderScore!.Value, 1e-6);
        Assert.Equal(1 - trial.Total.Accuracy!.Value, comparison.ChallengerScore!.Value, 1e-6);
        var before = await server.Http.ModelAsync("trial");

        var promoted = (await CliRun.RunAsync("promote", "trial", "--json", "--url", server.Address.ToString())).Json();
        Assert.Equal(("trial", "market"), (promoted.GetProperty("leader").GetString(), promoted.GetProperty("follower").GetString()));
        await server.RestartAsync();
        var after = await server.Http.ModelAsync("trial");
        Assert.Equal((ModelRole.Leader, before.StateHash), (after.Role, after.StateHash));
        var results = await server.Http.LearnAsync("trial", events);
        Assert.Equal((200, 100), (results.Count(result => result.Status == LearnStatus.Duplicate), results.Count(result => result.Status == LearnStatus.Learned)));
        Assert.All(results, result => Assert.NotNull(result.Loss));

        var back = await ComparedAsync(server, "market", 100);
        Assert.Equal((100L, "trial"), (back.Events, back.Leader));
        var shown = await CliRun.RunAsync("compare", "market", "--url", server.Address.ToString());
        Assert.StartsWith("market is ", shown.Output, StringComparison.Ordinal);

        // Both are what a model of their own would be after the same events.
        await server.Http.CreateAsync("twin", new CreateModelRequest { Preset = "classifier", Seed = 2 });
        await server.Http.LearnAsync("twin", events);
        Assert.Equal((await server.Http.ModelAsync("twin")).StateHash, (await server.Http.ModelAsync("trial")).StateHash);
    }

    private static async Task<ComparisonInfo> ComparedAsync(ServerProcess server, string challenger, long events)
    {
        var comparison = await server.Http.GetAsync<ComparisonInfo>($"/v1/models/{challenger}/comparison");
        while (comparison.Events < events)
        {
            await Task.Delay(50, TestContext.Current.CancellationToken);
            comparison = await server.Http.GetAsync<ComparisonInfo>($"/v1/models/{challenger}/comparison");
        }

        return comparison;
    }
}
