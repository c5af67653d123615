using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Projections;
using LifelongApi.Learning.Rules;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Transforms;

/// <summary>
/// Synaptic intelligence (Zenke, Poole and Ganguli 2017, eq. 3–5): ω ← ω − g Δw over the events of a task, with g the gradient of the loss (the raw proposal is −g)
/// and Δw the change as applied; at consolidation Ω ← γ Ω + max(0, ω) / ((w − w₀)² + ξ), with w₀ the weights of the last consolidation.
/// Leaves Δ as it is. Products and sums are limited to ±10^30 so that hostile input cannot overflow them.
/// Silent rows have g = 0, so what an anchor pulls there between events adds nothing, as in the paper. The decay γ is an addition, 1 by default.
/// </summary>
/// <remarks>Reserves: ω and w₀ [pre count, post units] in Plastic; the raw proposal of one tile in Scratch.</remarks>
public sealed class PathObserver : IImportanceObserver, IInitialise, IRenewSynapses
{
    private const float Largest = 1e30f;
    private readonly ObservePathSpec _spec;
    private readonly Projection _projection;
    private readonly Slot _path;
    private readonly Slot _start;
    private readonly Slot _raw;

    /// <summary>Reserves the sum, the starting point and the tile.</summary>
    /// <param name="layout">Layout of the program.</param>
    /// <param name="owner">Prefix of slot names, unique in the program.</param>
    /// <param name="projection">The projection.</param>
    /// <param name="spec">ξ.</param>
    public PathObserver(LayoutBuilder layout, string owner, Projection projection, ObservePathSpec spec)
    {
        _spec = spec;
        _projection = projection;
        _path = layout.Matrix(Region.Plastic, $"{owner}.path", projection.RowCount, projection.ColumnCount);
        _start = layout.Matrix(Region.Plastic, $"{owner}.pathStart", projection.RowCount, projection.ColumnCount);
        _raw = layout.Vector(Region.Scratch, $"{owner}.rawProposal", PlasticityChain.TileLength(projection));
    }

    /// <inheritdoc/>
    public void Initialise(in StepContext step) => step.View(_projection.Weights).CopyTo(step.Write(_start));

    /// <inheritdoc/>
    public void BeginEvent(in StepContext step)
    {
    }

    /// <inheritdoc/>
    public void Renew(in SynapseRange range, in StepContext step)
    {
        range.Clear(_path, step);
        range.CopyWeights(_start, step);
    }

    /// <inheritdoc/>
    public void Transform(in SynapseTile tile, in StepContext step, Span<float> delta) => delta.CopyTo(step.Write(_raw));

    /// <inheritdoc/>
    public void EndTile(in SynapseTile tile, in StepContext step, ReadOnlySpan<float> change)
    {
        ref var raw = ref MemoryMarshal.GetReference(step.View(_raw));
        ref var applied = ref MemoryMarshal.GetReference(change);
        var (low, high) = (Vector512.Create(-Largest), Vector512.Create(Largest));
        for (var k = 0; k < tile.Rows.Length; k++)
        {
            ref var path = ref MemoryMarshal.GetReference(tile.Write(_path, k, step));
            var at = (nuint)k * (nuint)tile.Width;
            for (nuint j = 0; j < (nuint)tile.Width; j += 16)
            {
                var gain = Vector512.LoadUnsafe(ref raw, at + j) * Vector512.LoadUnsafe(ref applied, at + j);
                var sum = Vector512.LoadUnsafe(ref path, j) + Vector512.Min(Vector512.Max(gain, low), high);
                Vector512.Min(Vector512.Max(sum, low), high).StoreUnsafe(ref path, j);
            }
        }
    }

    /// <inheritdoc/>
    public void FoldInto(Span<float> importance, float decay, in StepContext step)
    {
        var weights = step.View(_projection.Weights);
        var start = step.Write(_start);
        var path = step.Write(_path);
        ref var to = ref MemoryMarshal.GetReference(importance);
        ref var now = ref MemoryMarshal.GetReference(weights);
        ref var before = ref MemoryMarshal.GetReference(start);
        ref var sum = ref MemoryMarshal.GetReference(path);
        for (nuint i = 0; i < (nuint)importance.Length; i += 16)
        {
            var way = Vector512.LoadUnsafe(ref now, i) - Vector512.LoadUnsafe(ref before, i);
            var gained = Vector512.Max(Vector512.LoadUnsafe(ref sum, i), Vector512<float>.Zero) / Vector512.FusedMultiplyAdd(way, way, Vector512.Create(_spec.Damping));
            Vector512.Min(Vector512.FusedMultiplyAdd(Vector512.Create(decay), Vector512.LoadUnsafe(ref to, i), gained), Vector512.Create(Largest)).StoreUnsafe(ref to, i);
        }

        weights.CopyTo(start);
        path.Clear();
    }
}
