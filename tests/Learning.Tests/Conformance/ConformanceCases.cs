using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Recipes;

namespace LifelongApi.Learning.Tests.Conformance;

/// <summary>
/// The specs of the conformance suite: every part kind in at least one, and every preset with every input kind.
/// A part without a case fails <see cref="CoverageTests"/>.
/// </summary>
internal static class ConformanceCases
{
    private static readonly InputSpec Vector16 = new() { Kind = InputKind.Vector, Size = 16, Standardise = Standardisation.None };
    private static readonly InputSpec History = new()
    {
        Kind = InputKind.Named,
        HashBits = 6,
        Standardise = Standardisation.None,
        MaxActive = 12,
        HistoryEntities = 5,
        Lags = [new LagSpec { Feature = "feature 0", Steps = 2 }, new LagSpec { Feature = "feature 0", Difference = true, Scope = HistoryScope.Stream }, new LagSpec { Feature = "feature 2" }],
        Windows =
        [
            new WindowSpec { Feature = "feature 0", Events = 4 },
            new WindowSpec { Feature = "feature 0", Events = 5, Statistic = WindowStatistic.Difference },
            new WindowSpec { Feature = "feature 0", Events = 5, Statistic = WindowStatistic.Deviation, Scope = HistoryScope.Stream },
            new WindowSpec { Feature = "feature 3", Events = 3, Statistic = WindowStatistic.Minimum, Seconds = 30 },
            new WindowSpec { Feature = "feature 3", Events = 3, Statistic = WindowStatistic.Maximum },
        ],
        Elapsed = [HistoryScope.Entity, HistoryScope.Stream],
    };

    private static readonly TargetSpec Label = new() { Kind = TargetKind.Label, MaxClasses = 64 };
    private static readonly ConsolidationSpec Consolidation = new() { MinimumEvents = 20, SettledModulator = "ne" };
    private static readonly ModulatorSpec[] AllModulators =
    [
        new ExpectedUncertaintySpec { Name = "ach", TimeConstant = 50f },
        new UnexpectedUncertaintySpec { Name = "ne", Fast = 5f, Slow = 100f },
        new RewardPredictionErrorSpec { Name = "da" },
    ];

    public static readonly IReadOnlyDictionary<string, ModelSpec> ByName = Build();

    /// <summary>Names of the cases that are small enough for thousands of steps.</summary>
    public static IEnumerable<string> Small => ByName.Keys.Where(name => !name.EndsWith("large", StringComparison.Ordinal));

    /// <summary>The spec of one rule over populations of a given size.</summary>
    public static ModelSpec OfSize(string rule, int size)
    {
        var input = Vector16 with { Size = size };
        return rule switch
        {
            "credit" => Deep(input, size, [new AdamSpec()], new SoftmaxHeadSpec()),
            "pending" => Together(input, size, new CreditRuleSpec { Pending = 8 }, [new LearningRateSpec { Rate = 0.05f }]),
            "batch" => Together(input, size, new CreditRuleSpec { Batch = 8 }, [new LearningRateSpec { Rate = 0.2f }]),
            "hebb" => Local(input, size, new HebbRuleSpec(), [new ClipSpec { Limit = 0.01f }]),
            "oja" => Local(input, size, new OjaRuleSpec(), [new LearningRateSpec { Rate = 0.01f }]),
            "competitive" => Local(input, size, new CompetitiveRuleSpec { Winners = 2 }, [new ObserveFisherSpec(), new LearningRateSpec { Rate = 0.05f }, new ElasticAnchorSpec { Strength = 1f, Scope = AnchorScope.Proposed }]),
            "supervisedHebb" => Taught(input, new PopulationSpec { Name = "features", Kind = PopulationKind.Winners, Size = size, Winners = Math.Max(1, size / 5) }, new SupervisedHebbRuleSpec(), [new LearningRateSpec { Rate = 0.1f }]),
            "prototypes" => Prototypes(input, size, 2, new PrototypeRuleSpec()),
            "discriminant" => Taught(input, new PopulationSpec { Name = "features", Kind = PopulationKind.Relu, Size = size }, new DiscriminantRuleSpec(), []),
            _ => SquaresOn(input, size),
        };
    }

