using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Experiments.Harness;

namespace LifelongApi.Experiments.Experiments;

/// <summary>
/// The fruit fly's circuit (Shen, Dasgupta and Navlakha 2021): every unit of a wide layer samples a few pixels, the most driven stay active, and only their synapses to the
/// right class change, by a local rule without any error. No examples stored.
/// </summary>
internal sealed class Fly : Experiment
{
    public override string Name => "fly";

    public override string Protocol => "split MNIST class-incremental, one pass, raw pixels, sparse expansion and supervised Hebb";

    public override IReadOnlyDictionary<string, ModelSpec> Specs { get; } = new Dictionary<string, ModelSpec>
    {
        ["fly"] = RawPixels.Spec(Standardisation.None, new NetworkSpec
        {
            Populations =
            [
                new PopulationSpec { Name = "pixels", Kind = PopulationKind.Input, Bias = false },
                new PopulationSpec { Name = "kenyon", Kind = PopulationKind.Winners, Size = 16_000, Winners = 400, Bias = false },
                new PopulationSpec { Name = "digits", Kind = PopulationKind.Identity },
            ],
            Projections =
            [
                new ProjectionSpec { Name = "sampling", From = "pixels", To = "kenyon", Initial = new SparseWeightsSpec { Inputs = 16 } },
                new ProjectionSpec { Name = "readout", From = "kenyon", To = "digits", Rule = new SupervisedHebbRuleSpec { Bound = 1f }, Transforms = [new LearningRateSpec { Rate = 0.04f }] },
            ],
            Credit = new NoCreditSpec(),
            Head = new SoftmaxHeadSpec(),
        }),
    };

    public override ExperimentResult Run(ExperimentRun run)
    {
        var (train, test) = RawPixels.Data(run);
        return RawPixels.Result(run.EachSeed(seed => SplitMnist.ClassIncremental(Specs["fly"], seed, train, test)), anchor: 90.58, bar: 91.0);
    }
}
