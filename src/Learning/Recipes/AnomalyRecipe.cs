using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Compilation;

namespace LifelongApi.Learning.Recipes;

/// <summary>
/// The network of <c>anomaly@1</c>: clusters that move by competition, gated by surprise, under a head that tells how unusual an event is. Noradrenaline opens the gate again where
/// surprise stays, so that a drift is followed and a single anomaly is not.
/// </summary>
internal static class AnomalyRecipe
{
    private const int TableClusters = 32;
    private const int LargeClusters = 16;
    private const int LargeInput = 64;

    /// <summary>The network for an input.</summary>
    /// <param name="input">A valid input with defaults filled in.</param>
    /// <param name="target">A valid target.</param>
    /// <returns>The network.</returns>
    public static NetworkSpec Network(InputSpec input, TargetSpec target) => new()
    {
        Populations =
        [
            new PopulationSpec { Name = "input", Kind = PopulationKind.Input, Bias = false },
            new PopulationSpec { Name = "clusters", Kind = PopulationKind.Identity, Size = input.Kind == InputKind.Named || InputShape.Of(input).Units <= LargeInput ? TableClusters : LargeClusters },
        ],
        Projections =
        [
            new ProjectionSpec
            {
                Name = "clusters",
                From = "input",
                To = "clusters",
                Connection = new ClusterConnectionSpec(),
                Rule = new ClusterRuleSpec { OpeningModulator = DefaultRecipe.Noradrenaline },
            },
        ],
        Credit = new NoCreditSpec(),
        Modulators = [new ExpectedUncertaintySpec { Name = DefaultRecipe.Acetylcholine }, new UnexpectedUncertaintySpec { Name = DefaultRecipe.Noradrenaline, Fast = 20f, Slow = 1000f, Threshold = 3f }],
        Head = new NoveltyHeadSpec(),
    };
}
