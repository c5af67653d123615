using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Contexts;
using LifelongApi.Learning.Credit;
using LifelongApi.Learning.Entities;
using LifelongApi.Learning.Features;
using LifelongApi.Learning.Heads;
using LifelongApi.Learning.Maintenance;
using LifelongApi.Learning.Modulators;
using LifelongApi.Learning.Populations;
using LifelongApi.Learning.Projections;
using LifelongApi.Learning.Rules;
using LifelongApi.Learning.State;
using LifelongApi.Learning.Transforms;

namespace LifelongApi.Learning.Compilation;

/// <summary>Turns a valid spec into a program. The part table: one line per part.</summary>
internal sealed class LearnerCompiler
{
    private const int LeastTable = 1024;
    private readonly ModelSpec _spec;
    private readonly int _classCapacity;
    private readonly LayoutBuilder _layout = new();
    private readonly StepClock _clock;
    private readonly ModulatorBank _modulators;
    private readonly TeachingSignal _teaching;
    private readonly ContextSignal? _signal;
    private readonly EntityTable? _entities;
    private readonly EventOrder? _order;
    private readonly NoveltySignal? _novelty;
    private RecursiveLeastSquaresRule? _squares;
    private ClusterProjection? _clusters;

    private LearnerCompiler(ModelSpec spec, int classCapacity)
    {
        _spec = spec;
        _classCapacity = classCapacity;
        _clock = new StepClock(_layout);
        _modulators = new ModulatorBank(_layout, spec.Network.Modulators);
        _teaching = new TeachingSignal(_layout);
        _novelty = spec.Network.Head is NoveltyHeadSpec ? new NoveltySignal(_layout) : null;
        _signal = spec.Network.Context is null ? null : new ContextSignal(_layout);
        var hasHistory = spec.Input.Order is not null || HistoryFeatures.CountOf(spec.Input) > 0;
        _entities = spec.Entities is { } entities ? new EntityTable(_layout, entities.Capacity, isKept: true)
            : hasHistory ? new EntityTable(_layout, spec.Input.HistoryEntities ?? SpecValidator.DefaultHistoryEntities) : null;
        _order = hasHistory ? new EventOrder(_layout, _entities!, spec.Input.Order) : null;
    }

    /// <summary>Compiles a spec that <see cref="SpecValidator"/> has passed.</summary>
    /// <param name="spec">The spec.</param>
    /// <param name="classCapacity">Classes that are to fit; 0 for values.</param>
    /// <returns>The program.</returns>
    public static Learner Compile(ModelSpec spec, int classCapacity) => new LearnerCompiler(spec, classCapacity).Compile();

    private Learner Compile()
    {
        var network = _spec.Network;
        var populations = CreatePopulations(out var input, out var encoder);
        var context = _spec.Network.Context is { } contexts ? new ContextInference(_layout, contexts, _signal!, input) : null;
        var byName = populations.ToDictionary(population => population.Name);
        var projections = network.Projections.Select(spec => CreateProjection(spec, byName[spec.From], byName[spec.To])).ToArray();
        foreach (var projection in projections.Where(IsTable))
        {
            input.Reads(projection.Weights);
        }

        var chains = network.Projections.Zip(projections).Where(pair => pair.First.Rule is not null)
            .Select(pair => CreateChain(pair.First, pair.Second)).ToArray();
        var consolidating = chains.SelectMany(chain => chain.Consolidating).ToList();
        var credit = CreateCredit(populations, projections);
        var head = CreateHead(byName);
        IMaintenance[] maintenance = [.. network.Maintenance.Select((spec, index) => CreateMaintenance(spec, $"maintenance.{index}", consolidating, input, byName, projections, chains))];

        // Last, because it keeps a copy of everything that predict needs.
        var distillation = network.Head is SoftmaxHeadSpec { Distillation: { } distil } ? new Distillation(_layout, populations[^1], (SoftmaxHead)head, distil) : null;
        if (distillation is not null)
        {
            consolidating.Add(distillation);
        }

        var adaptation = _spec.Entities is { } entities ? new EntityAdaptation(_layout, _entities!, input, populations[^1].Units, _spec.Target.Kind == TargetKind.Value ? (IValueHead)head : null, entities) : null;
        return new Learner(new LearnerParts
        {
            Spec = _spec,
            ClassCapacity = _classCapacity,
            Encoder = encoder,
            Input = input,
            Populations = populations,
            Projections = projections,
            Chains = chains,
            Credit = credit,
            Head = head,
            Modulators = _modulators,
            Maintenance = maintenance,
            Clock = _clock,
            Distillation = distillation,
            Balance = _spec.Balance is { } balance ? new ClassBalance(_layout, _classCapacity, balance) : null,
            Teaching = _teaching,
            Context = context,
            Entities = _entities,
            Adaptation = adaptation,
            Order = _order,
            Layout = _layout.Build(),
        });
    }

