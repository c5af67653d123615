using LifelongApi.Contracts.Journal;
using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Models;
using LifelongApi.Learning.Compilation;
using LifelongApi.Learning.Features;
using LifelongApi.Learning.Heads;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning;

/// <content>The fold: what an event of every kind does to the state.</content>
public sealed partial class Model
{
    /// <summary>Folds one event of any kind into the state. Allocates nothing except where classes are added.</summary>
    /// <param name="input">The event.</param>
    /// <param name="outcome">Overwritten with what it did.</param>
    /// <exception cref="InvalidDataException">The payload is corrupt or does not fit the spec; nothing changed.</exception>
    public void Apply(in EventInput input, Outcome outcome)
    {
        ArgumentNullException.ThrowIfNull(outcome);
        if (input.Kind is EventKind.Learned or EventKind.Observed or EventKind.FedBack or EventKind.Predicted && Lacks(input.Moment))
        {
            Throw.Apply_EntityIsMissing(input.Sequence, input.Moment.Entity);
        }

        if (_working is not null)
        {
            Fold(input, outcome);
            return;
        }

        using var working = Work();
        Fold(input, outcome);
    }

    /// <summary>Whether <see cref="Foresee"/> is of any use: the spec has events learn together whose drives do not depend on the events before (docs/mechanisms/credit.md).</summary>
    public bool LooksAhead => _learner.LooksAhead;

    /// <summary>
    /// Tells the model what is likely to come next, so that what many events need of the same weights is computed in one pass. Changes neither state nor outcomes, by no bit, whatever comes
    /// then; it is as free as not calling it while events that were told before have not come yet. The writer calls it, between two events.
    /// </summary>
    /// <param name="payloads">Payloads of the next events in order; as many as the spec takes together are looked at.</param>
    public void Foresee(ReadOnlySpan<ReadOnlyMemory<byte>> payloads)
    {
        var step = Step(0, 1f);
        if (payloads.Length < 2 || !_learner.WantsAhead(step))
        {
            return;
        }

        _learner.BeginAhead(step);
        try
        {
            foreach (var payload in payloads)
            {
                if (!_learner.Expect(Read(payload.Span), step))
                {
                    break;
                }
            }
        }
        catch (InvalidDataException)
        {
            // An event that does not fit is told of when it is folded; what comes before it was noted.
        }

        _learner.LookAhead(step);
    }

    private void Fold(in EventInput input, Outcome outcome)
    {
        Clear(outcome);
        switch (input.Kind)
        {
            case EventKind.Learned or EventKind.Observed or EventKind.FedBack:
                Learn(input, outcome);
                break;
            case EventKind.Predicted:
                Say(input, outcome);
                break;
            case EventKind.TaskBegan:
                _learner.BeginTask(Step(input.Sequence, 1f));
                break;
            case EventKind.TaskEnded:
                outcome.Consolidated = _learner.EndTask(Step(input.Sequence, 1f));
                break;
            case EventKind.Slept:
                outcome.Consolidated = _learner.Sleep(_labels.Count, Step(input.Sequence, 1f));
                break;
            case EventKind.Grew:
                Grow(input);
                break;
            case EventKind.Restored or EventKind.EngineChanged:
                break;
            default:
                throw new InvalidDataException($"This engine does not know how to fold an event of kind {input.Kind}.");
        }

        if (outcome.Status != LearnStatus.Learned)
        {
            // What was learned has said so already.
            _learner.ModulatorLevels(Step(input.Sequence, 1f)).CopyTo(outcome.Modulators);
        }
    }

    private void Clear(Outcome outcome)
    {
        outcome.Fit(_learner.ChainCount, _learner.ModulatorCount);
        outcome.Status = LearnStatus.Observed;
        outcome.Reason = null;
        outcome.IsScored = false;
        outcome.Loss = float.NaN;
        outcome.TargetLabel = -1;
        outcome.TargetCount = 0;
        outcome.Balance = 1f;
        outcome.IsAbstained = false;
        outcome.Consolidated = false;
        outcome.Prediction.Prepare(0);
    }

    /// <summary>A remembered prediction: the answer at this place in the stream, and nothing learned.</summary>
    private void Say(in EventInput input, Outcome outcome)
    {
        _learner.Predict(Read(input.Payload), input.NameHashes, _labels.Count, StepContext.Predicting(_read, _working!, Spec.Seed, input.Moment, _archive), outcome.Prediction);
        outcome.Status = LearnStatus.Predicted;
    }

    private void Learn(in EventInput input, Outcome outcome)
    {
        var payload = new PayloadReader(input.Payload);
        if (_encoderHash.Length > 0)
        {
            payload = payload.Behind(_encoderHash, _encoderTensor);
        }

        var step = Step(input);
        if (_learner.Refuses(step, outcome))
        {
            return;
        }

        // Feedback without a target is a reward: it reaches the local rules of the input it is about.
        if (input.Kind == EventKind.Observed || Spec.Target.Kind == TargetKind.Anomaly || (input.Kind == EventKind.FedBack && payload.Target is null))
        {
            _learner.Observe(payload, input.NameHashes, _labels.Count, step, outcome);
            return;
        }

        if (Spec.Target.Kind == TargetKind.Value)
        {
            LearnValues(payload, input, step, outcome);
            return;
        }

        if (payload.Target != TargetTag.Label || payload.Label.IsEmpty || payload.Label.Length > LabelTable.LargestName)
        {
            throw new InvalidDataException("A learned event of this model has a label.");
        }

        var known = _labels.Count;
        var label = _labels.Find(payload.Label);
        if (label < 0)
        {
            label = Meet(payload, input, step);

            // The arenas may be others now.
            step = Step(input);
        }

        outcome.TargetLabel = label;
        _learner.Learn(payload, input.NameHashes, known, new HeadTarget { Label = label, ClassCount = _labels.Count }, step, outcome);
    }

    /// <summary>Makes room for a class that was not known.</summary>
    /// <returns>Its id.</returns>
    private int Meet(in PayloadReader payload, in EventInput input, in StepContext step)
    {
        var known = _labels.Count;
        if (known == MaxClasses)
        {
            throw new InvalidDataException($"The label would be class {known + 1} where the model takes at most {MaxClasses}.");
        }

        // Features that the model cannot read throw here, before the label is known.
        _learner.CheckFeatures(payload, input.NameHashes, step);

        // Compile before the label is added: growing may run out of memory, and then nothing has changed.
        Grow(known + 1);
        return _labels.Add(payload.Label);
    }

    private void LearnValues(in PayloadReader payload, in EventInput input, in StepContext step, Outcome outcome)
    {
        if (payload.Target != TargetTag.Values || payload.TargetCount != (Spec.Target.Size ?? 1))
        {
            throw new InvalidDataException($"A learned event of this model has {Spec.Target.Size ?? 1} target numbers.");
        }

        var targets = outcome.PrepareTargets(payload.TargetCount);
        for (var i = 0; i < targets.Length; i++)
        {
            targets[i] = payload.TargetValue(i);
        }

        _learner.Learn(payload, input.NameHashes, 0, new HeadTarget { Label = -1, Values = targets }, step, outcome);
    }

    private StepContext Step(in EventInput input) =>
        StepContext.Learning(_read, _plastic, _working, Spec.Seed, input.Sequence, input.Weight, input.Moment, _archive);
}
