using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.Projections;
using LifelongApi.Learning.Rules;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Transforms;

/// <summary>
/// G ← γ G + Δ², Δ ← η Δ / (√G + ε) (Duchi, Hazan and Singer 2011, algorithm 1 with a diagonal matrix; γ = 1 there): a synapse that has moved much moves less.
/// Deviation: with γ below 1 the sum forgets, in steps in which the presynaptic unit is active. Squares are limited to 10^30 so that hostile input cannot overflow the sum; proposals below 10^-15 and sums below 10^-30 are zero.
/// </summary>
/// <remarks>Reserves: G [pre count, post units] in Plastic.</remarks>
public sealed class AdaGrad : IUpdateTransform, IRenewSynapses
{
    internal const float LargestSquare = 1e30f;
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
        var bend = Bend(tile.Projection.Stride, 1f, step);
        for (var k = 0; k < tile.Rows.Length; k++)
        {
            bend.Begin(tile.Rows[k]);
            ref var row = ref MemoryMarshal.GetReference(delta.Slice(k * tile.Width, tile.Width));
            for (nuint j = 0; j < (nuint)tile.Width; j += 16)
            {
                bend.Bend(Vector512.LoadUnsafe(ref row, j), (nuint)tile.Window.Start + j).StoreUnsafe(ref row, j);
            }
        }
    }

    /// <summary>G; shape of the weights.</summary>
    internal Slot Sums => _sums;

    /// <summary>Changes weights by an outer product in one pass, with the bits of the chain.</summary>
    /// <param name="projection">The projection.</param>
    /// <param name="credit">Shape [stride].</param>
    /// <param name="rows">Row numbers, shape [active].</param>
    /// <param name="values">Shape [active].</param>
    /// <param name="factor">Factor of all rows.</param>
    /// <param name="after">Factor of what the transform makes of them.</param>
    /// <param name="step">A learning step.</param>
    /// <returns>Sum of the squared changes.</returns>
    internal float Change(Projection projection, ReadOnlySpan<float> credit, ReadOnlySpan<int> rows, ReadOnlySpan<float> values, float factor, float after, in StepContext step) =>
        projection.ColumnCount <= NarrowAdaGrad.MostColumns
            ? NarrowAdaGrad.Run(credit, rows, values, factor, after, _spec, step.Write(_sums), step.Write(projection.Weights))
            : projection.Stride == LayoutBuilder.Line ? NarrowAdaGrad.RunLines(credit, rows, values, factor, after, _spec, step.Write(_sums), step.Write(projection.Weights))
            : OuterStep.Run(credit, rows, values, factor, Bend(projection.Stride, after, step), step.Write(projection.Weights));

    /// <summary>The transform line by line.</summary>
    /// <param name="stride">Floats per row.</param>
    /// <param name="after">Factor of what it makes of a proposal.</param>
    /// <param name="step">The step.</param>
    /// <returns>What bends.</returns>
    internal RowBend Bend(int stride, float after, in StepContext step) => new(step.Write(_sums), stride, after, _spec);

    /// <summary>One row of sums at a time.</summary>
    internal ref struct RowBend(Span<float> sums, int stride, float after, AdaGradSpec spec) : IRowBend
    {
        private readonly Span<float> _sums = sums;
        private readonly Vector512<float> _rate = Vector512.Create(spec.Rate);
        private readonly Vector512<float> _decay = Vector512.Create(spec.Decay);
        private readonly Vector512<float> _epsilon = Vector512.Create(spec.Epsilon);
        private readonly Vector512<float> _after = Vector512.Create(after);
        private ref float _row = ref MemoryMarshal.GetReference(sums);

        /// <inheritdoc/>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(int row) => _row = ref _sums[row * stride];

        /// <inheritdoc/>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly Vector512<float> Bend(Vector512<float> proposal, nuint column)
        {
            proposal = Subnormals.Flush(proposal, Subnormals.LeastSquared);
            var sum = Vector512.MinNative(Vector512.FusedMultiplyAdd(_decay, Subnormals.Flush(Vector512.LoadUnsafe(ref _row, column)), proposal * proposal), Vector512.Create(LargestSquare));
            sum.StoreUnsafe(ref _row, column);
            return _rate * proposal / (Vector512.Sqrt(sum) + _epsilon) * _after;
        }
    }
}
