using LifelongApi.Contracts.Admin;
using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.EndToEnd.Tests.Data;
using LifelongApi.EndToEnd.Tests.Harness;

namespace LifelongApi.EndToEnd.Tests;

/// <summary>Sleep is a journalled event: what it changed is there again after a kill, in the model and in those that follow.</summary>
public sealed class SleepTests
{
    [Theory]
    [ClassData(typeof(EveryStore))]
    public async Task What_was_slept_survives_a_kill_and_a_replay(StoreKind kind)
    {
        await using var store = await TestStore.CreateAsync(kind);
        await using var server = await ServerProcess.StartAsync(store);
        var spec = new CreateModelRequest
        {
            Input = new InputSpec { Kind = InputKind.Named, HashBits = 6, Standardise = Standardisation.PerFeature },
            Target = new TargetSpec { Kind = TargetKind.Label },
            Network = new NetworkSpec
            {
                Populations = [new PopulationSpec { Name = "input", Kind = PopulationKind.Input }, new PopulationSpec { Name = "output", Kind = PopulationKind.Identity }],
                Projections = [new ProjectionSpec { Name = "readout", From = "input", To = "output", Rule = new CreditRuleSpec(), Transforms = [new LearningRateSpec { Rate = 0.05f }] }],
                Head = new SoftmaxHeadSpec(),
                Maintenance = [new ReplaySpec { Capacity = 50, PerEvent = 1, PerSleepSlice = 20 }],
            },
            Sleep = new SleepSpec { AfterSeconds = 3600 },
        };
        await server.Http.CreateAsync("market", spec);
        await server.Http.LearnAsync("market", ElectricityStream.Events(200, "row"));
        var awake = await server.Http.ModelAsync("market");

        var sleep = await server.Http.PostAsync<SleepResult>("/v1/admin/models/market:sleep", new SleepRequest { Slices = 7 });
        var slept = await server.Http.ModelAsync("market");
        Assert.Equal(("1:207", 207L), (sleep.Position, slept.Sequence));
        Assert.NotEqual(awake.StateHash, slept.StateHash);

        await server.RestartAsync();
        Assert.Equal(slept.StateHash, (await server.Http.ModelAsync("market")).StateHash);
        await server.Http.LearnAsync("market", new LearnEvent { EventId = "after", Features = ElectricityStream.Events(201, "row")[200].Features, Label = "UP" });
        await server.Http.CreateAsync("twin", spec with { Follow = "market" });
        var leader = await server.Http.ModelAsync("market");
        var twin = await server.Http.ModelAsync("twin");
        while (twin.Sequence < leader.Sequence)
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            twin = await server.Http.ModelAsync("twin");
        }

        Assert.Equal(leader.StateHash, twin.StateHash);
    }
}