    private static Dictionary<string, ModelSpec> Build()
    {
        var cases = new Dictionary<string, ModelSpec>
        {
            ["sgd"] = Deep(Vector16, 17, [new LearningRateSpec { Rate = 0.05f, HalfLife = 500f }, new ClipSpec { Limit = 0.1f }], new SoftmaxHeadSpec()),
            ["pending"] = Together(Vector16, 17, new CreditRuleSpec { Pending = 5 }, [new LearningRateSpec { Rate = 0.05f, HalfLife = 500f }, new ModulateBySpec { Modulator = "ach", Floor = 0.5f }]),
            ["pending-renewed"] = Together(Renewing([new LearningRateSpec { Rate = 0.05f }]), new CreditRuleSpec { Pending = 7 }),
            ["pending-grown"] = Together(Growing([new LearningRateSpec { Rate = 0.05f }]), new CreditRuleSpec { Pending = 16 }),
            ["pending-distilled"] = Together(Deep(Vector16 with { Standardise = Standardisation.PerFeature }, 17, [new LearningRateSpec { Rate = 0.05f }], new SoftmaxHeadSpec { Distillation = new DistillationSpec() }), new CreditRuleSpec { Pending = 3 }),
            ["batch"] = Together(Vector16, 17, new CreditRuleSpec { Batch = 6 }, [new LearningRateSpec { Rate = 0.2f, HalfLife = 500f }, new MomentumSpec(), new ClipSpec { Limit = 0.1f }]),
            ["batch-adam"] = Together(Vector16 with { Standardise = Standardisation.PerFeature }, 33, new CreditRuleSpec { Batch = 9 }, [new AdamSpec(), new ModulateBySpec { Modulator = "ach", Floor = 0.1f }]),
            ["batch-renewed"] = Together(Renewing([new LearningRateSpec { Rate = 0.2f }, new MomentumSpec { Decay = 0.5f }]), new CreditRuleSpec { Batch = 5 }),
            ["batch-grown"] = Together(Growing([new AdaGradSpec { Rate = 0.05f }]), new CreditRuleSpec { Batch = 8 }),
            ["batch-contexts"] = Together(InContexts(Vector16, [new LearningRateSpec { Rate = 0.2f }]), new CreditRuleSpec { Batch = 4 }),
            ["pending-contexts"] = Together(InContexts(Vector16, [new LearningRateSpec { Rate = 0.05f }]), new CreditRuleSpec { Pending = 4 }),
            ["balanced"] = Deep(Vector16, 17, [new LearningRateSpec { Rate = 0.05f }], new SoftmaxHeadSpec()) with { Balance = new BalanceSpec { Limit = 5f }, AbstainBelow = 0.5f },
            ["momentum"] = Deep(Vector16, 15, [new LearningRateSpec { Rate = 0.02f }, new MomentumSpec()], new SoftmaxHeadSpec()),
            ["adam"] = Deep(Vector16 with { Standardise = Standardisation.PerFeature }, 33, [new AdamSpec(), new ModulateBySpec { Modulator = "ach", Floor = 0.1f }], new SoftmaxHeadSpec()),
            ["elastic"] = Deep(Vector16, 17, [new ObserveFisherSpec(), new LearningRateSpec { Rate = 0.05f }, new ElasticAnchorSpec { Strength = 2f, Decay = 0.9f }], new SoftmaxHeadSpec()),
            ["elastic-sparse"] = Deep(new InputSpec { Kind = InputKind.Sparse, Size = 50, MaxActive = 7, Standardise = Standardisation.Scale }, 16, [new ObserveFisherSpec(), new AdamSpec { Rate = 0.01f }, new ElasticAnchorSpec { Strength = 2f }], new SoftmaxHeadSpec()),
            ["elastic-mean"] = Deep(Vector16, 17, [new ObserveFisherSpec(), new LearningRateSpec { Rate = 0.05f }, new ElasticAnchorSpec { Strength = 2f, Centre = AnchorCentre.Mean }], new SoftmaxHeadSpec { Scope = ClassScope.Task }),
            ["elastic-expected"] = Deep(
                Vector16,
                17,
                [new ObserveFisherSpec { Labels = FisherLabels.Expected, Interval = 3, HalfLife = 40f }, new LearningRateSpec { Rate = 0.05f }, new ElasticAnchorSpec { Strength = 2f, Centre = AnchorCentre.Mean, Interval = 8 }],
                new SoftmaxHeadSpec { Scope = ClassScope.Task }),
            ["path"] = Deep(Vector16, 15, [new ObservePathSpec(), new AdamSpec { Rate = 0.01f }, new ElasticAnchorSpec { Strength = 2f }], new SoftmaxHeadSpec()),
            ["restarting"] = Deep(Vector16, 17, [new ObserveFisherSpec(), new LearningRateSpec { Rate = 0.1f, HalfLife = 20f, Restarts = true }, new ElasticAnchorSpec { Strength = 2f }], new SoftmaxHeadSpec()),
            ["sensitivity"] = Deep(Vector16, 17, [new ObserveSensitivitySpec(), new LearningRateSpec { Rate = 0.05f }, new ElasticAnchorSpec { Strength = 0.1f, Decay = 0.9f }], new SoftmaxHeadSpec { Scope = ClassScope.Task }),
            ["distillation"] = Deep(Vector16 with { Standardise = Standardisation.PerFeature }, 17, [new ObserveFisherSpec(), new LearningRateSpec { Rate = 0.05f }, new ElasticAnchorSpec { Strength = 1f }], new SoftmaxHeadSpec { Distillation = new DistillationSpec() }),
            ["distillation-task"] = Deep(Vector16, 16, [new AdamSpec()], new SoftmaxHeadSpec { Scope = ClassScope.Task, Distillation = new DistillationSpec { Strength = 0.5f } }),
            ["binary"] = Connected(Deep(Vector16, 17, [new LearningRateSpec { Rate = 0.05f }, new MetaplasticSpec { Strength = 1.5f }], new SoftmaxHeadSpec()), new BinaryConnectionSpec { Gain = 1.5f }),
            ["cascade"] = Deep(Vector16, 16, [new LearningRateSpec { Rate = 0.05f }, new CascadeSpec { Variables = 4 }], new SoftmaxHeadSpec()),
            ["hebb"] = OfSize("hebb", 16),
            ["oja"] = OfSize("oja", 17),
            ["competitive"] = OfSize("competitive", 33),
            ["competitive-image"] = Local(
                new InputSpec { Kind = InputKind.Image, Height = 5, Width = 6, Channels = 2, Standardise = Standardisation.Scale },
                20,
                new CompetitiveRuleSpec(),
                [new LearningRateSpec { Rate = 0.05f }, new ModulateBySpec { Modulator = "da", Floor = 0.5f, Gain = 0.5f }],
                new LocalWeightsSpec { Field = 3, BiasScale = 0.1f }),
            ["competitive-active"] = Local(
                new InputSpec { Kind = InputKind.Named, HashBits = 6, MaxActive = 12 },
                20,
                new CompetitiveRuleSpec { Winners = 2, ActiveOnly = true },
                [new ObserveFisherSpec(), new LearningRateSpec { Rate = 0.05f }, new ElasticAnchorSpec { Strength = 1f, Scope = AnchorScope.Proposed }]),
            ["patches"] = Patches(new PatchCompetitionRuleSpec { Patches = 3 }),
            ["patches-frozen"] = Patches(null),
            ["patches-random"] = Patches(null, formingEvents: 0),
            ["patches-overlapping"] = Connected(Patches(null), patches => patches with { Overlap = true }),
            ["fields"] = Fields(new PatchCompetitionRuleSpec { Patches = 3 }),
            ["fields-frozen"] = Fields(null),
            ["functional-link"] = Linked(new InputSpec { Kind = InputKind.Sparse, Size = 30, MaxActive = 7, Standardise = Standardisation.Scale }, 47),
            ["squares-contexts"] = Contexts(OfSize("squares", 17)),
            ["squares"] = OfSize("squares", 17),
            ["squares-named"] = SquaresOn(new InputSpec { Kind = InputKind.Named, HashBits = 6, Standardise = Standardisation.None, MaxActive = 12 }, 15),
            ["entities"] = Deep(Vector16, 17, [new LearningRateSpec { Rate = 0.05f }], new SoftmaxHeadSpec()) with { Entities = new EntitiesSpec { Capacity = 3 } },
            ["entities-hashed"] = SquaresOn(History with { HistoryEntities = null, Order = new OrderSpec { Late = LatePolicy.Reject, LatenessSeconds = 20 } }, 15) with { Entities = new EntitiesSpec { Capacity = 2, Features = 5, Decay = 0.01f } },
            ["entities-values"] = Regression(new RegressionHeadSpec()) with { Entities = new EntitiesSpec { Capacity = 4, Features = 0, Rate = 0.1f } },
            ["entities-preset"] = Preset("regressor", Vector16 with { Standardise = null }) with { Entities = new EntitiesSpec { Capacity = 3, Features = 16 } },
            ["history"] = SquaresOn(History with { Order = new OrderSpec { Late = LatePolicy.IgnoreForWindows, LatenessSeconds = 20 } }, 15),
            ["history-reject"] = SquaresOn(History with { Order = new OrderSpec { Late = LatePolicy.Reject, LatenessSeconds = 20, Scope = HistoryScope.Stream } }, 16),
            ["history-accept"] = SquaresOn(History with { Order = new OrderSpec(), Standardise = Standardisation.PerFeature }, 17),
            ["squares-block"] = SquaresOn(Vector16, 17, block: 11),
            ["fly"] = OfSize("supervisedHebb", 33),
            ["fly-bounded"] = Taught(Vector16, new PopulationSpec { Name = "features", Kind = PopulationKind.Winners, Size = 40, Winners = 6 }, new SupervisedHebbRuleSpec { Bound = 1f }, [new LearningRateSpec { Rate = 0.1f }, new ModulateBySpec { Modulator = "ach", Floor = 0.1f }]),
            ["discriminant"] = OfSize("discriminant", 17),
            ["prototypes"] = OfSize("prototypes", 17),
            ["prototypes-turning"] = Prototypes(new InputSpec { Kind = InputKind.Sparse, Size = 50, MaxActive = 7, Standardise = Standardisation.Scale }, 33, 3, new PrototypeRuleSpec { Rate = 0.1f, Repulsion = 0.5f }),
            ["replay-reservoir"] = Replaying(Vector16, new ReplaySpec { Capacity = 7, Policy = ReplayPolicy.Reservoir, PerEvent = 1, PerSleepSlice = 3 }),
            ["replay-balanced"] = Replaying(new InputSpec { Kind = InputKind.Sparse, Size = 50, MaxActive = 7, Standardise = Standardisation.Scale }, new ReplaySpec { Capacity = 12, PerEvent = 2, Weight = 0.5f }),
            ["renewal"] = Renewing([new LearningRateSpec { Rate = 0.05f }, new MomentumSpec { Decay = 0.5f }]),
            ["renewal-elastic"] = Renewing([new ObservePathSpec(), new AdamSpec { Rate = 0.01f }, new ElasticAnchorSpec { Strength = 2f }]),
            ["contexts"] = InContexts(Vector16 with { Standardise = Standardisation.PerFeature }, [new AdaGradSpec { Rate = 0.05f }]),
            ["contexts-elastic"] = InContexts(new InputSpec { Kind = InputKind.Sparse, Size = 50, MaxActive = 7, Standardise = Standardisation.Scale }, [new ObserveFisherSpec(), new AdamSpec { Rate = 0.01f }, new ElasticAnchorSpec { Strength = 2f }]),
            ["growth"] = Growing([new ObservePathSpec(), new AdamSpec { Rate = 0.01f }, new ElasticAnchorSpec { Strength = 2f }]),
            ["drift"] = Drift(),
            ["fourier"] = Fourier(Vector16, 20),
            ["fourier-named"] = Fourier(new InputSpec { Kind = InputKind.Named, HashBits = 6, MaxActive = 12 }, 33),
            ["regression"] = Regression(new RegressionHeadSpec()),
            ["regression-raw"] = Regression(new RegressionHeadSpec { Standardise = false }),
        };
        foreach (var (kind, input) in Inputs())
        {
            cases[$"classifier-{kind}"] = Preset("classifier", input);
            cases[$"regressor-{kind}"] = Preset("regressor", input);
            cases[$"compact-{kind}"] = Preset("compact", input);
            cases[$"analytic-{kind}"] = Preset("analytic", input);
            cases[$"anomaly-{kind}"] = Preset("anomaly", input);
        }

        cases["compact-value-named"] = Presets.Expand(new CreateModelRequest { Preset = "compact", Target = new TargetSpec { Kind = TargetKind.Value }, Seed = 7 });
        cases["regressor-outputs"] = Presets.Expand(new CreateModelRequest { Preset = "regressor", Input = Vector16, Target = new TargetSpec { Kind = TargetKind.Value, Size = 17 }, Seed = 7 });
        return cases;
    }

