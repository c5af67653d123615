using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Compilation;

namespace LifelongApi.Learning.Recipes;

/// <summary>
/// The network of <c>compact@1</c>: a model in 8,000 bytes for up to 32 features. Two members, weighed by their recent surprise: a linear readout of the input, which follows at once, and least squares
/// on a few rectified features, which forgets when surprised and only where it is surprised, and answers for classes that come no more. What connects input and features is hashed, so that it takes no state; thresholds move by a local rule, gated by acetylcholine, and are anchored.
/// A wider input is summed up in a few hashed signs first.
/// </summary>
internal static class CompactRecipe
{
    /// <summary>2^this places for named features.</summary>
    public const int HashBits = 5;

    private const int LargestInput = 1 << HashBits;
    private const int SumCount = 31;

    /// <summary>With the bias whole strips of 4 rows of P.</summary>
    private const int FeatureCount = 19;

    /// <summary>The network for an input and a target.</summary>
    /// <param name="input">A valid input with defaults filled in.</param>
    /// <param name="target">A valid target, labels or values.</param>
    /// <returns>The network.</returns>
    public static NetworkSpec Network(InputSpec input, TargetSpec target)
    {
        var isLabel = target.Kind == TargetKind.Label;
        var isWide = InputShape.Of(input).Units > LargestInput;
        return new NetworkSpec
        {
            Populations =
            [
                new PopulationSpec { Name = "input", Kind = PopulationKind.Input },
                .. isWide ? [new PopulationSpec { Name = "sums", Kind = PopulationKind.Identity, Size = SumCount }] : Array.Empty<PopulationSpec>(),
                new PopulationSpec { Name = "features", Kind = PopulationKind.Relu, Size = FeatureCount },
                new PopulationSpec { Name = "linear", Kind = PopulationKind.Identity },
                new PopulationSpec { Name = "readout", Kind = PopulationKind.Identity },
            ],
            Projections =
            [
                .. isWide ? [new ProjectionSpec { Name = "sums", From = "input", To = "sums", Connection = new HashedConnectionSpec() }] : Array.Empty<ProjectionSpec>(),
                new ProjectionSpec
                {
                    Name = "filters",
                    From = "input",
                    To = "features",
                    Connection = new HashedConnectionSpec { Scale = 2f, Sparsity = 2, BiasScale = 1f },
                    Rule = new HomeostaticRuleSpec(),
                    Transforms = DefaultRecipe.LivingFilters(0.02f, 1000f),
                },
                MixtureRecipe.Linear("linear", new NormalisedRuleSpec(), new LearningRateSpec { Rate = isLabel ? 0.5f : 0.2f }) with { From = isWide ? "sums" : "input" },
                Readout(),
            ],
            Credit = new NoCreditSpec(),
            Modulators = DefaultRecipe.Modulators(),
            Head = isLabel
                ? new EnsembleHeadSpec { Members = [new() { Population = "linear", Head = new SoftmaxHeadSpec() }, new() { Population = "readout", Head = new LeastSquaresHeadSpec(), Retains = true }], Recent = true }
                : new ValueEnsembleHeadSpec { Populations = ["linear", "readout"] },
            Maintenance = [new ConsolidationSpec { SettledModulator = DefaultRecipe.Noradrenaline }],
        };
    }

    private static ProjectionSpec Readout()
    {
        var readout = MixtureRecipe.Squares("readout", "features", 1f, 1f);
        return readout with { Rule = (RecursiveLeastSquaresRuleSpec)readout.Rule! with { Pending = 1 } };
    }
}
