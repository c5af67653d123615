using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Modulators;

/// <summary>
/// Expected uncertainty, which Yu and Dayan (2005) ascribe to acetylcholine: m ← m + (s − m) / min(n, τ) over the surprise s of scored events;
/// the level is m limited to [0, 1], where 1 is knowing nothing. Deviation: the surprise of a running learner stands in for the cue validity of their task.
/// </summary>
/// <remarks>Reserves: mean and count in Plastic.</remarks>
/// <param name="layout">Layout of the program.</param>
/// <param name="spec">Name and τ in events.</param>
public sealed class ExpectedUncertainty(LayoutBuilder layout, ExpectedUncertaintySpec spec) : IModulator
{
    private readonly Slot _mean = layout.Vector(Region.Plastic, $"{spec.Name}.mean", 1);
    private readonly Slot _count = layout.Vector(Region.Plastic, $"{spec.Name}.count", 2);

    /// <inheritdoc/>
    public float Sense(in StepOutcome outcome, in StepContext step)
    {
        var mean = step.Write(_mean);
        var count = step.WriteLongs(_count);
        if (outcome.IsScored)
        {
            count[0]++;
            mean[0] += (outcome.Surprise - mean[0]) / MathF.Min(count[0], spec.TimeConstant);
        }

        // Before anything was scored, nothing is known.
        return count[0] == 0 ? 1f : Math.Clamp(mean[0], 0f, 1f);
    }
}
