using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;

namespace LifelongApi.Learning.Recipes;

/// <summary>
/// Labels from the columns of a table: learners of several kinds and time scales, weighed by their recent surprise, because no single one follows every stream.
/// Linear ones: passive-aggressive (follows at once), normalised gradient, adaptive gradient (settles). Kernel ones: least squares that never forgets on Fourier features,
/// and on rectified features that turn by local competition, one that never forgets and one that forgets the directions it sees. Local ones: random ferns. A small deep one by backprop.
/// And what labels did lately, whatever the features say.
/// </summary>
internal static class MixtureRecipe
{
    /// <summary>Units of each of the two kinds of kernel features.</summary>
    public const int FeatureCount = 256;

    private static readonly FernConnectionSpec Ferns = new();

    /// <summary>The network for a table.</summary>
    /// <param name="inputUnits">Units of the input.</param>
    /// <returns>The network.</returns>
    public static NetworkSpec Network(int inputUnits) => new()
    {
        Populations = [.. Features, .. Members.Select(member => new PopulationSpec { Name = member.Population, Kind = PopulationKind.Identity })],
        Projections =
        [
            .. Views(inputUnits),
            Linear("aggressive", new NormalisedRuleSpec(), new LearningRateSpec { Rate = 0.5f }),
            Linear("linear", new NormalisedRuleSpec(), new LearningRateSpec { Rate = 0.5f }),
            Linear("adaptive", new CreditRuleSpec(), new AdaGradSpec { Rate = 0.3f }, Surprised),
            Retaining("waves-readout", "waves", 3f / FeatureCount),
            Retaining("stable-readout", "features", 3f),
            Squares("quick-readout", "features", 1f, 0.9f),
            new ProjectionSpec { Name = "ferns-readout", From = "cells", To = "ferns-readout", Rule = new CreditRuleSpec(), Transforms = [new AdaGradSpec { Rate = 0.05f, Decay = 0.999f, Epsilon = 0.5f }, Surprised] },
            Hidden("deep-readout", "hidden-2", new DenseConnectionSpec(), new ZeroWeightsSpec()),
        ],
        Credit = new BackpropCreditSpec(),
        Modulators = DefaultRecipe.Modulators(),
        Head = new EnsembleHeadSpec { Members = Members, Recent = true, Contexts = 4, ContextModulator = DefaultRecipe.Noradrenaline },
        Maintenance = [new ConsolidationSpec { SettledModulator = DefaultRecipe.Noradrenaline }],
    };

    /// <summary>What looks at the input: waves, rectified features, cells of ferns and two hidden layers.</summary>
    public static IReadOnlyList<PopulationSpec> Features { get; } =
    [
        new() { Name = "input", Kind = PopulationKind.Input },
        new() { Name = "waves", Kind = PopulationKind.Cosine, Size = FeatureCount },
        new() { Name = "features", Kind = PopulationKind.Relu, Size = FeatureCount },
        new() { Name = "cells", Kind = PopulationKind.Identity, Size = Ferns.CellCount(), Bias = false },
        new() { Name = "hidden-1", Kind = PopulationKind.Relu, Size = 48 },
        new() { Name = "hidden-2", Kind = PopulationKind.Relu, Size = 32 },
    ];

    /// <summary>What settled takes larger steps while more surprises than is usual.</summary>
    private static ModulateBySpec Surprised { get; } = new() { Modulator = DefaultRecipe.Noradrenaline, Floor = 1f, Gain = 2f };

    private static DenseConnectionSpec Normalised { get; } = new() { Normalise = true };

    private static EnsembleMemberSpec[] Members { get; } =
    [
        new() { Population = "aggressive", Head = new HingeHeadSpec() },
        new() { Population = "linear", Head = new SoftmaxHeadSpec() },
        new() { Population = "adaptive", Head = new SoftmaxHeadSpec() },
        new() { Population = "waves-readout", Head = new LeastSquaresHeadSpec(), Retains = true },
        new() { Population = "stable-readout", Head = new LeastSquaresHeadSpec(), Retains = true },
        new() { Population = "quick-readout", Head = new LeastSquaresHeadSpec() },
        new() { Population = "ferns-readout", Head = new SoftmaxHeadSpec() },
        new() { Population = "deep-readout", Head = new SoftmaxHeadSpec() },
    ];

