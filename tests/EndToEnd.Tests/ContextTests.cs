using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.EndToEnd.Tests.Harness;

namespace LifelongApi.EndToEnd.Tests;

/// <summary>Contexts that nobody names: told apart by the features, said in every answer, the same after a kill.</summary>
public sealed class ContextTests
{
    private const int Size = 12;

    [Theory]
    [ClassData(typeof(EveryStore))]
    public async Task The_context_of_an_example_is_in_its_answer_and_survives_a_kill(StoreKind kind)
    {
        await using var store = await TestStore.CreateAsync(kind);
        await using var server = await ServerProcess.StartAsync(store);
        await server.Http.CreateAsync("machines", new CreateModelRequest
        {
            Input = new InputSpec { Kind = InputKind.Vector, Size = Size, Standardise = Standardisation.None },
            Target = new TargetSpec { Kind = TargetKind.Label },
            Network = new NetworkSpec
            {
                Populations =
                [
                    new PopulationSpec { Name = "input", Kind = PopulationKind.Input },
                    new PopulationSpec { Name = "hidden", Kind = PopulationKind.Relu, Size = 64, Gated = true, Bias = false },
                    new PopulationSpec { Name = "output", Kind = PopulationKind.Identity },
                ],
                Projections =
                [
                    new ProjectionSpec { Name = "filters", From = "input", To = "hidden", Initial = new GaussianWeightsSpec(), Rule = new CreditRuleSpec(), Transforms = [new AdaGradSpec { Rate = 0.1f }] },
                    new ProjectionSpec { Name = "readout", From = "hidden", To = "output", Initial = new GaussianWeightsSpec(), Rule = new CreditRuleSpec(), Transforms = [new AdaGradSpec { Rate = 0.1f }] },
                ],
                Context = new ContextSpec { MaxContexts = 4, MinimumEvents = 30, Evidence = 10f },
                Head = new SoftmaxHeadSpec(),
            },
        });
        var learned = await server.Http.LearnAsync("machines", [.. Enumerable.Range(0, 200).Select(n => Event(n / 100, n))]);
        Assert.Null(learned[0].Prediction);
        Assert.Equal(0, learned[99].Prediction!.Context);
        Assert.Equal(1, learned[199].Prediction!.Context);

        var rows = Enumerable.Range(1000, 20).Select(n => Event(n % 2, n).Features!).ToList();
        var before = await server.Http.PredictAsync("machines", rows);
        Assert.Equal(Enumerable.Range(0, 20).Select(n => (int?)(n % 2)), before.Select(answer => answer.Context));
        Assert.True(before.Zip(Enumerable.Range(1000, 20)).Count(pair => pair.First.Label == Event(pair.Second % 2, pair.Second).Label) >= 18);
        Assert.Contains("\"context\":1", await server.Http.PredictTextAsync("machines", rows), StringComparison.Ordinal);

        var model = await server.Http.ModelAsync("machines");
        await server.RestartAsync();
        Assert.Equal(model.StateHash, (await server.Http.ModelAsync("machines")).StateHash);
        Assert.Equal(1, (await server.Http.LearnAsync("machines", [Event(1, 199)]))[0].Prediction!.Context);
        Assert.Equal(before.Select(answer => (answer.Context, answer.Label)), (await server.Http.PredictAsync("machines", rows)).Select(answer => (answer.Context, answer.Label)));
    }

    /// <summary>What a high first number means is one thing in the first context and the contrary in the second; the other numbers lie elsewhere.</summary>
    private static LearnEvent Event(int context, int n)
    {
        var random = new Random(n);
        var features = Enumerable.Range(0, Size).Select(i => (i > 0 && i % 2 == context ? 1f : 0f) + (0.2f * (random.NextSingle() - 0.5f))).ToArray();
        features[0] = n / 2 % 2 == 0 ? 1f : -1f;
        return new LearnEvent { EventId = $"event-{n}", Features = FeatureSet.Binary(features), Label = features[0] > 0 == (context == 0) ? "up" : "down" };
    }
}
