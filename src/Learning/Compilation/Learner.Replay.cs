using LifelongApi.Learning.Heads;
using LifelongApi.Learning.Maintenance;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Compilation;

/// <content>Learning again what was learned before: replay and sleep.</content>
public sealed partial class Learner
{
    /// <summary>Sequences of the events whose inputs are kept for replay.</summary>
    /// <param name="step">A learning step.</param>
    /// <returns>Shape [kept], in no order; empty without a replay memory.</returns>
    public ReadOnlySpan<long> RememberedSequences(scoped in StepContext step)
    {
        foreach (var maintenance in _maintenance)
        {
            if (maintenance is ReplayMemory memory)
            {
                return memory.Sequences(step);
            }
        }

        return [];
    }

    /// <summary>One slice of sleep: every maintenance does what a quiet time is for.</summary>
    /// <param name="knownClasses">Classes known.</param>
    /// <param name="step">A learning step.</param>
    /// <returns>Whether anything was consolidated.</returns>
    public bool Sleep(int knownClasses, in StepContext step)
    {
        _teaching.Give(TeachingSignal.Nobody, knownClasses, step);
        var consolidated = false;
        foreach (var maintenance in _maintenance)
        {
            consolidated |= maintenance.Sleep(this, step);
        }

        return consolidated;
    }

    /// <summary>
    /// Learns an example again whose prepared input the caller has written into the input population: forward, score, credit, rules, clock.
    /// Modulators, running statistics and maintenance do not see it, for it is no news. An example that is not finite is passed over.
    /// </summary>
    /// <param name="label">Its class.</param>
    /// <param name="step">A learning step.</param>
    /// <returns>Whether it was learned.</returns>
    public bool Relearn(int label, in StepContext step)
    {
        Forward(step);
        if (!ActivityIsBounded(step, out _))
        {
            return false;
        }

        var target = new HeadTarget { Label = label, ClassCount = _teaching.ClassCount(step) };
        _teaching.Give(label, target.ClassCount, step);
        if (!MakePasses(target, step))
        {
            return false;
        }

        var scored = _head.Score(target, step);
        _credit.Assign(step);
        if (!float.IsFinite(scored.Loss) || !CreditIsBounded(step))
        {
            return false;
        }

        foreach (var chain in _chains)
        {
            if (!chain.Prepare(step))
            {
                return false;
            }
        }

        foreach (var chain in _chains)
        {
            chain.Run(step);
        }

        _clock.Advance(step);
        return true;
    }
}
