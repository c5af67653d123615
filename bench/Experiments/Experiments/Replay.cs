using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Experiments.Harness;

namespace LifelongApi.Experiments.Experiments;

/// <summary>
/// A class-balanced memory inside the model's state, learned from again after every event and in slices of sleep: a plain multilayer perceptron that would forget everything keeps
/// most of it. The published protocol steps on batches of 10 new and 10 replayed examples; here every step is one example, with a few replayed ones after each new one.
/// </summary>
internal sealed class Replay : Experiment
{
    private const int SleepEvery = 2000;
    private const int Slices = 60;

    public override string Name => "replay";

    public override string Protocol => "split MNIST class-incremental, one pass, raw pixels, 2×400 units, backprop, balanced memory, sleep every 2,000 events";

    public override IReadOnlyDictionary<string, ModelSpec> Specs { get; } = new Dictionary<string, ModelSpec>
    {
        ["500"] = Spec(500),
        ["2000"] = Spec(2000),
    };

    public override ExperimentResult Run(ExperimentRun run)
    {
        var (train, test) = RawPixels.Data(run);
        var few = run.EachSeed(seed => SplitMnist.ClassIncremental(Specs["500"], seed, train, test, SleepNowAndThen));
        var many = run.EachSeed(seed => SplitMnist.ClassIncremental(Specs["2000"], seed, train, test, SleepNowAndThen));
        return new ExperimentResult(
            new Measurement("accuracy %, 500 examples in memory", [.. few.Select(score => score.Accuracy)]) { Anchor = 85.69, Bar = 88.0 },
            new Measurement("accuracy %, 2,000 examples in memory", [.. many.Select(score => score.Accuracy)]) { Anchor = 93, Bar = 94.0 },
            new Measurement("forgetting, points, 500", [.. few.Select(score => score.Forgetting)]),
            new Measurement("forgetting, points, 2,000", [.. many.Select(score => score.Forgetting)]))
        {
            Details = new Dictionary<string, object>
            {
                ["state bytes, 500"] = few[0].StateByteCount,
                ["state bytes, 2,000"] = many[0].StateByteCount,
                ["accuracy % over the classes seen, after each task, 2,000"] = many[0].Curve,
                ["events per second, learning, 2,000"] = many.Select(score => score.Rate).Order().ElementAt(many.Count / 2),
            },
        };
    }

    private static void SleepNowAndThen(Trainee model, int events)
    {
        for (var slice = 0; events % SleepEvery == 0 && slice < Slices; slice++)
        {
            model.Sleep();
        }
    }

    private static ModelSpec Spec(int capacity)
    {
        IReadOnlyList<TransformSpec> step = [new LearningRateSpec { Rate = 0.005f }];
        return RawPixels.Spec(Standardisation.Scale, new NetworkSpec
        {
            Populations =
            [
                new PopulationSpec { Name = "pixels", Kind = PopulationKind.Input },
                new PopulationSpec { Name = "first", Kind = PopulationKind.Relu, Size = 400 },
                new PopulationSpec { Name = "second", Kind = PopulationKind.Relu, Size = 400 },
                new PopulationSpec { Name = "digits", Kind = PopulationKind.Identity },
            ],
            Projections =
            [
                new ProjectionSpec { Name = "a", From = "pixels", To = "first", Initial = new GaussianWeightsSpec(), Rule = new CreditRuleSpec(), Transforms = step },
                new ProjectionSpec { Name = "b", From = "first", To = "second", Initial = new GaussianWeightsSpec(), Rule = new CreditRuleSpec(), Transforms = step },
                new ProjectionSpec { Name = "c", From = "second", To = "digits", Rule = new CreditRuleSpec(), Transforms = step },
            ],
            Head = new SoftmaxHeadSpec(),
            Maintenance = [new ReplaySpec { Capacity = capacity, PerEvent = 3, PerSleepSlice = 32 }],
        });
    }
}
