using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;

namespace LifelongApi.Learning.Recipes;

/// <summary>
/// Numbers from the columns of a table: the views of <see cref="MixtureRecipe"/> with readouts for values, weighed by recent squared error. Least squares on up to 64 random sums of the input is plain linear regression
/// wherever no more than 64 inputs are in use, without a matrix over all places of the feature table; two of them, with and without forgetting, beside least squares on waves and features, ferns and a small deep network.
/// </summary>
internal static class ValueMixtureRecipe
{
    private const int SumCount = 64;

    private static string[] Members { get; } =
        ["linear", "stable-linear", "quick-linear", "waves-readout", "stable-readout", "quick-readout", "ferns-readout", "deep-readout"];

    /// <summary>The network for a table.</summary>
    /// <param name="inputUnits">Units of the input.</param>
    /// <returns>The network.</returns>
    public static NetworkSpec Network(int inputUnits) => new()
    {
        Populations =
        [
            .. MixtureRecipe.Features,
            new PopulationSpec { Name = "sums", Kind = PopulationKind.Identity, Size = SumCount },
            .. Members.Select(member => new PopulationSpec { Name = member, Kind = PopulationKind.Identity }),
        ],
        Projections =
        [
            .. MixtureRecipe.Views(inputUnits),
            new ProjectionSpec { Name = "sums", From = "input", To = "sums", Initial = new GaussianWeightsSpec { Scale = MathF.Sqrt(inputUnits / (float)SumCount) } },
            MixtureRecipe.Linear("linear", new NormalisedRuleSpec(), new LearningRateSpec { Rate = 0.1f }),
            MixtureRecipe.Squares("stable-linear", "sums", 0.1f, 1f),
            MixtureRecipe.Squares("quick-linear", "sums", 0.1f, 0.98f),
            MixtureRecipe.Squares("waves-readout", "waves", 3f / MixtureRecipe.FeatureCount, 1f),
            MixtureRecipe.Squares("stable-readout", "features", 3f, 1f),
            MixtureRecipe.Squares("quick-readout", "features", 3f, 0.98f),
            new ProjectionSpec { Name = "ferns-readout", From = "cells", To = "ferns-readout", Rule = new NormalisedRuleSpec(), Transforms = [new LearningRateSpec { Rate = 0.2f }] },
            MixtureRecipe.Hidden("deep-readout", "hidden-2", new DenseConnectionSpec(), new ZeroWeightsSpec()),
        ],
        Credit = new BackpropCreditSpec(),
        Modulators = DefaultRecipe.Modulators(),
        Head = new ValueEnsembleHeadSpec { Populations = Members },
        Maintenance = [new ConsolidationSpec { SettledModulator = DefaultRecipe.Noradrenaline }],
    };
}