    /// <summary>An input of every kind, small and (for presets that choose by size) large.</summary>
    public static IEnumerable<(string Name, InputSpec Input)> Inputs() =>
    [
        ("vector", new InputSpec { Kind = InputKind.Vector, Size = 8 }),
        ("vector-large", new InputSpec { Kind = InputKind.Vector, Size = 100 }),
        ("image", new InputSpec { Kind = InputKind.Image, Height = 7, Width = 7 }),
        ("image-large", new InputSpec { Kind = InputKind.Image, Height = 13, Width = 12 }),
        ("sparse", new InputSpec { Kind = InputKind.Sparse, Size = 40 }),
        ("sparse-wide", new InputSpec { Kind = InputKind.Sparse, Size = 20_000 }),
        ("named", new InputSpec { Kind = InputKind.Named, HashBits = 6 }),
    ];

    private static ModelSpec Preset(string name, InputSpec input) => Presets.Expand(new CreateModelRequest { Preset = name, Input = input, Seed = 7 });

    private static ModelSpec Deep(InputSpec input, int size, TransformSpec[] transforms, HeadSpec head) => new()
    {
        Input = input,
        Target = Label,
        Network = new NetworkSpec
        {
            Populations =
            [
                new PopulationSpec { Name = "input", Kind = PopulationKind.Input },
                new PopulationSpec { Name = "lower", Kind = PopulationKind.Relu, Size = size },
                new PopulationSpec { Name = "upper", Kind = PopulationKind.Tanh, Size = size, Bias = false },
                new PopulationSpec { Name = "output", Kind = PopulationKind.Identity },
            ],
            Projections =
            [
                new ProjectionSpec { Name = "a", From = "input", To = "lower", Initial = new GaussianWeightsSpec { BiasScale = 0.1f }, Rule = new CreditRuleSpec(), Transforms = transforms },
                new ProjectionSpec { Name = "b", From = "lower", To = "upper", Initial = new GaussianWeightsSpec(), Rule = new CreditRuleSpec(), Transforms = transforms },
                new ProjectionSpec { Name = "c", From = "upper", To = "output", Rule = new CreditRuleSpec(), Transforms = transforms },
                new ProjectionSpec { Name = "shortcut", From = "lower", To = "output", Initial = new GaussianWeightsSpec { Scale = 0.1f } },
            ],
            Credit = new BackpropCreditSpec(),
            Modulators = AllModulators,
            Head = head,
            Maintenance = [Consolidation],
        },
    };

