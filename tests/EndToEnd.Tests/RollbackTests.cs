using LifelongApi.Contracts.Learning;
using LifelongApi.EndToEnd.Tests.Data;
using LifelongApi.EndToEnd.Tests.Harness;

namespace LifelongApi.EndToEnd.Tests;

/// <summary>Back to a version, bit for bit; and predictions that change nothing.</summary>
public sealed class RollbackTests
{
    [Theory]
    [ClassData(typeof(EveryStore))]
    public async Task A_restore_brings_back_the_bits_and_the_rows_can_be_learned_again(StoreKind kind)
    {
        await using var store = await TestStore.CreateAsync(kind);
        await using var server = await ServerProcess.StartAsync(store);
        var probes = ElectricityStream.Rows(200, seed: 99).Select(row => row.Features).ToArray();
        await server.Http.CreateClassifierAsync("market");
        await server.Http.LearnAsync("market", ElectricityStream.Events(500, "early"));
        var before = await server.Http.PredictTextAsync("market", probes);
        var snapshot = await server.Http.SnapshotAsync("market");

        var later = ElectricityStream.Events(1000, "later", seed: 8);
        await server.Http.LearnAsync("market", later);
        Assert.NotEqual(before, await server.Http.PredictTextAsync("market", probes));

        var restored = await server.Http.RestoreAsync("market", snapshot.Version);
        Assert.Equal(snapshot.StateHash, restored.StateHash);
        Assert.Equal(before, await server.Http.PredictTextAsync("market", probes));

        var again = await server.Http.LearnAsync("market", later);
        Assert.All(again, result => Assert.Equal(LearnStatus.Learned, result.Status));
        Assert.NotEqual(before, await server.Http.PredictTextAsync("market", probes));
    }

    [Theory]
    [ClassData(typeof(EveryStore))]
    public async Task A_restore_is_still_there_after_a_kill(StoreKind kind)
    {
        await using var store = await TestStore.CreateAsync(kind);
        await using var server = await ServerProcess.StartAsync(store);
        await server.Http.CreateClassifierAsync("market");
        await server.Http.LearnAsync("market", ElectricityStream.Events(300, "early"));
        var snapshot = await server.Http.SnapshotAsync("market");
        await server.Http.LearnAsync("market", ElectricityStream.Events(300, "undone", seed: 8));
        await server.Http.RestoreAsync("market", snapshot.Version);
        await server.Http.LearnAsync("market", ElectricityStream.Events(100, "after", seed: 9));
        var before = await server.Http.ModelAsync("market");

        await server.RestartAsync();

        var after = await server.Http.ModelAsync("market");
        Assert.Equal(before.StateHash, after.StateHash);
        Assert.Equal(before.Lineage, after.Lineage);
        Assert.Equal(before.Sequence, after.Sequence);
    }

    [Theory]
    [ClassData(typeof(EveryStore))]
    public async Task Ten_thousand_predictions_leave_the_state_alone(StoreKind kind)
    {
        await using var store = await TestStore.CreateAsync(kind);
        await using var server = await ServerProcess.StartAsync(store);
        await server.Http.CreateClassifierAsync("market");
        await server.Http.LearnAsync("market", ElectricityStream.Events(300, "row"));
        var before = await server.Http.ModelAsync("market");
        var probes = ElectricityStream.Rows(1000, seed: 99).Select(row => row.Features).ToArray();

        // A thousand one by one, several at a time, and nine thousand by the page.
        await Parallel.ForEachAsync(probes, TestContext.Current.CancellationToken, async (probe, _) => await server.Http.PredictAsync("market", probe));
        for (var i = 0; i < 9; i++)
        {
            Assert.Equal(probes.Length, (await server.Http.PredictAsync("market", probes)).Count);
        }

        var after = await server.Http.ModelAsync("market");
        Assert.Equal(before.StateHash, after.StateHash);
        Assert.Equal(before.Sequence, after.Sequence);

        await server.RestartAsync();
        Assert.Equal(before.StateHash, (await server.Http.ModelAsync("market")).StateHash);
    }
}