    private Population[] CreatePopulations(out InputPopulation input, out IFeatureEncoder encoder)
    {
        var specs = _spec.Network.Populations;
        var shape = InputShape.Of(_spec.Input);
        var dense = _spec.Network.Context is not null || _spec.Network.Projections.Any(projection => projection.From == specs[0].Name && (projection.Connection is PatchConnectionSpec or FernConnectionSpec or FunctionalLinkConnectionSpec or ClusterConnectionSpec or FieldConnectionSpec || projection.Rule is CreditRuleSpec { Pending: not null } or CreditRuleSpec { Batch: not null } or OjaRuleSpec or CompetitiveRuleSpec or RecursiveLeastSquaresRuleSpec or SupervisedHebbRuleSpec or DiscriminantRuleSpec or PrototypeRuleSpec));
        input = new InputPopulation(_layout, specs[0].Name, shape.Units, specs[0].Bias, shape.MaxActive, dense);
        encoder = _spec.Input.Kind == InputKind.Named
            ? new NamedEncoder(_layout, _spec.Input.HashBits!.Value, shape.MaxFeatures, _spec.Input.Standardise ?? Standardisation.PerFeature, _spec.Input.Categories ?? 0, HistoryFeatures.CountOf(_spec.Input) > 0 ? new HistoryFeatures(_layout, _entities!, _order!, _spec.Input) : null)
            : new VectorEncoder(_layout, shape.Units, shape.MaxActive, _spec.Input.Standardise ?? Standardisation.None);
        var outputs = _spec.Target.Kind == TargetKind.Label ? _classCapacity : _spec.Target.Size ?? 1;
        var read = HeadOutputs.Of(_spec.Network);
        return [input, .. specs.Skip(1).Select(spec => read.Contains(spec.Name) ? CreatePopulation(spec, _novelty is null ? outputs : spec.Size!.Value, isRead: true) : CreatePopulation(spec, spec.Size!.Value, isRead: false))];
    }

    private Population CreatePopulation(PopulationSpec spec, int units, bool isRead) => spec.Kind switch
    {
        PopulationKind.Identity when !isRead && CellsOf(spec.Name) is { } ferns => new CellPopulation(_layout, spec.Name, units, spec.Bias, ferns.Ferns),
        PopulationKind.Identity => new IdentityPopulation(_layout, spec.Name, units, spec.Bias && !isRead),
        PopulationKind.Relu => new ReluPopulation(_layout, spec.Name, units, spec.Bias && !isRead) { Gate = spec.Gated ? new ContextGate(_signal!, units / _spec.Network.Context!.MaxContexts) : null },
        PopulationKind.Tanh => new TanhPopulation(_layout, spec.Name, units, spec.Bias && !isRead),
        PopulationKind.Cosine => new CosinePopulation(_layout, spec.Name, units, spec.Bias && !isRead),
        PopulationKind.Winners => new WinnersPopulation(_layout, spec.Name, units, spec.Bias && !isRead, spec.Winners!.Value),
        _ => throw new InvalidOperationException($"Population kind {spec.Kind} is not known."),
    };

    /// <summary>The ferns whose cells a population is, where they alone drive it and all that reads it reads only active units; else null.</summary>
    private FernConnectionSpec? CellsOf(string population)
    {
        var network = _spec.Network;
        return network.Projections.Where(projection => projection.To == population).Select(projection => projection.Connection).ToArray() is [FernConnectionSpec ferns]
            && network.Projections.Where(projection => projection.From == population).All(projection => projection is { Connection: DenseConnectionSpec, Rule: null or CreditRuleSpec { Pending: null, Batch: null } or NormalisedRuleSpec })
            ? ferns : null;
    }

    private Projection CreateProjection(ProjectionSpec spec, Population pre, Population post) => spec.Connection switch
    {
        DenseConnectionSpec dense => new DenseProjection(_layout, spec.Name, pre, post, dense.Normalise, (spec.Rule as CreditRuleSpec)?.Pending, (spec.Rule as CreditRuleSpec)?.Batch, LooksAhead(spec, pre, post)),
        BinaryConnectionSpec binary => new BinaryProjection(_layout, spec.Name, pre, post, binary),
        PatchConnectionSpec patches => new PatchProjection(_layout, spec.Name, pre, post, _spec.Input, patches),
        PrototypeConnectionSpec prototypes => new PrototypeProjection(_layout, spec.Name, pre, post, prototypes),
        ClusterConnectionSpec clusters => _clusters = new ClusterProjection(_layout, spec.Name, pre, post, clusters),
        FernConnectionSpec ferns => new FernProjection(_layout, spec.Name, pre, post, ferns),
        FieldConnectionSpec fields => new FieldProjection(_layout, spec.Name, pre, post, fields),
        HashedConnectionSpec hashed => new HashedProjection(_layout, spec.Name, pre, post, hashed),
        FunctionalLinkConnectionSpec link => new FunctionalLinkProjection(_layout, spec.Name, pre, post, link),
        _ => throw new InvalidOperationException($"Connection {spec.Connection.GetType().Name} is not known."),
    };

