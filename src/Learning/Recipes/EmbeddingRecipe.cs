using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Compilation;

namespace LifelongApi.Learning.Recipes;

/// <summary>
/// Labels from the vector that an encoder gives. Such vectors are made to be separable, so one least-squares readout stands on them directly, standardised feature by feature;
/// a second one stands on rectified features that turn by local competition, for what is not. The two are weighed by their recent surprise.
/// </summary>
internal static class EmbeddingRecipe
{
    /// <summary>Vectors beyond this size have no readout of their own: its matrix has size² numbers.</summary>
    public const int LargestVector = 4096;

    private const int FeatureCount = 1000;

    /// <summary>The network for an encoder's vector.</summary>
    /// <param name="input">A valid input with an encoder.</param>
    /// <returns>The network.</returns>
    public static NetworkSpec Network(InputSpec input) => new()
    {
        Populations =
        [
            new PopulationSpec { Name = "input", Kind = PopulationKind.Input },
            new PopulationSpec { Name = "features", Kind = PopulationKind.Relu, Size = Math.Min(FeatureCount, Math.Max(64, 4 * InputShape.Of(input).Units)) },
            .. Members.Select(member => new PopulationSpec { Name = member.Population, Kind = PopulationKind.Identity }),
        ],
        Projections =
        [
            new ProjectionSpec
            {
                Name = "filters",
                From = "input",
                To = "features",
                Initial = new GaussianWeightsSpec { BiasScale = 0.5f },
                Rule = new CompetitiveRuleSpec(),
                Transforms = DefaultRecipe.LivingFilters(0.01f, 1000f),
            },
            Readout("readout", "input", 10f),
            Readout("features-readout", "features", 1f),
        ],
        Credit = new NoCreditSpec(),
        Modulators = DefaultRecipe.Modulators(),
        Head = new EnsembleHeadSpec { Members = Members },
        Maintenance = [new ConsolidationSpec { SettledModulator = DefaultRecipe.Noradrenaline }],
    };

    private static EnsembleMemberSpec[] Members { get; } =
    [
        new() { Population = "readout", Head = new LeastSquaresHeadSpec() },
        new() { Population = "features-readout", Head = new LeastSquaresHeadSpec() },
    ];

    private static ProjectionSpec Readout(string name, string from, float ridge) => new()
    {
        Name = name,
        From = from,
        To = name,
        Rule = new RecursiveLeastSquaresRuleSpec { Ridge = ridge, ForgettingModulator = DefaultRecipe.Noradrenaline, ForgettingDepth = 0.05f },
        Transforms = [new ModulateBySpec { Modulator = DefaultRecipe.Acetylcholine, Floor = 1f, Gain = 0.25f }],
    };
}
