using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Experiments.Harness;

namespace LifelongApi.Experiments.Experiments;

/// <summary>Streaming linear discriminant analysis (Hayes and Kanan 2020) on raw pixels: no examples stored, nothing to forget.</summary>
internal sealed class Slda : Experiment
{
    public override string Name => "slda";

    public override string Protocol => "split MNIST class-incremental, one pass, raw pixels, streaming discriminant";

    public override IReadOnlyDictionary<string, ModelSpec> Specs { get; } = new Dictionary<string, ModelSpec>
    {
        ["discriminant"] = RawPixels.Spec(Standardisation.None, new NetworkSpec
        {
            Populations = [new PopulationSpec { Name = "pixels", Kind = PopulationKind.Input }, new PopulationSpec { Name = "digits", Kind = PopulationKind.Identity }],
            Projections = [new ProjectionSpec { Name = "readout", From = "pixels", To = "digits", Rule = new DiscriminantRuleSpec { Shrinkage = 1000f } }],
            Credit = new NoCreditSpec(),
            Head = new SoftmaxHeadSpec(),
        }),
    };

    public override ExperimentResult Run(ExperimentRun run)
    {
        var (train, test) = RawPixels.Data(run);
        return RawPixels.Result(run.EachSeed(seed => SplitMnist.ClassIncremental(Specs["discriminant"], seed, train, test)), anchor: 87.3, bar: 87.3);
    }
}
