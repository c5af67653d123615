using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.Projections;
using LifelongApi.Learning.Rules;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Transforms;

/// <summary>
/// Memory-aware synapses (Aljundi et al. 2018, eq. 2–4): Ω ← γ Ω + mean over events of |∂‖y‖² / ∂w|, with y the drives of the last population.
/// The derivative is x[pre] · s[post], s being what the credit assigner makes of 2 y. Deviations: events are weighted, and taken while learning rather than in
/// a pass over the data afterwards; the decay γ is an addition, 1 by default. Leaves Δ as it is. Limited to 10^30 so that hostile input cannot overflow the sum.
/// </summary>
/// <remarks>Reserves: the sum [pre count, post units] and the event count in Plastic; s [post units] in Scratch.</remarks>
public sealed class SensitivityObserver : IImportanceObserver, ISensitivityPass, IRenewSynapses
{
    private const float Largest = 1e30f;
    private readonly Projection _projection;
    private readonly Slot _sum;
    private readonly Slot _count;
    private readonly Slot _sensitivity;

    /// <summary>Reserves the sum.</summary>
    /// <param name="layout">Layout of the program.</param>
    /// <param name="owner">Prefix of slot names, unique in the program.</param>
    /// <param name="projection">The projection.</param>
    public SensitivityObserver(LayoutBuilder layout, string owner, Projection projection)
    {
        _projection = projection;
        _sum = layout.Matrix(Region.Plastic, $"{owner}.sensitivitySum", projection.RowCount, projection.ColumnCount);
        _count = layout.Vector(Region.Plastic, $"{owner}.count", 2);
        _sensitivity = layout.Vector(Region.Scratch, $"{owner}.sensitivity", projection.ColumnCount);
    }

    /// <inheritdoc/>
    public void Take(in StepContext step) => step.View(_projection.Post.Credit).CopyTo(step.Write(_sensitivity));

    /// <inheritdoc/>
    public void BeginEvent(in StepContext step) => step.WriteLongs(_count)[0]++;

    /// <inheritdoc/>
    public void Renew(in SynapseRange range, in StepContext step) => range.Clear(_sum, step);

    /// <inheritdoc/>
    public void Transform(in SynapseTile tile, in StepContext step, Span<float> delta)
    {
        ref var sensitivity = ref MemoryMarshal.GetReference(tile.Columns(step.View(_sensitivity)));
        var limit = Vector512.Create(Largest);
        for (var k = 0; k < tile.Rows.Length; k++)
        {
            ref var sum = ref MemoryMarshal.GetReference(tile.Write(_sum, k, step));
            var activity = Vector512.Create(step.Weight * tile.Pre[k]);
            for (nuint j = 0; j < (nuint)tile.Width; j += 16)
            {
                var size = Vector512.Abs(activity * Vector512.LoadUnsafe(ref sensitivity, j));
                (Vector512.LoadUnsafe(ref sum, j) + Vector512.Min(size, limit)).StoreUnsafe(ref sum, j);
            }
        }
    }

    /// <inheritdoc/>
    public void FoldInto(Span<float> importance, float decay, in StepContext step) =>
        ImportanceMean.Fold(step.Write(_sum), step.WriteLongs(_count), importance, decay);
}
