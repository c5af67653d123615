using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Compilation;

namespace LifelongApi.Learning.Recipes;

/// <summary>
/// The network of <c>classifier@1</c> and <c>regressor@1</c>, resolved from the declared input. All three stages are in the path of every learn call:
/// features that turn by a local competitive rule, gated by acetylcholine; a readout whose gain acetylcholine sets and whose forgetting noradrenaline sets;
/// protection by the full Fisher matrix on the readout (recursive least squares) and by an elastic anchor on the features, whose anchors move at task ends
/// and when a surprise has settled.
/// </summary>
internal static class DefaultRecipe
{
    /// <summary>Vectors up to this size are treated as the columns of a table: standardised one by one.</summary>
    public const int LargestTable = 64;

    private const int DefaultFilters = 96;
    private const int LargeFilters = 192;
    private const int DefaultUnits = 2000;
    private const int LargeUnits = 4000;
    private const int DefaultFields = 900;
    private const int LargeFields = 1800;
    private const int SmallestImage = 8;

    private const int LargestPatch = 1024;
    private const int LargestExpandedInput = 1 << 14;
    /// <summary>Name of the modulator for expected uncertainty.</summary>
    public const string Acetylcholine = "acetylcholine";
    /// <summary>Name of the modulator for unexpected uncertainty.</summary>
    public const string Noradrenaline = "noradrenaline";

    /// <summary>The network for an input and a target.</summary>
    /// <param name="input">A valid input with defaults filled in.</param>
    /// <param name="target">A valid target.</param>
    /// <returns>The network.</returns>
    public static NetworkSpec Network(InputSpec input, TargetSpec target) =>
        IsPatched(input) ? Patches(input, target, DefaultFilters)
        : InputShape.Of(input).Units > LargestExpandedInput ? Linear(target)
        : target.Kind == TargetKind.Label && IsEmbedding(input) ? EmbeddingRecipe.Network(input)
        : IsTable(input) ? target.Kind == TargetKind.Label ? MixtureRecipe.Network(InputShape.Of(input).Units) : ValueMixtureRecipe.Network(InputShape.Of(input).Units)
        : IsFlat(input) ? FieldRecipe.Network(target, DefaultFields)
        : Expanded(input, target, DefaultUnits);

    /// <summary>The same with twice the features for images and large vectors, and four times the state.</summary>
    /// <param name="input">A valid input with defaults filled in.</param>
    /// <param name="target">A valid target.</param>
    /// <returns>The network.</returns>
    public static NetworkSpec Large(InputSpec input, TargetSpec target) =>
        IsPatched(input) ? Patches(input, target, LargeFilters)
        : InputShape.Of(input).Units > LargestExpandedInput || IsTable(input) || IsEmbedding(input) ? Network(input, target)
        : IsFlat(input) ? FieldRecipe.Network(target, LargeFields)
        : Expanded(input, target, LargeUnits);

    /// <summary>
    /// The frozen form: features stay as they formed (or were drawn), the readout is plain recursive least squares that never forgets, nothing is modulated.
    /// Order of events does not matter to it, and it follows nothing that changes.
    /// </summary>
    /// <param name="input">A valid input with defaults filled in.</param>
    /// <param name="target">A valid target.</param>
    /// <returns>The network.</returns>
    public static NetworkSpec Analytic(InputSpec input, TargetSpec target)
    {
        var living = IsPatched(input) ? Patches(input, target, DefaultFilters)
            : IsFlat(input) && !IsTable(input) && InputShape.Of(input).Units <= LargestExpandedInput ? FieldRecipe.Network(target, DefaultFields)
            : Expanded(input, target, DefaultUnits);
        return living with
        {
            Projections =
            [
                .. living.Projections.Select(projection => projection with
                {
                    Rule = projection.Rule is RecursiveLeastSquaresRuleSpec squares ? new RecursiveLeastSquaresRuleSpec { Ridge = squares.Ridge } : null,
                    Transforms = [],
                }),
            ],
            Modulators = [],
            Head = target.Kind == TargetKind.Label ? new LeastSquaresHeadSpec() : new RegressionHeadSpec(),
            Maintenance = [],
        };
    }

