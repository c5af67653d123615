using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Models;
using LifelongApi.Learning.Contexts;
using LifelongApi.Learning.Credit;
using LifelongApi.Learning.Entities;
using LifelongApi.Learning.Features;
using LifelongApi.Learning.Heads;
using LifelongApi.Learning.Maintenance;
using LifelongApi.Learning.Modulators;
using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.Populations;
using LifelongApi.Learning.Projections;
using LifelongApi.Learning.Rules;
using LifelongApi.Learning.State;
using LifelongApi.Learning.Transforms;

namespace LifelongApi.Learning.Compilation;

/// <summary>
/// A compiled program: offsets and constants, never a learned value. One learn step, one fixed order: encode, transmit and advance, read, score, credit,
/// guard, modulators, rules and transforms, statistics, clock, maintenance that is due. Everything before the guard writes scratch only
/// (and what a lazy pull had pending anyway), so an event that is not finite changes nothing.
/// </summary>
public sealed partial class Learner
{
    /// <summary>Activities and credits beyond this are refused: their products and squares must stay finite in float32.</summary>
    public const float Bound = 1e9f;

    /// <summary>Event weights beyond this are refused.</summary>
    public const float LargestWeight = 1e6f;

    private readonly IFeatureEncoder _encoder;
    private readonly InputPopulation _input;
    private readonly Population[] _populations;
    private readonly Projection[][] _incoming;
    private readonly Projection[] _projections;
    private readonly PlasticityChain[] _chains;
    private readonly ICreditAssigner _credit;
    private readonly IHead _head;
    private readonly ModulatorBank _modulators;
    private readonly IMaintenance[] _maintenance;
    private readonly StepClock _clock;
    private readonly ICreditPass[] _passes;
    private readonly Distillation? _distillation;
    private readonly TeachingSignal _teaching;
    private readonly ClassBalance? _balance;
    private readonly ContextInference? _context;
    private readonly EntityTable? _entities;
    private readonly EventOrder? _order;
    private readonly EntityAdaptation? _adaptation;
    private readonly Foresight[] _foresights;
    private readonly DirectReadout? _direct;

    internal Learner(LearnerParts parts)
    {
        Spec = parts.Spec;
        ClassCapacity = parts.ClassCapacity;
        Layout = parts.Layout;
        _encoder = parts.Encoder;
        _input = parts.Input;
        _populations = parts.Populations;
        _projections = parts.Projections;
        _incoming = [.. parts.Populations.Select(population => parts.Projections.Where(projection => projection.Post == population).ToArray())];
        _chains = parts.Chains;
        _credit = parts.Credit;
        _head = parts.Head;
        _modulators = parts.Modulators;
        _maintenance = parts.Maintenance;
        _clock = parts.Clock;
        _passes = [.. _chains.Select(chain => chain.CreditPass).OfType<ICreditPass>()];
        _distillation = parts.Distillation;
        _teaching = parts.Teaching;
        _balance = parts.Balance;
        _context = parts.Context;
        _entities = parts.Entities;
        _order = parts.Order;
        _adaptation = parts.Adaptation;
        _foresights = [.. _projections.Select(projection => (projection as DenseProjection)?.Foresight).OfType<Foresight>()];
        _direct = DirectReadout.Of(parts);
        ChainNames = [.. _chains.Select(chain => chain.Projection.Name)];
    }

    /// <summary>The spec it was compiled from.</summary>
    public ModelSpec Spec { get; }

    /// <summary>Where every slot is.</summary>
    public Layout Layout { get; }

    /// <summary>Classes that fit; 0 for values.</summary>
    public int ClassCapacity { get; }

    /// <summary>Names of projections with a rule, in forward order.</summary>
    public IReadOnlyList<string> ChainNames { get; }

    /// <summary>How many projections have a rule.</summary>
    internal int ChainCount => _chains.Length;

    /// <summary>Whether it is one layer whose parts work as one.</summary>
    internal bool IsDirect => _direct is not null;

    /// <summary>How many modulators there are.</summary>
    internal int ModulatorCount => _modulators.Count;

    /// <summary>Names of modulators, in order.</summary>
    public IReadOnlyList<string> ModulatorNames => _modulators.Names;

    /// <summary>Projections in the order of the spec.</summary>
    public IReadOnlyList<Projection> Projections => _projections;

    /// <summary>Populations in forward order.</summary>
    public IReadOnlyList<Population> Populations => _populations;

    /// <summary>Fills the initial state of zeroed arenas.</summary>
    /// <param name="step">A learning step.</param>
    public void Initialise(in StepContext step)
    {
        for (var i = 0; i < _projections.Length; i++)
        {
            if (_projections[i] is not (DenseProjection or BinaryProjection))
            {
                (_projections[i] as IInitialise)?.Initialise(step);
                continue;
            }

            InitialWeights.Draw(Spec.Network.Projections[i].Initial, _projections[i], Spec.Input, Spec.Seed, step.Write(_projections[i].Weights));
        }

        foreach (var chain in _chains)
        {
            chain.Initialise(step);
        }

        (_head as IInitialise)?.Initialise(step);
    }

