using System.Runtime.CompilerServices;
using LifelongApi.Contracts.Learning;
using LifelongApi.Learning.Features;
using LifelongApi.Learning.Heads;
using LifelongApi.Learning.Modulators;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Compilation;

/// <content>Learners of one layer, whose parts work as one.</content>
public sealed partial class Learner
{
    /// <summary>Folds one event with a target where all is as it mostly is.</summary>
    /// <returns>False for an event that a guard may refuse: only scratch was written, and the parts one by one decide.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool LearnDirectly(in PayloadReader payload, ReadOnlySpan<ulong> nameHashes, in HeadTarget target, in StepContext step, Outcome outcome)
    {
        if (!IsWithinBounds(payload, step) || !_encoder.Encode(payload, nameHashes, step, _input) || !_direct!.TryDrive(step, out var drive))
        {
            return false;
        }

        // Nothing refuses the event any more. Statistics first: they need not wait for the answer.
        _encoder.Commit(payload, nameHashes, step);
        var prediction = outcome.Prediction;
        var loss = _direct.Score(drive, target, step, prediction);
        outcome.Reason = null;
        outcome.SharedLabel = prediction.Label;
        outcome.IsAbstained = Abstains(prediction);
        prediction.Context = -1;
        outcome.IsScored = true;
        outcome.Loss = loss;
        _teaching.Give(target.Label, target.ClassCount, step);
        if (_modulators.Count > 0)
        {
            Sense(payload, prediction.Label == target.Label, loss, target.ClassCount, step);
        }

        var chain = _chains[0];
        chain.Run(step);
        outcome.Plasticity[0] = chain.Change(step);
        outcome.Protection[0] = chain.HeldBack(step);
        Finish(LearnStatus.Learned, step, outcome);
        return true;
    }

    private void Sense(in PayloadReader payload, bool isRight, float loss, int classCount, in StepContext step)
    {
        var reward = payload.Reward;
        var scored = new StepOutcome
        {
            IsScored = true,
            Loss = loss,
            Surprise = ClassScore.Surprise(loss, classCount),
            IsRight = isRight,
            IsRewarded = reward.HasValue,
            Reward = (float)reward.GetValueOrDefault(),
        };
        _modulators.Sense(scored, step);
    }
}