    private static bool IsTable(InputSpec input) => input.Kind == InputKind.Named || InputShape.Of(input).Units <= LargestTable;

    private static bool IsEmbedding(InputSpec input) => input.Encoder is not null && InputShape.Of(input).Units <= EmbeddingRecipe.LargestVector;

    private static bool IsFlat(InputSpec input) => input.Kind is InputKind.Vector or InputKind.Sparse;

    private static bool IsPatched(InputSpec input) => input.Kind == InputKind.Image && Math.Min(input.Height!.Value, input.Width!.Value) >= SmallestImage;

    /// <summary>Too many inputs to expand: a linear readout by gradient, modulated, with an elastic anchor.</summary>
    private static NetworkSpec Linear(TargetSpec target) => new()
    {
        Populations = [new PopulationSpec { Name = "input", Kind = PopulationKind.Input }, new PopulationSpec { Name = "output", Kind = PopulationKind.Identity }],
        Projections =
        [
            new ProjectionSpec
            {
                Name = "readout",
                From = "input",
                To = "output",
                Rule = new CreditRuleSpec(),
                Transforms =
                [
                    new ObserveFisherSpec(),
                    new AdamSpec { Rate = 0.02f },
                    new ModulateBySpec { Modulator = Acetylcholine, Floor = 0.25f, Gain = 1f },
                    new ElasticAnchorSpec { Strength = 0.1f, Decay = 0.9f },
                ],
            },
        ],
        Credit = new NoCreditSpec(),
        Modulators = Modulators(),
        Head = target.Kind == TargetKind.Label ? new SoftmaxHeadSpec() : new RegressionHeadSpec(),
        Maintenance = [new ConsolidationSpec { SettledModulator = Noradrenaline }],
    };

    /// <summary>
    /// An image: local filters over whitened patches, drawn from the first events and refined by competition, and random combinations of their answers, under a least-squares readout.
    /// </summary>
    private static NetworkSpec Patches(InputSpec input, TargetSpec target, int filters)
    {
        var (shorter, longer) = (Math.Min(input.Height!.Value, input.Width!.Value), Math.Max(input.Height.Value, input.Width.Value));
        var side = PatchSide(shorter, input.Channels ?? 1);
        var patches = new PatchConnectionSpec
        {
            Side = side,

            // Neighbours touch, and the shorter side has a patch for each of three cells.
            Stride = Math.Clamp((longer - 8) / 24, 1, Math.Min(side, (shorter - side) / 2)),
            Filters = filters,
            Peaks = 2,
            Overlap = true,
        };
        return new NetworkSpec
        {
            Populations =
            [
                new PopulationSpec { Name = "input", Kind = PopulationKind.Input, Bias = false },
                new PopulationSpec { Name = "patches", Kind = PopulationKind.Identity, Size = patches.FeatureCount, Bias = false },
                new PopulationSpec { Name = "features", Kind = PopulationKind.Identity, Size = patches.FeatureCount * 7 / 3 },
                new PopulationSpec { Name = "output", Kind = PopulationKind.Identity },
            ],
            Projections =
            [
                new ProjectionSpec
                {
                    Name = "filters",
                    From = "input",
                    To = "patches",
                    Connection = patches,
                    Rule = new PatchCompetitionRuleSpec(),
                    Transforms = LivingFilters(0.1f, 50f),
                },
                new ProjectionSpec { Name = "combinations", From = "patches", To = "features", Connection = new FunctionalLinkConnectionSpec() },
                new ProjectionSpec
                {
                    Name = "readout",
                    From = "features",
                    To = "output",
                    Rule = new RecursiveLeastSquaresRuleSpec { Ridge = 30f, ForgettingModulator = Noradrenaline, ForgettingDepth = 0.05f },
                    Transforms = [new ModulateBySpec { Modulator = Acetylcholine, Floor = 1f, Gain = 0.25f }],
                },
            ],
            Credit = new NoCreditSpec(),
            Modulators = Modulators(),
            Head = Head(target),
            Maintenance = [new ConsolidationSpec { SettledModulator = Noradrenaline }],
        };
    }

