using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Models;
using LifelongApi.Learning.Features;
using LifelongApi.Learning.Heads;
using LifelongApi.Learning.Modulators;
using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Compilation;

/// <summary>The life of an event: answer, guard, change, take in, finish.</summary>
public sealed partial class Learner
{
    private const float LargestReward = 1e15f;

    /// <summary>Folds one event with a target.</summary>
    /// <param name="payload">The event.</param>
    /// <param name="nameHashes">Hash of every feature name of the stream by id.</param>
    /// <param name="knownClasses">Classes known before the event.</param>
    /// <param name="target">The target.</param>
    /// <param name="step">A learning step.</param>
    /// <param name="outcome">Overwritten.</param>
    public void Learn(in PayloadReader payload, ReadOnlySpan<ulong> nameHashes, int knownClasses, in HeadTarget target, in StepContext step, Outcome outcome)
    {
        if (_direct is not null && knownClasses == target.ClassCount && LearnDirectly(payload, nameHashes, target, step, outcome))
        {
            return;
        }

        if (!Answer(payload, nameHashes, knownClasses, _distillation?.HasTeacher(step) == true, step, outcome))
        {
            return;
        }

        if (_balance is null)
        {
            Teach(payload, nameHashes, target, step, outcome);
            return;
        }

        outcome.Balance = _balance.Factor(target.Label, target.ClassCount, step);
        Teach(payload, nameHashes, target, step.Weighing(MathF.Min(step.Weight * outcome.Balance, LargestWeight)), outcome);
        if (outcome.Status == LearnStatus.Learned)
        {
            _balance.Commit(target.Label, step);
        }
    }

    private void Teach(in PayloadReader payload, ReadOnlySpan<ulong> nameHashes, in HeadTarget target, in StepContext step, Outcome outcome)
    {
        _teaching.Give(target.Label, target.ClassCount, step);
        if (!MakePasses(target, step))
        {
            Skip(outcome, "The sensitivity of the answer is beyond what the model can learn from.");
            return;
        }

        // Modulators watch the shared model, which learns as if nobody had an entity.
        var isRight = target.Label >= 0 && outcome.SharedLabel == target.Label;
        var scored = Rewarded(_head.Score(target, step) with { IsRight = isRight }, payload);
        outcome.IsScored = true;
        outcome.Loss = _adaptation?.Loss(target, outcome.Prediction, scored.Loss, step) ?? scored.Loss;
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
            _adaptation?.Learn(target, outcome.Prediction, step);
            _context?.Commit(step);
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
        _entities?.Meet(step);
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
        if (Change(Rewarded(sensed, payload), step, outcome))
        {
            Take(payload, nameHashes, step, outcome);
            novelty?.Take(step);
            _context?.Commit(step);
            Finish(LearnStatus.Observed, step, outcome);
        }
    }

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

    private bool Answer(in PayloadReader payload, ReadOnlySpan<ulong> nameHashes, int knownClasses, bool isTaught, in StepContext step, Outcome outcome)
    {
        outcome.Consolidated = false;
        outcome.Reason = null;
        if (!IsWithinBounds(payload, step))
        {
            outcome.Prediction.Prepare(0);
            Skip(outcome, "The event's weight is not within 0 … 10^6, or its reward not within ±10^15.");
            return false;
        }

        // Growth between the refusal and here may have moved scratch.
        _entities?.Meet(step);
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
        outcome.SharedLabel = outcome.Prediction.Label;
        _adaptation?.Adapt(step, outcome.Prediction);
        outcome.IsAbstained = Abstains(outcome.Prediction);
        outcome.Prediction.Context = _context?.Current(step) ?? -1;
        if (!ActivityIsBounded(step, out var name))
        {
            Skip(outcome, $"The activity of population '{name}' is not finite or beyond 10^9.");
            return false;
        }

        return true;
    }

    private static bool IsWithinBounds(in PayloadReader payload, in StepContext step) =>
        step.Weight >= 0f && step.Weight <= LargestWeight && Math.Abs(payload.Reward ?? 0d) <= LargestReward;

    private bool Abstains(PredictionBuffer prediction) =>
        Spec.AbstainBelow is { } threshold && prediction.Label >= 0 && prediction.Scores[prediction.Label] < threshold;

    private static StepOutcome Rewarded(in StepOutcome outcome, in PayloadReader payload) =>
        payload.Reward is { } reward ? outcome with { IsRewarded = true, Reward = (float)reward } : outcome;

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

        if (Concerns(step.Moment))
        {
            _entities!.Claim(step);
        }

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
