using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Modulators;

/// <summary>
/// Unexpected uncertainty, which Yu and Dayan (2005) ascribe to noradrenaline: how far the recent mean surprise lies beyond the long-run mean,
/// in standard errors of a recent mean, z = (m_fast − m_slow) / √(v_slow / (2 τ_fast − 1)). The level rises from 0 at z = θ to 1 at z = 3 θ.
/// </summary>
/// <remarks>Reserves: fast mean, slow mean, slow variance and count in Plastic.</remarks>
/// <param name="layout">Layout of the program.</param>
/// <param name="spec">Name, time constants in events, θ.</param>
public sealed class UnexpectedUncertainty(LayoutBuilder layout, UnexpectedUncertaintySpec spec) : IModulator
{
    private const int Fast = 0;
    private const int Slow = 1;
    private const int Variance = 2;
    private const float SmallestDeviation = 1e-3f;
    private readonly Slot _moments = layout.Vector(Region.Plastic, $"{spec.Name}.moments", 3);
    private readonly Slot _count = layout.Vector(Region.Plastic, $"{spec.Name}.count", 2);

    /// <inheritdoc/>
    public float Sense(in StepOutcome outcome, in StepContext step)
    {
        var moments = step.Write(_moments);
        var count = step.WriteLongs(_count);
        if (outcome.IsScored)
        {
            count[0]++;
            var deviation = outcome.Surprise - moments[Slow];
            moments[Fast] += (outcome.Surprise - moments[Fast]) / MathF.Min(count[0], spec.Fast);
            moments[Slow] += deviation / MathF.Min(count[0], spec.Slow);
            moments[Variance] += ((deviation * deviation) - moments[Variance]) / MathF.Min(count[0], spec.Slow);
        }

        var standardError = MathF.Sqrt(moments[Variance] / ((2f * spec.Fast) - 1f)) + SmallestDeviation;
        var z = (moments[Fast] - moments[Slow]) / standardError;
        var threshold = MathF.Max(spec.Threshold, 1e-6f);
        return Math.Clamp((z - threshold) / (2f * threshold), 0f, 1f);
    }
}