    /// <summary>The smaller the image, the smaller its patches, or few places would be left to tell apart (docs/evidence.md, images of other shapes).</summary>
    private static int PatchSide(int shorter, int channels)
    {
        var regular = channels > 1 ? 6 : 8;
        return Math.Min(shorter < 12 ? 3 : shorter < 20 ? 5 : regular, (int)Math.Sqrt(LargestPatch / channels));
    }

    /// <summary>Random features that see the whole input, or parts of a small image, and turn by competition.</summary>
    /// <param name="input">A valid input with defaults filled in.</param>
    /// <param name="target">A valid target.</param>
    /// <param name="units">Features.</param>
    /// <returns>The network.</returns>
    public static NetworkSpec Expanded(InputSpec input, TargetSpec target, int units)
    {
        var isTable = IsTable(input);
        return new NetworkSpec
        {
            Populations =
            [
                new PopulationSpec { Name = "input", Kind = PopulationKind.Input },
                new PopulationSpec { Name = "features", Kind = PopulationKind.Relu, Size = isTable ? 256 : units },
                new PopulationSpec { Name = "output", Kind = PopulationKind.Identity },
            ],
            Projections =
            [
                new ProjectionSpec
                {
                    Name = "filters",
                    From = "input",
                    To = "features",
                    Initial = Filters(input),
                    Rule = new CompetitiveRuleSpec(),
                    Transforms = LivingFilters(0.01f, 1000f),
                },
                new ProjectionSpec
                {
                    Name = "readout",
                    From = "features",
                    To = "output",
                    Rule = new RecursiveLeastSquaresRuleSpec
                    {
                        Ridge = 1f,
                        Forgetting = isTable ? 0.85f : 1f,
                        ForgettingModulator = Noradrenaline,
                        ForgettingDepth = 0.05f,
                    },
                    Transforms = [new ModulateBySpec { Modulator = Acetylcholine, Floor = 1f, Gain = 0.25f }],
                },
            ],
            Credit = new NoCreditSpec(),
            Modulators = Modulators(),
            Head = isTable && target.Kind == TargetKind.Label ? new LeastSquaresHeadSpec() : Head(target),
            Maintenance = [new ConsolidationSpec { SettledModulator = Noradrenaline }],
        };
    }

    /// <summary>The head under least squares over many features: contexts of labels, or a value with its spread.</summary>
    /// <param name="target">A valid target.</param>
    /// <returns>The head.</returns>
    public static HeadSpec Head(TargetSpec target) =>
        target.Kind == TargetKind.Label ? new LeastSquaresHeadSpec { Contexts = 4, ContextModulator = Noradrenaline } : new RegressionHeadSpec();

    private static InitialWeightsSpec Filters(InputSpec input) => input.Kind switch
    {
        InputKind.Image when Math.Min(input.Height!.Value, input.Width!.Value) >= 6 =>
            new LocalWeightsSpec { Field = Math.Min(12, Math.Min(input.Height.Value, input.Width.Value) / 2), BiasScale = 0.5f },
        InputKind.Named => new GaussianWeightsSpec { Scale = MathF.Sqrt((1 << input.HashBits!.Value) / 8f), BiasScale = 1f },
        _ => new GaussianWeightsSpec { BiasScale = 0.5f },
    };

    /// <summary>What bends the proposals of filters that turn by competition: a falling rate, acetylcholine, and an anchor on the synapses that move.</summary>
    /// <param name="rate">Rate of the first event.</param>
    /// <param name="halfLife">Events after which it has halved.</param>
    /// <returns>The chain.</returns>
    public static TransformSpec[] LivingFilters(float rate, float halfLife) =>
    [
        new ObserveFisherSpec(),
        new LearningRateSpec { Rate = rate, HalfLife = halfLife },
        new ModulateBySpec { Modulator = Acetylcholine },
        new ElasticAnchorSpec { Strength = 1f, Decay = 0.9f, Scope = AnchorScope.Proposed },
    ];

    /// <summary>The two modulators of every default.</summary>
    /// <returns>Acetylcholine, noradrenaline.</returns>
    public static ModulatorSpec[] Modulators() =>
        [new ExpectedUncertaintySpec { Name = Acetylcholine }, new UnexpectedUncertaintySpec { Name = Noradrenaline }];
}