    /// <summary>Level of every modulator.</summary>
    /// <param name="step">A learning step.</param>
    /// <returns>Shape [modulators].</returns>
    public ReadOnlySpan<float> ModulatorLevels(scoped in StepContext step) => _modulators.Levels(step);

    /// <summary>Answers for one set of features.</summary>
    /// <param name="payload">The features.</param>
    /// <param name="nameHashes">Hash of every feature name of the stream by id.</param>
    /// <param name="classCount">Classes known.</param>
    /// <param name="step">A predicting step.</param>
    /// <param name="prediction">Overwritten.</param>
    /// <param name="entityRow">What the store has of the step's entity, for one that neither table nor archive know.</param>
    public void Predict(in PayloadReader payload, ReadOnlySpan<ulong> nameHashes, int classCount, in StepContext step, PredictionBuffer prediction, ReadOnlySpan<byte> entityRow = default)
    {
        _entities?.Meet(step, entityRow);
        _encoder.Encode(payload, nameHashes, step, _input);
        Forward(step);
        _head.Read(classCount, step, prediction);
        prediction.Context = _context?.Current(step) ?? -1;
        _adaptation?.Adapt(step, prediction);
    }

    /// <summary>Whether only the archive can say what an entity is.</summary>
    /// <param name="moment">Whom an event is about.</param>
    /// <param name="step">A learning step.</param>
    /// <returns>True for an entity that is looked at, has no row, and may have left something behind.</returns>
    public bool IsAway(in Moment moment, in StepContext step) => Concerns(moment) && _entities!.IsAway(moment.Entity, step);

    /// <summary>Entities that have left something behind and have no row.</summary>
    /// <param name="step">A learning step.</param>
    /// <returns>Their number.</returns>
    public long CountAway(in StepContext step) => _entities?.CountAway(step) ?? 0;

    /// <summary>Throws where the table of entities is none that events can have made.</summary>
    /// <param name="step">A learning step.</param>
    /// <exception cref="InvalidDataException">Its links lead astray.</exception>
    public void CheckEntities(in StepContext step) => _entities?.Check(step);

    /// <summary>Rows of entities that are away, of the newest rows of all that ever left.</summary>
    /// <param name="rows">At most one row of each entity.</param>
    /// <param name="step">A learning step.</param>
    /// <returns>Those of entities without a row in memory.</returns>
    /// <exception cref="InvalidDataException">They are not what the state says was left behind.</exception>
    public IReadOnlyList<EntityRow> Away(IEnumerable<EntityRow> rows, in StepContext step) => _entities?.Away(rows, step) ?? [];

    /// <summary>Events without an entity belong together where histories are kept, and are nobody's to adapt to.</summary>
    private bool Concerns(in Moment moment) => _entities is not null && (_order is not null || moment.HasEntity);

    /// <summary>What replaces a number of dense input that is left out.</summary>
    /// <param name="step">A learning step.</param>
    /// <param name="values">Overwritten; shape [features].</param>
    public void Typical(in StepContext step, Span<float> values) => _encoder.Typical(step, values);

    /// <summary>Throws where the model cannot read an event's features. Writes scratch only.</summary>
    /// <param name="payload">The event.</param>
    /// <param name="nameHashes">Hash of every feature name of the stream by id.</param>
    /// <param name="step">A learning step.</param>
    /// <exception cref="InvalidDataException">The features have another form, or are too many.</exception>
    public void CheckFeatures(in PayloadReader payload, ReadOnlySpan<ulong> nameHashes, in StepContext step)
    {
        _entities?.Meet(step);
        _encoder.Encode(payload, nameHashes, step, _input);
    }

    /// <summary>How unusual events were; null for a head that does not tell.</summary>
    /// <param name="step">A learning step.</param>
    /// <returns>The metrics.</returns>
    public AnomalyMetrics? Anomalies(in StepContext step) => (_head as NoveltyHead)?.Summarise(step);

    /// <summary>Sequence of the drift that waits to be a boundary of the stream; 0: none.</summary>
    /// <param name="step">A learning step.</param>
    /// <returns>The sequence.</returns>
    public long WaitingDrift(in StepContext step) => _modulators.WaitingDrift(step);

    private void Forward(in StepContext step)
    {
        _populations[0].Advance(step);
        _context?.Infer(step);
        for (var i = 1; i < _populations.Length; i++)
        {
            step.Write(_populations[i].Drive).Clear();
            foreach (var projection in _incoming[i])
            {
                projection.Transmit(step);
            }

            _populations[i].Advance(step);
        }
    }
}
