using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Projections;
using LifelongApi.Learning.Rules;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Transforms;

/// <summary>
/// G ← γ G + Δ², Δ ← η Δ / (√G + ε) (Duchi, Hazan and Singer 2011, algorithm 1 with a diagonal matrix; γ = 1 there): a synapse that has moved much moves less.
/// Deviation: with γ below 1 the sum forgets, in steps in which the presynaptic unit is active. Squares are limited to 10^30 so that hostile input cannot overflow the sum.
/// </summary>
/// <remarks>Reserves: G [pre count, post units] in Plastic.</remarks>
public sealed class AdaGrad : IUpdateTransform, IRenewSynapses
{
    private const float LargestSquare = 1e30f;
    private readonly AdaGradSpec _spec;
    private readonly Slot _sums;

    /// <summary>Reserves the sums.</summary>
    /// <param name="layout">Layout of the program.</param>
    /// <param name="owner">Prefix of slot names, unique in the program.</param>
    /// <param name="projection">The projection.</param>
    /// <param name="spec">Rate, decay and epsilon.</param>
    public AdaGrad(LayoutBuilder layout, string owner, Projection projection, AdaGradSpec spec)
    {
        _spec = spec;
        _sums = layout.Matrix(Region.Plastic, $"{owner}.squares", projection.RowCount, projection.ColumnCount);
    }

    /// <inheritdoc/>
    public void Renew(in SynapseRange range, in StepContext step) => range.Clear(_sums, step);

    /// <inheritdoc/>
    public void Transform(in SynapseTile tile, in StepContext step, Span<float> delta)
    {
        var (rate, decay, epsilon) = (Vector512.Create(_spec.Rate), Vector512.Create(_spec.Decay), Vector512.Create(_spec.Epsilon));
        for (var k = 0; k < tile.Rows.Length; k++)
        {
            ref var sums = ref MemoryMarshal.GetReference(tile.Write(_sums, k, step));
            ref var row = ref MemoryMarshal.GetReference(delta.Slice(k * tile.Width, tile.Width));
            for (nuint j = 0; j < (nuint)tile.Width; j += 16)
            {
                var change = Vector512.LoadUnsafe(ref row, j);
                var sum = Vector512.Min(Vector512.FusedMultiplyAdd(decay, Vector512.LoadUnsafe(ref sums, j), change * change), Vector512.Create(LargestSquare));
                sum.StoreUnsafe(ref sums, j);
                (rate * change / (Vector512.Sqrt(sum) + epsilon)).StoreUnsafe(ref row, j);
            }
        }
    }
}
