using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Projections;
using LifelongApi.Learning.Rules;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Transforms;

/// <summary>
/// m ← β₁ m + (1 − β₁) Δ, v ← β₂ v + (1 − β₂) Δ², Δ ← η m̂ / (√v̂ + ε) with m̂ = m / (1 − β₁ᵗ), v̂ = v / (1 − β₂ᵗ) (Kingma and Ba 2015, algorithm 1).
/// Deviation: t counts per row, and a row whose presynaptic unit is silent waits; with dense input this is the textbook rule.
/// Squares are limited to 10^30 so that hostile input cannot overflow the moment.
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
        var firstPower = step.Write(_firstPower);
        var secondPower = step.Write(_secondPower);
        for (var k = 0; k < tile.Rows.Length; k++)
        {
            var rowNumber = tile.Rows[k];
            firstPower[rowNumber] *= _spec.Beta1;
            secondPower[rowNumber] *= _spec.Beta2;
            var rate = Vector512.Create(_spec.Rate / (1f - firstPower[rowNumber]));
            var unbias = Vector512.Create(1f / (1f - secondPower[rowNumber]));
            Step(
                ref MemoryMarshal.GetReference(tile.Write(_first, k, step)),
                ref MemoryMarshal.GetReference(tile.Write(_second, k, step)),
                ref MemoryMarshal.GetReference(delta.Slice(k * tile.Width, tile.Width)),
                tile.Width,
                rate,
                unbias);
        }
    }

    private void Step(ref float first, ref float second, ref float row, int stride, Vector512<float> rate, Vector512<float> unbias)
    {
        var (beta1, beta2) = (Vector512.Create(_spec.Beta1), Vector512.Create(_spec.Beta2));
        var (rest1, rest2) = (Vector512.Create(1f - _spec.Beta1), Vector512.Create(1f - _spec.Beta2));
        var epsilon = Vector512.Create(_spec.Epsilon);
        for (nuint j = 0; j < (nuint)stride; j += 16)
        {
            var g = Vector512.LoadUnsafe(ref row, j);
            var square = Vector512.Min(g * g, Vector512.Create(LargestSquare));
            var m = Vector512.FusedMultiplyAdd(beta1, Vector512.LoadUnsafe(ref first, j), rest1 * g);
            var v = Vector512.FusedMultiplyAdd(beta2, Vector512.LoadUnsafe(ref second, j), rest2 * square);
            m.StoreUnsafe(ref first, j);
            v.StoreUnsafe(ref second, j);
            (rate * m / (Vector512.Sqrt(v * unbias) + epsilon)).StoreUnsafe(ref row, j);
        }
    }
}
