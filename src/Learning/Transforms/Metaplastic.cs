using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.Projections;
using LifelongApi.Learning.Rules;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Transforms;

/// <summary>
/// Δ ← Δ · (1 − tanh²(m w)) where Δ would take the hidden weight w towards zero, where its sign flips; else Δ stays (Laborieux, Ernoult, Hirtzlin and
/// Querlioz 2021, eq. 2–3). A hidden weight that was pushed far from zero has been consolidated: m is the strength of that metaplasticity.
/// </summary>
/// <param name="projection">The projection, binarised or not.</param>
/// <param name="spec">m.</param>
public sealed class Metaplastic(Projection projection, MetaplasticSpec spec) : IUpdateTransform
{
    /// <inheritdoc/>
    public void Transform(in SynapseTile tile, in StepContext step, Span<float> delta)
    {
        var strength = Vector512.Create(spec.Strength);
        for (var k = 0; k < tile.Rows.Length; k++)
        {
            ref var weights = ref MemoryMarshal.GetReference(tile.View(projection.Weights, k, step));
            ref var row = ref MemoryMarshal.GetReference(delta.Slice(k * tile.Width, tile.Width));
            for (nuint j = 0; j < (nuint)tile.Width; j += 16)
            {
                var w = Vector512.LoadUnsafe(ref weights, j);
                var change = Vector512.LoadUnsafe(ref row, j);
                var level = Elementary.Tanh(strength * w);
                var slowed = change * Vector512.FusedMultiplyAdd(-level, level, Vector512<float>.One);

                // Signs are compared, not multiplied: a product of small numbers may round to zero.
                var towardsFlip = Vector512.LessThan(w, Vector512<float>.Zero) ^ Vector512.LessThan(change, Vector512<float>.Zero);
                Vector512.ConditionalSelect(towardsFlip, slowed, change).StoreUnsafe(ref row, j);
            }
        }
    }
}