    /// <summary>The credit rule for several events together in every projection that learns.</summary>
    private static ModelSpec Together(InputSpec input, int size, CreditRuleSpec rule, TransformSpec[] transforms) => Together(Deep(input, size, transforms, new SoftmaxHeadSpec()), rule);

    private static ModelSpec Together(ModelSpec spec, CreditRuleSpec rule) => spec with
    {
        Network = spec.Network with { Projections = [.. spec.Network.Projections.Select(projection => projection.Rule is null ? projection : projection with { Rule = rule })] },
    };

    private static ModelSpec Connected(ModelSpec spec, ConnectionSpec connection) => spec with
    {
        Network = spec.Network with { Projections = [.. spec.Network.Projections.Select(projection => projection with { Connection = connection })] },
    };

    private static ModelSpec Local(InputSpec input, int size, RuleSpec rule, TransformSpec[] transforms, InitialWeightsSpec? initial = null) => new()
    {
        Input = input,
        Target = Label,
        Network = new NetworkSpec
        {
            Populations =
            [
                new PopulationSpec { Name = "input", Kind = PopulationKind.Input },
                new PopulationSpec { Name = "features", Kind = PopulationKind.Identity, Size = size },
                new PopulationSpec { Name = "output", Kind = PopulationKind.Identity },
            ],
            Projections =
            [
                new ProjectionSpec { Name = "filters", From = "input", To = "features", Initial = initial ?? new GaussianWeightsSpec { Scale = 0.5f }, Rule = rule, Transforms = transforms },
                new ProjectionSpec { Name = "readout", From = "features", To = "output", Initial = new ZeroWeightsSpec(), Rule = new CreditRuleSpec(), Transforms = [new LearningRateSpec { Rate = 0.05f }] },
            ],
            Credit = new NoCreditSpec(),
            Modulators = AllModulators,
            Head = new SoftmaxHeadSpec(),
            Maintenance = [Consolidation],
        },
    };

