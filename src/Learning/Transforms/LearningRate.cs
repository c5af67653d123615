using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Maintenance;
using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.Rules;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Transforms;

/// <summary>
/// Δ ← η Δ, with η = rate / (1 + steps / halfLife) where a half-life is given (Robbins and Monro 1951). Steps are counted from the first event, or, where the spec says that the rate restarts
/// (warm restarts: Loshchilov and Hutter 2017), from the last consolidation.
/// </summary>
/// <remarks>Reserves: where it restarts, the step of the last consolidation, one 64-bit count in Plastic.</remarks>
/// <param name="spec">Rate and half-life in events.</param>
/// <param name="clock">The model's clock of learned steps.</param>
/// <param name="began">Step of the last consolidation; null: steps count from the first event.</param>
public sealed class LearningRate(LearningRateSpec spec, StepClock clock, Slot? began = null) : IUpdateTransform, IConsolidate
{
    /// <inheritdoc/>
    public void Transform(in SynapseTile tile, in StepContext step, Span<float> delta) => RowKernels.Scale(delta, Rate(step), delta);

    /// <inheritdoc/>
    public float? Factor(in StepContext step) => Rate(step);

    /// <inheritdoc/>
    public void Consolidate(in StepContext step)
    {
        if (began is { } slot)
        {
            step.WriteLongs(slot)[0] = clock.Read(step);
        }
    }

    /// <summary>η of this event.</summary>
    internal float Rate(in StepContext step) => spec.HalfLife is { } halfLife ? spec.Rate / (1f + (Steps(step) / halfLife)) : spec.Rate;

    private long Steps(in StepContext step) => clock.Read(step) - (began is { } slot ? step.ViewLongs(slot)[0] : 0);
}
