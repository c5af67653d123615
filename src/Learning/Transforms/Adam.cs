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
/// m ← β₁ m + (1 − β₁) Δ, v ← β₂ v + (1 − β₂) Δ², Δ ← η m̂ / (√v̂ + ε) with m̂ = m / (1 − β₁ᵗ), v̂ = v / (1 − β₂ᵗ) (Kingma and Ba 2015, algorithm 1).
/// Deviation: t counts per row, and a row whose presynaptic unit is silent waits; with dense input this is the textbook rule.
/// Squares are limited to 10^30 so that hostile input cannot overflow the moment; proposals below 10^-15, moments and powers below 10^-30 are zero.
/// </summary>
/// <remarks>Reserves: m, v [pre count, post units] and β₁ᵗ, β₂ᵗ [pre count] in Plastic.</remarks>
public sealed class Adam : IUpdateTransform, IInitialise, IRenewSynapses
{
    private const float LargestSquare = 1e30f;
    private readonly AdamSpec _spec;
    private readonly Slot _first;
    private readonly Slot _second;
    private readonly Slot _firstPower;
    private readonly Slot _secondPower;

    /// <summary>Reserves the moments.</summary>
    /// <param name="layout">Layout of the program.</param>
    /// <param name="owner">Prefix of slot names, unique in the program.</param>
    /// <param name="projection">The projection.</param>
    /// <param name="spec">Rate, decays and epsilon.</param>
    public Adam(LayoutBuilder layout, string owner, Projection projection, AdamSpec spec)
    {
        _spec = spec;
        _first = layout.Matrix(Region.Plastic, $"{owner}.firstMoment", projection.RowCount, projection.ColumnCount);
        _second = layout.Matrix(Region.Plastic, $"{owner}.secondMoment", projection.RowCount, projection.ColumnCount);
        _firstPower = layout.Vector(Region.Plastic, $"{owner}.firstPower", projection.RowCount);
        _secondPower = layout.Vector(Region.Plastic, $"{owner}.secondPower", projection.RowCount);
        Rows = projection.RowCount;
    }

    private int Rows { get; }

    /// <inheritdoc/>
    public void Initialise(in StepContext step)
    {
        step.Write(_firstPower)[..Rows].Fill(1f);
        step.Write(_secondPower)[..Rows].Fill(1f);
    }

    /// <inheritdoc/>
    public void Renew(in SynapseRange range, in StepContext step)
    {
        range.Clear(_first, step);
        range.Clear(_second, step);
        if (!range.IsColumn)
        {
            step.Write(_firstPower)[range.Unit] = 1f;
            step.Write(_secondPower)[range.Unit] = 1f;
        }
    }

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

    /// <summary>The transform line by line.</summary>
    /// <param name="stride">Floats per row.</param>
    /// <param name="after">Factor of what it makes of a proposal.</param>
    /// <param name="step">The step.</param>
    /// <returns>What bends.</returns>
    internal RowBend Bend(int stride, float after, in StepContext step) => new(step.Write(_first), step.Write(_second), step.Write(_firstPower), step.Write(_secondPower), stride, after, _spec);

    /// <summary>One row of moments at a time.</summary>
    internal ref struct RowBend(Span<float> first, Span<float> second, Span<float> firstPower, Span<float> secondPower, int stride, float after, AdamSpec spec) : IRowBend
    {
        private readonly Span<float> _first = first;
        private readonly Span<float> _second = second;
        private readonly Span<float> _firstPower = firstPower;
        private readonly Span<float> _secondPower = secondPower;
        private readonly Vector512<float> _beta1 = Vector512.Create(spec.Beta1);
        private readonly Vector512<float> _beta2 = Vector512.Create(spec.Beta2);
        private readonly Vector512<float> _rest1 = Vector512.Create(1f - spec.Beta1);
        private readonly Vector512<float> _rest2 = Vector512.Create(1f - spec.Beta2);
        private readonly Vector512<float> _epsilon = Vector512.Create(spec.Epsilon);
        private readonly Vector512<float> _after = Vector512.Create(after);
        private ref float _firstRow = ref MemoryMarshal.GetReference(first);
        private ref float _secondRow = ref MemoryMarshal.GetReference(second);
        private Vector512<float> _rate;
        private Vector512<float> _unbias;

        /// <inheritdoc/>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(int row)
        {
            _firstPower[row] = Subnormals.Flush(_firstPower[row] * spec.Beta1);
            _secondPower[row] = Subnormals.Flush(_secondPower[row] * spec.Beta2);
            _rate = Vector512.Create(spec.Rate / (1f - _firstPower[row]));
            _unbias = Vector512.Create(1f / (1f - _secondPower[row]));
            _firstRow = ref _first[row * stride];
            _secondRow = ref _second[row * stride];
        }

        /// <inheritdoc/>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly Vector512<float> Bend(Vector512<float> proposal, nuint column)
        {
            proposal = Subnormals.Flush(proposal, Subnormals.LeastSquared);
            var square = Vector512.MinNative(proposal * proposal, Vector512.Create(LargestSquare));
            var m = Subnormals.Flush(Vector512.FusedMultiplyAdd(_beta1, Vector512.LoadUnsafe(ref _firstRow, column), _rest1 * proposal));
            var v = Subnormals.Flush(Vector512.FusedMultiplyAdd(_beta2, Vector512.LoadUnsafe(ref _secondRow, column), _rest2 * square));
            m.StoreUnsafe(ref _firstRow, column);
            v.StoreUnsafe(ref _secondRow, column);
            return _rate * m / (Vector512.Sqrt(v * _unbias) + _epsilon) * _after;
        }
    }
}