    private static ModelSpec Taught(InputSpec input, PopulationSpec features, RuleSpec rule, TransformSpec[] transforms)
    {
        var spec = SquaresOn(input, features.Size!.Value);
        return spec with
        {
            Network = spec.Network with
            {
                Populations = [spec.Network.Populations[0], features, spec.Network.Populations[2]],
                Projections =
                [
                    spec.Network.Projections[0] with { Initial = new SparseWeightsSpec { Inputs = Math.Min(3, input.Size!.Value) } },
                    new ProjectionSpec { Name = "readout", From = "features", To = "output", Rule = rule, Transforms = transforms },
                ],
                Head = new SoftmaxHeadSpec(),
            },
        };
    }

    private static ModelSpec Prototypes(InputSpec input, int size, int perClass, RuleSpec rule)
    {
        var spec = Taught(input, new PopulationSpec { Name = "features", Kind = PopulationKind.Relu, Size = size }, rule, []);
        var (filters, readout) = (spec.Network.Projections[0], spec.Network.Projections[1]);
        return spec with { Network = spec.Network with { Projections = [filters, readout with { Connection = new PrototypeConnectionSpec { PerClass = perClass, Sharpness = 0.5f } }] } };
    }

    private static ModelSpec Replaying(InputSpec input, ReplaySpec replay)
    {
        var spec = Deep(input, 17, [new ObserveFisherSpec(), new LearningRateSpec { Rate = 0.05f, HalfLife = 500f }, new ElasticAnchorSpec { Strength = 2f }], new SoftmaxHeadSpec());
        return spec with { Network = spec.Network with { Maintenance = [replay, Consolidation] } };
    }

