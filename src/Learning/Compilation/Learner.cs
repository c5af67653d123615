using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Models;
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

    private const float LargestReward = 1e15f;
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
    private readonly ISensitivityPass[] _sensitivityPasses;
    private readonly Distillation? _distillation;
    private readonly TeachingSignal _teaching;
    private readonly EntityTable? _entities;
    private readonly EventOrder? _order;

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
        _sensitivityPasses = [.. _chains.Select(chain => chain.SensitivityPass).OfType<ISensitivityPass>()];
        _distillation = parts.Distillation;
        _teaching = parts.Teaching;
        _entities = parts.Entities;
        _order = parts.Order;
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
                (_projections[i] as PatchProjection)?.Initialise(step);
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
    public void Predict(in PayloadReader payload, ReadOnlySpan<ulong> nameHashes, int classCount, in StepContext step, PredictionBuffer prediction)
    {
        _encoder.Encode(payload, nameHashes, step, _input);
        Forward(step);
        _head.Read(classCount, step, prediction);
    }

    /// <summary>Throws where the model cannot read an event's features. Writes scratch only.</summary>
    /// <param name="payload">The event.</param>
    /// <param name="nameHashes">Hash of every feature name of the stream by id.</param>
    /// <param name="step">A learning step.</param>
    /// <exception cref="InvalidDataException">The features have another form, or are too many.</exception>
    public void CheckFeatures(in PayloadReader payload, ReadOnlySpan<ulong> nameHashes, in StepContext step) =>
        _encoder.Encode(payload, nameHashes, step, _input);

    /// <summary>Folds one event with a target.</summary>
    /// <param name="payload">The event.</param>
    /// <param name="nameHashes">Hash of every feature name of the stream by id.</param>
    /// <param name="knownClasses">Classes known before the event.</param>
    /// <param name="target">The target.</param>
    /// <param name="step">A learning step.</param>
    /// <param name="outcome">Overwritten.</param>
    public void Learn(in PayloadReader payload, ReadOnlySpan<ulong> nameHashes, int knownClasses, in HeadTarget target, in StepContext step, Outcome outcome)
    {
        if (!Answer(payload, nameHashes, knownClasses, _distillation?.HasTeacher(step) == true, step, outcome))
        {
            return;
        }

        _teaching.Give(target.Label, target.ClassCount, step);
        if (_sensitivityPasses.Length > 0 && !PassSensitivity(target, step))
        {
            Skip(outcome, "The sensitivity of the answer is beyond what the model can learn from.");
            return;
        }

        var isRight = target.Label >= 0 && outcome.Prediction.Label == target.Label;
        var scored = _head.Score(target, step) with { IsRight = isRight, IsRewarded = payload.Reward.HasValue, Reward = (float)(payload.Reward ?? 0d) };
        outcome.IsScored = true;
        outcome.Loss = scored.Loss;
        if (_distillation?.HasTeacher(step) == true)
        {
            _distillation.AddCredit(step);
        }

        _credit.Assign(step);
        if (!float.IsFinite(scored.Loss) || !CreditIsBounded(step))
        {
            Skip(outcome, "The error of the prediction is beyond what the model can learn from.");
            return;
        }

        if (Change(scored, step, outcome))
        {
            Take(payload, nameHashes, step, outcome);
            _head.Commit(target, step);
            Finish(LearnStatus.Learned, step, outcome);
        }
    }

    /// <summary>Whether the spec refuses an event for when it happened. Writes nothing.</summary>
    /// <param name="step">A learning step.</param>
    /// <param name="outcome">Overwritten with the refusal where there is one.</param>
    /// <returns>True for an event that is to be skipped.</returns>
    public bool Refuses(in StepContext step, Outcome outcome)
    {
        if (_order is not { Policy: LatePolicy.Reject } || !_order.IsLate(step))
        {
            return false;
        }

        Skip(outcome, null);
        outcome.Lateness = _order.Lateness(step);
        return true;
    }

    /// <summary>Folds one event without a target: local rules, scalers and rewards, not the head.</summary>
    /// <param name="payload">The event.</param>
    /// <param name="nameHashes">Hash of every feature name of the stream by id.</param>
    /// <param name="knownClasses">Classes known.</param>
    /// <param name="step">A learning step.</param>
    /// <param name="outcome">Overwritten.</param>
    public void Observe(in PayloadReader payload, ReadOnlySpan<ulong> nameHashes, int knownClasses, in StepContext step, Outcome outcome)
    {
        if (!Answer(payload, nameHashes, knownClasses, isTaught: false, step, outcome))
        {
            return;
        }

        outcome.IsScored = false;
        outcome.Loss = float.NaN;
        _teaching.Give(TeachingSignal.Nobody, knownClasses, step);
        var novelty = _head as NoveltyHead;
        var sensed = novelty?.Sense(step) ?? default;
        if (Change(sensed with { IsRewarded = payload.Reward.HasValue, Reward = (float)(payload.Reward ?? 0d) }, step, outcome))
        {
            Take(payload, nameHashes, step, outcome);
            novelty?.Take(step);
            Finish(LearnStatus.Observed, step, outcome);
        }
    }

    /// <summary>How unusual events were; null for a head that does not tell.</summary>
    /// <param name="step">A learning step.</param>
    /// <returns>The metrics.</returns>
    public AnomalyMetrics? Anomalies(in StepContext step) => (_head as NoveltyHead)?.Summarise(step);

    /// <summary>Lets maintenance see that a task ended.</summary>
    /// <param name="step">A learning step.</param>
    /// <returns>Whether anything was consolidated.</returns>
    public bool EndTask(in StepContext step)
    {
        _modulators.PassBoundary(step);
        return Maintain(taskEnded: true, step);
    }

    /// <summary>Lets modulators and the head see that a task began.</summary>
    /// <param name="step">A learning step.</param>
    public void BeginTask(in StepContext step)
    {
        _modulators.PassBoundary(step);
        _head.BeginTask(step);
    }

    /// <summary>Sequence of the drift that waits to be a boundary of the stream; 0: none.</summary>
    /// <param name="step">A learning step.</param>
    /// <returns>The sequence.</returns>
    public long WaitingDrift(in StepContext step) => _modulators.WaitingDrift(step);

    private void Forward(in StepContext step)
    {
        _populations[0].Advance(step);
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

    private bool Answer(in PayloadReader payload, ReadOnlySpan<ulong> nameHashes, int knownClasses, bool isTaught, in StepContext step, Outcome outcome)
    {
        outcome.Plasticity.AsSpan().Clear();
        outcome.Protection.AsSpan().Clear();
        outcome.Consolidated = false;
        outcome.Reason = null;
        if (!(step.Weight >= 0f && step.Weight <= LargestWeight) || !(Math.Abs(payload.Reward ?? 0d) <= LargestReward))
        {
            outcome.Prediction.Prepare(0);
            Skip(outcome, "The event's weight is not within 0 … 10^6, or its reward not within ±10^15.");
            return false;
        }

        if (!_encoder.Encode(payload, nameHashes, step, _input))
        {
            outcome.Prediction.Prepare(0);
            Skip(outcome, "A feature is beyond ±10^15, more than its running statistics can hold.");
            return false;
        }

        if (isTaught)
        {
            Forward(_distillation!.AsTeacher(step));
            if (!_distillation.Keep(Bound, step))
            {
                outcome.Prediction.Prepare(0);
                Skip(outcome, "The answer of the teacher is not finite or beyond 10^9.");
                return false;
            }
        }

        Forward(step);
        _head.Read(knownClasses, step, outcome.Prediction);
        if (!ActivityIsBounded(step, out var name))
        {
            Skip(outcome, $"The activity of population '{name}' is not finite or beyond 10^9.");
            return false;
        }

        return true;
    }

    private bool ActivityIsBounded(in StepContext step, out string? name)
    {
        name = null;
        foreach (var population in _populations)
        {
            if (!Reduction.IsBounded(population.Values(step), Bound))
            {
                name = population.Name;
                return false;
            }
        }

        return true;
    }

    /// <summary>Carries 2 · output down in place of the loss's credit: the gradient of ‖output‖² with respect to every drive. Writes scratch only.</summary>
    private bool PassSensitivity(in HeadTarget target, in StepContext step)
    {
        var output = _populations[^1];
        var credit = step.Write(output.Credit);
        credit.Clear();
        var count = ClassCapacity > 0 ? target.ClassCount : output.Units;
        RowKernels.Scale(step.View(output.Drive)[..count], 2f, credit[..count]);
        _head.Restrict(target, credit, step);
        _credit.Assign(step);
        if (!CreditIsBounded(step))
        {
            return false;
        }

        foreach (var pass in _sensitivityPasses)
        {
            pass.Take(step);
        }

        return true;
    }

    private bool CreditIsBounded(in StepContext step)
    {
        foreach (var chain in _chains)
        {
            if (!Reduction.IsBounded(step.View(chain.Projection.Post.Credit), Bound))
            {
                return false;
            }
        }

        return true;
    }

    private bool Change(in StepOutcome scored, in StepContext step, Outcome outcome)
    {
        foreach (var chain in _chains)
        {
            if (chain.RunsOn(scored.IsScored) && !chain.Prepare(step))
            {
                Skip(outcome, $"The proposal for projection '{chain.Projection.Name}' is not finite or beyond 10^9.");
                return false;
            }
        }

        _modulators.Sense(scored, step);
        foreach (var projection in _projections)
        {
            projection.Develop(step);
        }

        for (var i = 0; i < _chains.Length; i++)
        {
            if (_chains[i].RunsOn(scored.IsScored))
            {
                _chains[i].Run(step);
                outcome.Plasticity[i] = _chains[i].Change(step);
                outcome.Protection[i] = _chains[i].HeldBack(step);
            }
        }

        return true;
    }

    /// <summary>Statistics and histories of the input take the event in.</summary>
    private void Take(in PayloadReader payload, ReadOnlySpan<ulong> nameHashes, in StepContext step, Outcome outcome)
    {
        if (_order?.IsLate(step) == true)
        {
            outcome.Lateness = _order.Lateness(step);
        }

        _entities?.Claim(step);
        _encoder.Commit(payload, nameHashes, step);
        _order?.Commit(step);
    }

    private void Finish(LearnStatus status, in StepContext step, Outcome outcome)
    {
        _clock.Advance(step);
        outcome.Status = status;
        outcome.Consolidated = Maintain(taskEnded: false, step);
        _modulators.Levels(step).CopyTo(outcome.Modulators);
        outcome.HasDrift = _modulators.Detections(step, outcome.Drift);
    }

    private bool Maintain(bool taskEnded, in StepContext step)
    {
        var moved = false;
        foreach (var maintenance in _maintenance)
        {
            if (maintenance.IsDue(taskEnded, step))
            {
                maintenance.Run(this, step);
                moved |= maintenance.MovesAnchors;
            }
        }

        return moved;
    }

    private static void Skip(Outcome outcome, string? reason)
    {
        outcome.Status = LearnStatus.Skipped;
        outcome.Reason = reason;
        outcome.IsScored = false;
        outcome.Loss = float.NaN;
    }
}
