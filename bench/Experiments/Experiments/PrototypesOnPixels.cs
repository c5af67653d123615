using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Experiments.Harness;

namespace LifelongApi.Experiments.Experiments;

/// <summary>Prototypes on raw pixels: the nearest class mean (Mensink et al. 2013), and a few prototypes a class that turn by competition (Kohonen 1990). Reported, without a bar.</summary>
internal sealed class PrototypesOnPixels : Experiment
{
    public override string Name => "prototypes";

    public override string Protocol => "split MNIST class-incremental, one pass, raw pixels, nearest class mean and 32 prototypes a class";

    public override IReadOnlyDictionary<string, ModelSpec> Specs { get; } = new Dictionary<string, ModelSpec>
    {
        ["mean"] = Spec(1, new PrototypeRuleSpec()),
        ["several"] = Spec(32, new PrototypeRuleSpec { Rate = 0.01f }),
    };

    public override ExperimentResult Run(ExperimentRun run)
    {
        var (train, test) = RawPixels.Data(run);
        var several = run.EachSeed(seed => SplitMnist.ClassIncremental(Specs["several"], seed, train, test));
        var mean = run.EachSeed(seed => SplitMnist.ClassIncremental(Specs["mean"], seed, train, test));
        return new ExperimentResult(
            new Measurement("accuracy %, 32 prototypes a class", [.. several.Select(score => score.Accuracy)]),
            new Measurement("accuracy %, nearest class mean", [.. mean.Select(score => score.Accuracy)]),
            new Measurement("forgetting, points, 32 prototypes", [.. several.Select(score => score.Forgetting)]))
        {
            Details = new Dictionary<string, object>
            {
                ["state bytes, 32 prototypes"] = several[0].StateByteCount,
                ["state bytes, nearest class mean"] = mean[0].StateByteCount,
                ["events per second, learning, 32 prototypes"] = several.Select(score => score.Rate).Order().ElementAt(several.Count / 2),
            },
        };
    }

    private static ModelSpec Spec(int perClass, PrototypeRuleSpec rule) => RawPixels.Spec(Standardisation.None, new NetworkSpec
    {
        Populations = [new PopulationSpec { Name = "pixels", Kind = PopulationKind.Input }, new PopulationSpec { Name = "digits", Kind = PopulationKind.Identity }],
        Projections = [new ProjectionSpec { Name = "readout", From = "pixels", To = "digits", Connection = new PrototypeConnectionSpec { PerClass = perClass }, Rule = rule }],
        Credit = new NoCreditSpec(),
        Head = new SoftmaxHeadSpec(),
    });
}
