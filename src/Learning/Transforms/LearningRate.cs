using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.Rules;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Transforms;

/// <summary>Δ ← η Δ, with η = rate / (1 + step / halfLife) where a half-life is given (Robbins and Monro 1951).</summary>
/// <param name="spec">Rate and half-life in events.</param>
/// <param name="clock">The model's clock of learned steps.</param>
public sealed class LearningRate(LearningRateSpec spec, StepClock clock) : IUpdateTransform
{
    /// <inheritdoc/>
    public void Transform(in SynapseTile tile, in StepContext step, Span<float> delta) => RowKernels.Scale(delta, Rate(step), delta);

    /// <inheritdoc/>
    public float? Factor(in StepContext step) => Rate(step);

    /// <summary>η of this event.</summary>
    internal float Rate(in StepContext step) => spec.HalfLife is { } halfLife ? spec.Rate / (1f + (clock.Read(step) / halfLife)) : spec.Rate;
}