    /// <summary>The projections to what looks at the input; only the filters turn by themselves, and the hidden layers by the error of the deep member.</summary>
    /// <param name="inputUnits">Units of the input.</param>
    /// <returns>In forward order.</returns>
    public static IReadOnlyList<ProjectionSpec> Views(int inputUnits) =>
    [
        new ProjectionSpec { Name = "waves", From = "input", To = "waves", Connection = Normalised, Initial = new FourierWeightsSpec { LengthScale = 1.4f } },
        new ProjectionSpec
        {
            Name = "filters",
            From = "input",
            To = "features",
            Connection = Normalised,
            Initial = new GaussianWeightsSpec { Scale = 1.5f * MathF.Sqrt(inputUnits), BiasScale = 1f },
            Rule = new CompetitiveRuleSpec { ActiveOnly = true },
            Transforms = DefaultRecipe.LivingFilters(0.01f, 1000f),
        },
        new ProjectionSpec { Name = "cells", From = "input", To = "cells", Connection = Ferns },
        Hidden("hidden-1", "input", Normalised, new GaussianWeightsSpec { Scale = 1.3f * MathF.Sqrt(inputUnits), BiasScale = 0.3f }),
        Hidden("hidden-2", "hidden-1", new DenseConnectionSpec(), new GaussianWeightsSpec()),
    ];

    /// <summary>A layer that learns by the error of the deep member.</summary>
    /// <param name="name">Name of projection and population.</param>
    /// <param name="from">Population below.</param>
    /// <param name="connection">How it is connected.</param>
    /// <param name="initial">First weights.</param>
    /// <returns>The projection.</returns>
    public static ProjectionSpec Hidden(string name, string from, ConnectionSpec connection, InitialWeightsSpec initial) => new()
    {
        Name = name,
        From = from,
        To = name,
        Connection = connection,
        Initial = initial,
        Rule = new CreditRuleSpec(),
        Transforms = [new AdamSpec { Rate = 0.005f, Beta2 = 0.99f, Epsilon = 1e-4f }],
    };

    /// <summary>A least-squares readout whose forgetting and gain are modulated.</summary>
    /// <param name="name">Name of projection and population.</param>
    /// <param name="from">Features it reads.</param>
    /// <param name="ridge">Initial precision of every weight.</param>
    /// <param name="forgetting">Factor at rest.</param>
    /// <returns>The projection.</returns>
    public static ProjectionSpec Squares(string name, string from, float ridge, float forgetting) => new()
    {
        Name = name,
        From = from,
        To = name,
        Rule = new RecursiveLeastSquaresRuleSpec { Ridge = ridge, Forgetting = forgetting, ForgettingModulator = DefaultRecipe.Noradrenaline, ForgettingDepth = 0.05f },
        Transforms = [new ModulateBySpec { Modulator = DefaultRecipe.Acetylcholine, Floor = 1f, Gain = 0.25f }],
    };

    /// <summary>A least-squares readout that forgets nothing, surprise or not: it answers for classes that come no more.</summary>
    private static ProjectionSpec Retaining(string name, string from, float ridge)
    {
        var squares = Squares(name, from, ridge, 1f);
        return squares with { Rule = (RecursiveLeastSquaresRuleSpec)squares.Rule! with { ForgettingModulator = null, ForgettingDepth = 0f } };
    }

    /// <summary>A readout of the input itself.</summary>
    /// <param name="name">Name of projection and population.</param>
    /// <param name="rule">How it learns.</param>
    /// <param name="transforms">What bends that, in order.</param>
    /// <returns>The projection.</returns>
    public static ProjectionSpec Linear(string name, RuleSpec rule, params IReadOnlyList<TransformSpec> transforms) =>
        new() { Name = name, From = "input", To = name, Rule = rule, Transforms = transforms };
}
