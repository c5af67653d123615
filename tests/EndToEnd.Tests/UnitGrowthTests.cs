using LifelongApi.Contracts.Journal;
using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.EndToEnd.Tests.Harness;

namespace LifelongApi.EndToEnd.Tests;

/// <summary>A population that gained units has them after a kill, and the journal says when.</summary>
public sealed class UnitGrowthTests
{
    [Theory]
    [ClassData(typeof(EveryStore))]
    public async Task Units_that_surprise_asked_for_are_there_after_a_kill(StoreKind kind)
    {
        await using var store = await TestStore.CreateAsync(kind);
        await using var server = await ServerProcess.StartAsync(store);
        var created = await server.Http.CreateAsync("noise", new CreateModelRequest
        {
            Input = new InputSpec { Kind = InputKind.Vector, Size = 3, Standardise = Standardisation.None },
            Target = new TargetSpec { Kind = TargetKind.Label },
            Network = new NetworkSpec
            {
                Populations =
                [
                    new PopulationSpec { Name = "input", Kind = PopulationKind.Input },
                    new PopulationSpec { Name = "hidden", Kind = PopulationKind.Relu, Size = 16, Bias = false },
                    new PopulationSpec { Name = "output", Kind = PopulationKind.Identity },
                ],
                Projections =
                [
                    new ProjectionSpec { Name = "filters", From = "input", To = "hidden", Initial = new GaussianWeightsSpec(), Rule = new CreditRuleSpec(), Transforms = [new LearningRateSpec { Rate = 0.01f }] },
                    new ProjectionSpec { Name = "readout", From = "hidden", To = "output", Initial = new GaussianWeightsSpec(), Rule = new CreditRuleSpec(), Transforms = [new LearningRateSpec { Rate = 0.01f }] },
                ],
                Modulators = [new ExpectedUncertaintySpec { Name = "acetylcholine" }],
                Head = new SoftmaxHeadSpec(),
                Maintenance = [new GrowthSpec { Population = "hidden", Modulator = "acetylcholine", Above = 0.3f, Events = 50, Block = 32, MaxUnits = 64 }],
            },
        });
        await server.Http.LearnAsync("noise", [.. Enumerable.Range(0, 300).Select(Event)]);
        var grown = await server.Http.ModelAsync("noise");
        Assert.True(grown.StateBytes > created.StateBytes);
        var growth = (await server.Http.HistoryAsync("noise")).Where(item => item.Kind == EventKind.Grew).OrderBy(item => item.Sequence).ToList();
        Assert.Equal([48, 64], growth.Select(item => item.Payload!.Value.GetProperty("units").GetInt32()));
        Assert.Equal(302, grown.Sequence);

        await server.RestartAsync();
        var back = await server.Http.ModelAsync("noise");
        Assert.Equal((grown.StateHash, grown.StateBytes, grown.Sequence), (back.StateHash, back.StateBytes, back.Sequence));
        await server.Http.LearnAsync("noise", [Event(300)]);
    }

    /// <summary>Labels that nothing in the features tells.</summary>
    private static LearnEvent Event(int n)
    {
        var random = new Random(n);
        return new LearnEvent
        {
            EventId = $"event-{n}",
            Features = FeatureSet.Binary([random.NextSingle(), random.NextSingle(), random.NextSingle()]),
            Label = random.Next(2) == 0 ? "heads" : "tails",
        };
    }
}
