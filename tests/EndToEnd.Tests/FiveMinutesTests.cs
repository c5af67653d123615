using LifelongApi.Contracts.Admin;
using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Models;
using LifelongApi.EndToEnd.Tests.Harness;

namespace LifelongApi.EndToEnd.Tests;

/// <summary>The README's five minutes with curl, with the same bodies.</summary>
public sealed class FiveMinutesTests
{
    private const string Features = """{"amount":912.5,"country":"DE","night":true}""";
    private const string Learn = $$"""{"eventId":"payment-1","features":{{Features}},"label":"fraud"}""";
    private const string Other = """{"eventId":"payment-2","features":{"amount":12,"country":"FR","night":false},"label":"fine"}""";

    [Theory]
    [ClassData(typeof(EveryStore))]
    public async Task The_five_minutes_of_the_readme_go_as_it_says(StoreKind kind)
    {
        await using var store = await TestStore.CreateAsync(kind);
        await using var server = await ServerProcess.StartAsync(store);
        var http = server.Http;

        var created = await http.PutAsync<ModelInfo>("/v1/models/payments", new CreateModelRequest { Preset = "classifier" });
        Assert.Equal("payments", created.Name);
        Assert.StartsWith("classifier@", created.Preset, StringComparison.Ordinal);
        Assert.Equal(1, created.Lineage);

        var before = await http.PostJsonAsync<PredictResponse>("/v1/models/payments/predict", $$"""{"features":{{Features}}}""");
        Assert.Null(before.Label);

        var learned = await http.PostJsonAsync<LearnResult>("/v1/models/payments/learn", Learn);
        Assert.Equal(LearnStatus.Learned, learned.Status);
        Assert.Equal("payment-1", learned.EventId);
        Assert.NotNull(learned.Loss);
        Assert.NotEmpty(learned.Plasticity!);
        Assert.NotEmpty(learned.Modulators!);
        Assert.NotEmpty(learned.Protection!);

        var after = await http.PostJsonAsync<PredictResponse>("/v1/models/payments/predict", $$"""{"features":{{Features}}}""");
        Assert.Equal("fraud", after.Label);
        Assert.Equal(learned.Position, after.Position);
        var stateAfterOne = (await http.ModelAsync("payments")).StateHash;
        Assert.NotEqual(created.StateHash, stateAfterOne);

        var again = await http.PostJsonAsync<LearnResult>("/v1/models/payments/learn", Learn);
        Assert.Equal(LearnStatus.Duplicate, again.Status);
        Assert.Equal(learned.Sequence, again.Sequence);
        Assert.Equal(learned.Loss, again.Loss);
        Assert.Equal(stateAfterOne, (await http.ModelAsync("payments")).StateHash);

        var snapshot = await http.PostJsonAsync<SnapshotInfo>("/v1/admin/models/payments/snapshots", """{"note":"before the second payment"}""");
        Assert.Equal(stateAfterOne, snapshot.StateHash);
        Assert.True(snapshot.Pinned);

        await http.PostJsonAsync<LearnResult>("/v1/models/payments/learn", Other);
        Assert.NotEqual(stateAfterOne, (await http.ModelAsync("payments")).StateHash);

        var restored = await http.RestoreAsync("payments", snapshot.Version);
        Assert.Equal(stateAfterOne, restored.StateHash);
        var model = await http.ModelAsync("payments");
        Assert.Equal(stateAfterOne, model.StateHash);
        Assert.Equal(2, model.Lineage);

        var relearned = await http.PostJsonAsync<LearnResult>("/v1/models/payments/learn", Other);
        Assert.Equal(LearnStatus.Learned, relearned.Status);
    }
}
