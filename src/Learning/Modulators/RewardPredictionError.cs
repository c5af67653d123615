using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Modulators;

/// <summary>
/// Reward beyond the running mean, M = R − E[R] (Frémaux, Sprekeler and Gerstner 2010, the covariance rule), which Schultz, Dayan and Montague (1997) ascribe to dopamine;
/// limited to [−1, 1], and 0 for an event without a reward.
/// </summary>
/// <remarks>Reserves: mean and count in Plastic.</remarks>
/// <param name="layout">Layout of the program.</param>
/// <param name="spec">Name and the time constant of the mean in rewarded events.</param>
public sealed class RewardPredictionError(LayoutBuilder layout, RewardPredictionErrorSpec spec) : IModulator
{
    private readonly Slot _mean = layout.Vector(Region.Plastic, $"{spec.Name}.mean", 1);
    private readonly Slot _count = layout.Vector(Region.Plastic, $"{spec.Name}.count", 2);

    /// <inheritdoc/>
    public float Sense(in StepOutcome outcome, in StepContext step)
    {
        if (!outcome.IsRewarded)
        {
            return 0f;
        }

        var mean = step.Write(_mean);
        var count = step.WriteLongs(_count);
        var error = outcome.Reward - mean[0];
        count[0]++;
        mean[0] += error / MathF.Min(count[0], spec.TimeConstant);
        return Math.Clamp(error, -1f, 1f);
    }
}