    /// <summary>
    /// Whether a projection can look ahead while its weights stay as they are: where the input does not depend on the events before, and where nothing else drives the population first.
    /// </summary>
    private bool LooksAhead(ProjectionSpec spec, Population pre, Population post) =>
        spec.Rule is CreditRuleSpec && pre is InputPopulation && post.Gate is null && _spec.Input is { Kind: InputKind.Vector or InputKind.Image, Standardise: null or Standardisation.None }
        && _spec.Network.Projections.First(projection => projection.To == spec.To).Name == spec.Name;

    private PlasticityChain CreateChain(ProjectionSpec spec, Projection projection)
    {
        var rule = CreateRule(spec.Rule!, projection);
        var transforms = new List<IUpdateTransform>();
        foreach (var transform in spec.Transforms)
        {
            transforms.Add(CreateTransform(transform, $"{spec.Name}.{transforms.Count}", projection, transforms.OfType<IImportanceObserver>().FirstOrDefault()));
        }

        if (IsTable(projection) && transforms is [AdaGrad adaGrad])
        {
            ((InputPopulation)projection.Pre).Reads(adaGrad.Sums);
        }

        return new PlasticityChain(_layout, projection, rule, [.. transforms]);
    }

    /// <summary>Whether rows are lines of a table that is too large for the caches near the core, so that it pays to fetch them early.</summary>
    private static bool IsTable(Projection projection) => projection is DenseProjection { Pre: InputPopulation, Stride: LayoutBuilder.Line } && projection.RowCount > LeastTable;

    private IPlasticityRule CreateRule(RuleSpec spec, Projection projection) => spec switch
    {
        CreditRuleSpec { Batch: not null } => new BatchCreditRule(_layout, (DenseProjection)projection),
        CreditRuleSpec => new CreditRule(projection),
        NormalisedRuleSpec => new NormalisedRule(projection),
        HebbRuleSpec => new HebbRule(projection),
        OjaRuleSpec => new OjaRule(projection),
        CompetitiveRuleSpec competitive => new CompetitiveRule(_layout, projection, competitive),
        PatchCompetitionRuleSpec patches => new PatchCompetitionRule(_layout, projection, patches),
        RecursiveLeastSquaresRuleSpec { Block: > 1 } block => new BlockLeastSquaresRule(_layout, projection, block, block.ForgettingModulator is null ? null : _modulators.LevelOf(block.ForgettingModulator)),
        RecursiveLeastSquaresRuleSpec squares => _squares = new RecursiveLeastSquaresRule(_layout, projection, squares, squares.ForgettingModulator is null ? null : _modulators.LevelOf(squares.ForgettingModulator)),
        SupervisedHebbRuleSpec hebb => new SupervisedHebbRule(projection, _teaching, hebb),
        PrototypeRuleSpec prototypes => new PrototypeRule(_layout, (PrototypeProjection)projection, _teaching, prototypes),
        ClusterRuleSpec clusters => new ClusterRule(_layout, (ClusterProjection)projection, _novelty!, clusters, clusters.OpeningModulator is null ? null : _modulators.LevelOf(clusters.OpeningModulator)),
        HomeostaticRuleSpec homeostatic => new HomeostaticRule((HashedProjection)projection, homeostatic),
        DiscriminantRuleSpec discriminant => new DiscriminantRule(_layout, projection, _teaching, discriminant),
        _ => throw new InvalidOperationException($"Rule {spec.GetType().Name} is not known."),
    };

