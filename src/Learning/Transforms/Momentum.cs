using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.Projections;
using LifelongApi.Learning.Rules;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Transforms;

/// <summary>
/// v ← μ v + Δ, Δ ← v (Polyak 1964). Deviation: a row whose presynaptic unit is silent waits, v included;
/// with dense input this is the textbook rule.
/// </summary>
/// <remarks>Reserves: v [pre count, post units] in Plastic.</remarks>
public sealed class Momentum : IUpdateTransform, IRenewSynapses
{
    private readonly float _decay;
    private readonly Slot _velocity;

    /// <summary>Reserves the velocity.</summary>
    /// <param name="layout">Layout of the program.</param>
    /// <param name="owner">Prefix of slot names, unique in the program.</param>
    /// <param name="projection">The projection.</param>
    /// <param name="spec">μ in [0, 1).</param>
    public Momentum(LayoutBuilder layout, string owner, Projection projection, MomentumSpec spec)
    {
        _decay = spec.Decay;
        _velocity = layout.Matrix(Region.Plastic, $"{owner}.velocity", projection.RowCount, projection.ColumnCount);
    }

    /// <inheritdoc/>
    public void Renew(in SynapseRange range, in StepContext step) => range.Clear(_velocity, step);

    /// <inheritdoc/>
    public void Transform(in SynapseTile tile, in StepContext step, Span<float> delta)
    {
        var decay = Vector512.Create(_decay);
        for (var k = 0; k < tile.Rows.Length; k++)
        {
            ref var velocity = ref MemoryMarshal.GetReference(tile.Write(_velocity, k, step));
            ref var row = ref MemoryMarshal.GetReference(delta.Slice(k * tile.Width, tile.Width));
            for (nuint j = 0; j < (nuint)tile.Width; j += 16)
            {
                var v = Subnormals.Flush(Vector512.FusedMultiplyAdd(decay, Vector512.LoadUnsafe(ref velocity, j), Vector512.LoadUnsafe(ref row, j)));
                v.StoreUnsafe(ref velocity, j);
                v.StoreUnsafe(ref row, j);
            }
        }
    }
}