    private static ModelSpec Renewing(TransformSpec[] transforms)
    {
        var spec = Deep(Vector16, 17, transforms, new SoftmaxHeadSpec());
        RenewalSpec[] renewal = [new() { Population = "lower", Rate = 0.02f, Maturity = 5, Decay = 0.9f }, new() { Population = "upper", Rate = 0.01f, Maturity = 7 }];
        return spec with { Network = spec.Network with { Maintenance = [.. renewal, Consolidation] } };
    }

    /// <summary>Grows at <c>Grew</c> events of the test stream; the other population is renewed.</summary>
    private static ModelSpec Growing(TransformSpec[] transforms)
    {
        var spec = Deep(Vector16, 15, transforms, new SoftmaxHeadSpec());
        GrowthSpec growth = new() { Population = "upper", Modulator = "ach", Above = 0.2f, Events = 5, Block = 3, MaxUnits = 40 };
        return spec with { Network = spec.Network with { Maintenance = [growth, new RenewalSpec { Population = "upper", Rate = 0.01f, Maturity = 5 }, Consolidation] } };
    }

    /// <summary>So little tolerance that the drawn events are of several contexts.</summary>
    private static ModelSpec InContexts(InputSpec input, TransformSpec[] transforms)
    {
        var spec = Deep(input, 16, transforms, new SoftmaxHeadSpec());
        var populations = spec.Network.Populations.Select(population => population.Name == "lower" ? population with { Size = 64, Gated = true } : population);
        return spec with { Network = spec.Network with { Populations = [.. populations], Context = new ContextSpec { MaxContexts = 4, MinimumEvents = 10, Tolerance = 0.2f, Evidence = 0.5f } } };
    }

