using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.Projections;
using LifelongApi.Learning.Rules;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Transforms;

/// <summary>
/// Sums the square of the raw proposal since the last consolidation: for the credit rule the diagonal of the empirical Fisher matrix
/// (Kirkpatrick et al. 2017, eq. 3, with the observed label), for a local rule how much each synapse was used. Silent rows add exactly zero, so the sum is exact.
/// Leaves Δ as it is. Squares are limited to 10^30 so that hostile input cannot overflow the sum.
/// </summary>
/// <remarks>Reserves: sum [pre count, post units] and the event count in Plastic.</remarks>
public sealed class FisherObserver : IImportanceObserver, IRenewSynapses
{
    private const float LargestSquare = 1e30f;
    private readonly Slot _sum;
    private readonly Slot _count;

    /// <summary>Reserves the sum.</summary>
    /// <param name="layout">Layout of the program.</param>
    /// <param name="owner">Prefix of slot names, unique in the program.</param>
    /// <param name="projection">The projection.</param>
    public FisherObserver(LayoutBuilder layout, string owner, Projection projection)
    {
        _sum = layout.Matrix(Region.Plastic, $"{owner}.fisherSum", projection.RowCount, projection.ColumnCount);
        _count = layout.Vector(Region.Plastic, $"{owner}.fisherCount", 2);
    }

    /// <inheritdoc/>
    public void BeginEvent(in StepContext step) => step.WriteLongs(_count)[0]++;

    /// <inheritdoc/>
    public void Renew(in SynapseRange range, in StepContext step) => range.Clear(_sum, step);

    /// <inheritdoc/>
    public void Transform(in SynapseTile tile, in StepContext step, Span<float> delta)
    {
        for (var k = 0; k < tile.Rows.Length; k++)
        {
            ref var sum = ref MemoryMarshal.GetReference(tile.Write(_sum, k, step));
            ref var row = ref MemoryMarshal.GetReference(delta.Slice(k * tile.Width, tile.Width));
            for (nuint j = 0; j < (nuint)tile.Width; j += 16)
            {
                var g = Vector512.LoadUnsafe(ref row, j);
                (Vector512.LoadUnsafe(ref sum, j) + Vector512.Min(g * g, Vector512.Create(LargestSquare))).StoreUnsafe(ref sum, j);
            }
        }
    }

    /// <inheritdoc/>
    public void FoldInto(Span<float> importance, float decay, in StepContext step) =>
        ImportanceMean.Fold(step.Write(_sum), step.WriteLongs(_count), importance, decay);
}