    private IUpdateTransform CreateTransform(TransformSpec spec, string owner, Projection projection, IImportanceObserver? observer) => spec switch
    {
        LearningRateSpec rate => new LearningRate(rate, _clock, rate.Restarts ? _layout.Vector(Region.Plastic, $"{owner}.began", 2) : null),
        MomentumSpec momentum => new Momentum(_layout, owner, projection, momentum),
        AdamSpec adam => new Adam(_layout, owner, projection, adam),
        AdaGradSpec adaGrad => new AdaGrad(_layout, owner, projection, adaGrad),
        ClipSpec clip => new Clip(clip),
        ModulateBySpec modulate => new ModulateBy(modulate, _modulators.LevelOf(modulate.Modulator)),
        ObserveFisherSpec fisher => new FisherObserver(_layout, owner, projection, fisher, _clock),
        ObservePathSpec path => new PathObserver(_layout, owner, projection, path),
        ObserveSensitivitySpec sensitivity => new SensitivityObserver(_layout, owner, projection, sensitivity, _clock),
        MetaplasticSpec metaplastic => new Metaplastic(projection, metaplastic),
        CascadeSpec cascade => new Cascade(_layout, owner, projection, cascade),
        ElasticAnchorSpec anchor => new ElasticAnchor(_layout, owner, projection, observer!, _clock, anchor),
        _ => throw new InvalidOperationException($"Transform {spec.GetType().Name} is not known."),
    };

    private ICreditAssigner CreateCredit(Population[] populations, Projection[] projections)
    {
        if (_spec.Network.Credit is NoCreditSpec)
        {
            return new NoCredit();
        }

        // A population's credit is needed where a rule reads it, or where a population below needs it.
        var needed = new HashSet<Population>();
        foreach (var (spec, projection) in _spec.Network.Projections.Zip(projections))
        {
            if (spec.Rule is CreditRuleSpec or NormalisedRuleSpec)
            {
                AddWithAbove(projection.Post, projections, needed);
            }
        }

        var read = HeadOutputs.Of(_spec.Network);
        return new BackpropCredit(populations, projections, needed, populations.Where(population => read.Contains(population.Name)).ToHashSet());
    }

    private static void AddWithAbove(Population population, Projection[] projections, HashSet<Population> needed)
    {
        if (needed.Add(population))
        {
            foreach (var projection in projections.Where(projection => projection.Pre == population))
            {
                AddWithAbove(projection.Post, projections, needed);
            }
        }
    }

    private IHead CreateHead(Dictionary<string, Population> populations)
    {
        var last = populations[HeadOutputs.Of(_spec.Network)[0]];
        return _spec.Network.Head switch
        {
            RegressionHeadSpec regression => new RegressionHead(_layout, last, regression),
            ValueEnsembleHeadSpec values => new ValueEnsembleHead(_layout, [.. values.Populations.Select(name => populations[name])], values),
            NoveltyHeadSpec novelty => new NoveltyHead(_layout, _clusters!, _novelty!, novelty, _spec.Target.Quantile ?? SpecValidator.DefaultQuantile),
            EnsembleHeadSpec ensemble => new EnsembleHead(
                _layout,
                [.. ensemble.Members.Select(member => CreateClassHead(member.Head, $"head.{member.Population}", populations[member.Population]))],
                last.Units,
                ensemble,
                CreateContexts(ensemble.Contexts, ensemble.ContextModulator, null, exchangesOnly: true)),
            LeastSquaresHeadSpec squares => new LeastSquaresHead(last, CreateContexts(squares.Contexts, squares.ContextModulator, _squares, exchangesOnly: false)),
            var single => CreateClassHead(single, "head", last),
        };
    }

    private IClassHead CreateClassHead(HeadSpec spec, string owner, Population output) => spec switch
    {
        SoftmaxHeadSpec softmax => new SoftmaxHead(_layout, owner, output, softmax),
        LeastSquaresHeadSpec => new LeastSquaresHead(output),
        HingeHeadSpec => new HingeHead(_layout, owner, output),
        _ => throw new InvalidOperationException($"Head {spec.GetType().Name} is not known."),
    };

    private LabelContexts? CreateContexts(int contexts, string? modulator, RecursiveLeastSquaresRule? readout, bool exchangesOnly) =>
        contexts < 2 ? null : new LabelContexts(_layout, contexts, _classCapacity, _modulators.LevelOf(modulator!), readout, exchangesOnly);

    private IMaintenance CreateMaintenance(MaintenanceSpec spec, string owner, IReadOnlyList<IConsolidate> consolidating, InputPopulation input, Dictionary<string, Population> byName, Projection[] projections, PlasticityChain[] chains) => spec switch
    {
        GrowthSpec growth => new Growth(_layout, owner, growth, _modulators.LevelOf(growth.Modulator), byName[growth.Population].Units),
        RenewalSpec renewal => new Renewal(_layout, owner, renewal, _spec, byName[renewal.Population], projections, chains),
        ReplaySpec replay => new ReplayMemory(_layout, owner, replay, input, InputShape.Of(_spec.Input), _classCapacity, _teaching),
        ConsolidationSpec consolidation => new Consolidation(_layout, owner, consolidation, consolidation.SettledModulator is null ? null : _modulators.LevelOf(consolidation.SettledModulator), consolidating),
        _ => throw new InvalidOperationException($"Maintenance {spec.GetType().Name} is not known."),
    };
}