    private static ModelSpec Contexts(ModelSpec spec) =>
        spec with { Network = spec.Network with { Head = new LeastSquaresHeadSpec { Contexts = 3, ContextModulator = "ne" } } };

    private static ModelSpec Patches(RuleSpec? rule, int formingEvents = 5)
    {
        var spec = SquaresOn(new InputSpec { Kind = InputKind.Image, Height = 9, Width = 8, Channels = 2, Standardise = Standardisation.Scale }, 80);
        return spec with
        {
            Network = spec.Network with
            {
                Populations = [spec.Network.Populations[0], spec.Network.Populations[1] with { Kind = PopulationKind.Identity }, spec.Network.Populations[2]],
                Projections =
                [
                    new ProjectionSpec
                    {
                        Name = "filters",
                        From = "input",
                        To = "features",
                        Connection = new PatchConnectionSpec { Side = 3, Stride = 2, Filters = 16, Grid = 2, Peaks = 1, FormingEvents = formingEvents },
                        Rule = rule,
                        Transforms = rule is null ? [] : [new ObserveFisherSpec(), new LearningRateSpec { Rate = 0.1f }, new ElasticAnchorSpec { Strength = 1f, Scope = AnchorScope.Proposed }],
                    },
                    spec.Network.Projections[1],
                ],
                Maintenance = [Consolidation],
            },
        };
    }

    private static ModelSpec Connected(ModelSpec spec, Func<PatchConnectionSpec, PatchConnectionSpec> change) => spec with
    {
        Network = spec.Network with
        {
            Projections = [.. spec.Network.Projections.Select(projection => projection.Connection is PatchConnectionSpec patches ? projection with { Connection = change(patches) } : projection)],
        },
    };

    private static ModelSpec Fields(PatchCompetitionRuleSpec? rule)
    {
        var connection = new FieldConnectionSpec { Fields = 12, Inputs = 9, LeastInputs = 3, Random = 5, FormingEvents = 24 };
        var spec = SquaresOn(new InputSpec { Kind = InputKind.Sparse, Size = 30, MaxActive = 7, Standardise = Standardisation.Scale }, connection.FeatureCount);
        return spec with
        {
            Network = spec.Network with
            {
                Projections =
                [
                    new ProjectionSpec
                    {
                        Name = "filters",
                        From = "input",
                        To = "features",
                        Connection = connection,
                        Rule = rule,
                        Transforms = rule is null ? [] : [new ObserveFisherSpec(), new LearningRateSpec { Rate = 0.1f }, new ElasticAnchorSpec { Strength = 1f, Scope = AnchorScope.Proposed }],
                    },
                    spec.Network.Projections[1],
                ],
                Maintenance = [Consolidation],
            },
        };
    }

