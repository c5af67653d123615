using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;

namespace LifelongApi.Learning.Recipes;

/// <summary>
/// Many inputs of no known geometry: fields of inputs that go together, found in the first events, with filters that learn by competition, and random units that see everything,
/// under a least-squares readout. The three stages are those of <see cref="DefaultRecipe"/>.
/// </summary>
internal static class FieldRecipe
{
    private const float Ridge = 30f;

    /// <summary>The network.</summary>
    /// <param name="target">A valid target.</param>
    /// <param name="fields">Fields, a multiple of 36: four filters each, and a ninth of that in random units.</param>
    /// <returns>The network.</returns>
    public static NetworkSpec Network(TargetSpec target, int fields)
    {
        var connection = new FieldConnectionSpec { Fields = fields, Random = fields * 4 / 9 };
        return new NetworkSpec
        {
            Populations =
            [
                new PopulationSpec { Name = "input", Kind = PopulationKind.Input, Bias = false },
                new PopulationSpec { Name = "features", Kind = PopulationKind.Relu, Size = connection.FeatureCount },
                new PopulationSpec { Name = "output", Kind = PopulationKind.Identity },
            ],
            Projections =
            [
                new ProjectionSpec
                {
                    Name = "filters",
                    From = "input",
                    To = "features",
                    Connection = connection,
                    Rule = new PatchCompetitionRuleSpec(),
                    Transforms = DefaultRecipe.LivingFilters(0.1f, 50f),
                },
                new ProjectionSpec
                {
                    Name = "readout",
                    From = "features",
                    To = "output",
                    Rule = new RecursiveLeastSquaresRuleSpec { Ridge = Ridge, ForgettingModulator = DefaultRecipe.Noradrenaline, ForgettingDepth = 0.05f },
                    Transforms = [new ModulateBySpec { Modulator = DefaultRecipe.Acetylcholine, Floor = 1f, Gain = 0.25f }],
                },
            ],
            Credit = new NoCreditSpec(),
            Modulators = DefaultRecipe.Modulators(),
            Head = DefaultRecipe.Head(target),
            Maintenance = [new ConsolidationSpec { SettledModulator = DefaultRecipe.Noradrenaline }],
        };
    }
}
