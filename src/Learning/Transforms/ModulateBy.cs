using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Modulators;
using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.Rules;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Transforms;

/// <summary>Δ ← (floor + gain · level) Δ: the third factor of a three-factor rule (Frémaux and Gerstner 2016, eq. 1).</summary>
/// <param name="spec">Floor and gain.</param>
/// <param name="level">The modulator.</param>
public sealed class ModulateBy(ModulateBySpec spec, ModulatorLevel level) : IUpdateTransform
{
    /// <inheritdoc/>
    public void Transform(in SynapseTile tile, in StepContext step, Span<float> delta) =>
        RowKernels.Scale(delta, Level(step), delta);

    /// <inheritdoc/>
    public float? Factor(in StepContext step) => Level(step);

    private float Level(in StepContext step) => MathF.FusedMultiplyAdd(spec.Gain, level.Read(step), spec.Floor);
}