    private static ModelSpec Linked(InputSpec input, int size)
    {
        var spec = SquaresOn(input, size);
        return spec with
        {
            Network = spec.Network with
            {
                Populations = [spec.Network.Populations[0], spec.Network.Populations[1] with { Kind = PopulationKind.Identity }, spec.Network.Populations[2]],
                Projections =
                [
                    new ProjectionSpec { Name = "combinations", From = "input", To = "features", Connection = new FunctionalLinkConnectionSpec { Inputs = 4, FormingEvents = 6 } },
                    spec.Network.Projections[1],
                ],
            },
        };
    }

    private static ModelSpec Fourier(InputSpec input, int size)
    {
        var spec = SquaresOn(input, size);
        return spec with
        {
            Network = spec.Network with
            {
                Populations = [spec.Network.Populations[0], spec.Network.Populations[1] with { Kind = PopulationKind.Cosine }, spec.Network.Populations[2]],
                Projections = [spec.Network.Projections[0] with { Initial = new FourierWeightsSpec { LengthScale = 4f } }, spec.Network.Projections[1]],
            },
        };
    }

    private static ModelSpec SquaresOn(InputSpec input, int size, int block = 1) => new()
    {
        Input = input,
        Target = Label,
        Network = new NetworkSpec
        {
            Populations =
            [
                new PopulationSpec { Name = "input", Kind = PopulationKind.Input },
                new PopulationSpec { Name = "features", Kind = PopulationKind.Relu, Size = size },
                new PopulationSpec { Name = "output", Kind = PopulationKind.Identity },
            ],
            Projections =
            [
                new ProjectionSpec { Name = "filters", From = "input", To = "features", Initial = new GaussianWeightsSpec { BiasScale = 0.5f } },
                new ProjectionSpec
                {
                    Name = "readout",
                    From = "features",
                    To = "output",
                    Rule = new RecursiveLeastSquaresRuleSpec { Forgetting = 0.99f, ForgettingModulator = "ne", ForgettingDepth = 0.2f, Block = block },
                    Transforms = [new ModulateBySpec { Modulator = "ach", Floor = 1f, Gain = 0.2f }],
                },
            ],
            Credit = new NoCreditSpec(),
            Modulators = AllModulators,
            Head = new LeastSquaresHeadSpec(),
        },
    };

    private static ModelSpec Drift()
    {
        var spec = SquaresOn(Vector16, 16);
        return spec with
        {
            Network = spec.Network with
            {
                Projections =
                [
                    spec.Network.Projections[0],
                    spec.Network.Projections[1] with
                    {
                        Rule = new RecursiveLeastSquaresRuleSpec { ForgettingModulator = "adwin", ForgettingDepth = 0.2f },
                        Transforms = [new ModulateBySpec { Modulator = "ddm", Floor = 1f, Gain = 0.2f }],
                    },
                ],
                Modulators =
                [
                    new AdwinSpec { Name = "adwin", Clock = 4, Delta = 0.5f, Rows = 4, TimeConstant = 5f, Boundary = true },
                    new PageHinkleySpec { Name = "hinkley", Signal = DriftSignal.Error, Threshold = 1f, MinimumEvents = 10, TimeConstant = 3f },
                    new DdmSpec { Name = "ddm", Threshold = 1f, MinimumEvents = 10 },
                ],
                Maintenance = [new ConsolidationSpec { MinimumEvents = 5, SettledModulator = "hinkley" }],
            },
        };
    }

    private static ModelSpec Regression(RegressionHeadSpec head) => Deep(Vector16, 16, [new AdamSpec()], head) with { Target = new TargetSpec { Kind = TargetKind.Value, Size = 3 } };
}
