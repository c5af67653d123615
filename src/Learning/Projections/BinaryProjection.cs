using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.Populations;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Projections;

/// <summary>
/// Binarised synapses (Courbariaux et al. 2016): drive[post] += Σ over active pre of x[pre] · (gain / √units) · sign(w[pre, post]), sign(0) = 1.
/// The weights of the matrix are hidden: they collect changes, only their sign is transmitted and carried back (the straight-through estimator).
/// Deviation: a fixed scale in place of batch normalisation, which a single event has not.
/// </summary>
/// <remarks>Reserves: what one row transmits [post units] in Scratch.</remarks>
public sealed class BinaryProjection : Projection
{
    private readonly float _size;
    private readonly Slot _row;

    /// <summary>Reserves the weights and the row.</summary>
    /// <param name="layout">Layout of the program.</param>
    /// <param name="name">Name of the projection.</param>
    /// <param name="pre">Presynaptic population.</param>
    /// <param name="post">Postsynaptic population.</param>
    /// <param name="spec">Gain.</param>
    public BinaryProjection(LayoutBuilder layout, string name, Population pre, Population post, BinaryConnectionSpec spec)
        : base(layout, name, pre, post, pre.Count, post.Units)
    {
        _size = spec.Gain / MathF.Sqrt(pre.Units);
        _row = layout.Vector(Region.Scratch, $"{name}.transmitted", post.Units);
    }

    /// <inheritdoc/>
    public override void Transmit(in StepContext step)
    {
        var rows = Pre.Active(step);
        var values = Pre.Values(step);
        var drive = step.Write(Post.Drive);
        for (var k = 0; k < rows.Length; k++)
        {
            RowKernels.AddScaled(Row(rows[k], step), values[k], drive);
        }
    }

    /// <inheritdoc/>
    public override ReadOnlySpan<float> Row(int row, in StepContext step)
    {
        var transmitted = step.Write(_row);
        ref var hidden = ref MemoryMarshal.GetReference(Hidden(row, step));
        ref var to = ref MemoryMarshal.GetReference(transmitted);
        var (plus, minus) = (Vector512.Create(_size), Vector512.Create(-_size));
        for (nuint j = 0; j < (nuint)Stride; j += 16)
        {
            Vector512.ConditionalSelect(Vector512.LessThan(Vector512.LoadUnsafe(ref hidden, j), Vector512<float>.Zero), minus, plus).StoreUnsafe(ref to, j);
        }

        transmitted[ColumnCount..].Clear();
        return transmitted;
    }
}
