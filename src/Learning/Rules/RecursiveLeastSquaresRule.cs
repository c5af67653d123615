using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Modulators;
using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.Projections;
using LifelongApi.Learning.State;
using LifelongApi.Learning.Transforms;

namespace LifelongApi.Learning.Rules;

/// <summary>
/// Recursive least squares with directional forgetting. With h the presynaptic activity, k = P h, ζ = hᵀk and event weight m:
/// Δw = m k δᵀ / (1 + m ζ), and P ← P − c k kᵀ with c = (1 − 1 / (φ (1 + m ζ))) / ζ, so that the information along h becomes φ (1/ζ + m)
/// and nothing else is forgotten (Kulhavý 1987; with φ = 1 the recursion of Sussillo and Abbott 2009, eq. 4–5).
/// It is online EWC with the full Fisher matrix P⁻¹ in the linear-Gaussian case: the step is argmin_w ½ m (t − wᵀh)² + ½ (w − w*)ᵀ P⁻¹ (w − w*).
/// φ = forgetting − depth · modulator level.
/// </summary>
/// <remarks>
/// P is symmetric and stored as the strips of <see cref="SymmetricTiles"/>. The last updates wait as vectors s = √|c| k with their signs and are folded into P in one pass
/// every <see cref="PendingLimit"/> updates, or as many as the spec says; until then P h = P₀ h + Σ sign · s (sᵀ h). The count of updates alone decides when, and a captured state has what waits as it is.
/// Reserves: P [strips], waiting vectors [pending, pre count], their signs and count in Plastic; k, the signed vectors [pending, pre count], what each waiting vector adds [pending] and a scalar in Scratch.
/// </remarks>
public sealed class RecursiveLeastSquaresRule : IPlasticityRule, IOuterRule, IInitialise
{
    /// <summary>Updates that wait before they are folded into P, unless the spec says less.</summary>
    public const int PendingLimit = 16;

    private const int Leverage = 0;
    private const float SmallestLeverage = 1e-10f;
    private const float Bound = 1e9f;
    private readonly Projection _projection;
    private readonly RecursiveLeastSquaresRuleSpec _spec;
    private readonly ModulatorLevel? _level;
    private readonly Slot _covariance;
    private readonly Slot _pending;
    private readonly Slot _signs;
    private readonly Slot _pendingCount;
    private readonly Slot _gain;
    private readonly Slot _signed;
    private readonly Slot _scalars;
    private readonly Slot _shares;
    private readonly int _stride;
    private readonly int _limit;
    private readonly int[] _waiting;

    /// <summary>Reserves the slots.</summary>
    /// <param name="layout">Layout of the program.</param>
    /// <param name="projection">The projection.</param>
    /// <param name="spec">Ridge and forgetting.</param>
    /// <param name="level">The modulator that lowers the forgetting factor, or null.</param>
    public RecursiveLeastSquaresRule(LayoutBuilder layout, Projection projection, RecursiveLeastSquaresRuleSpec spec, ModulatorLevel? level)
    {
        _projection = projection;
        _spec = spec;
        _level = level;
        _stride = LayoutBuilder.Padded(projection.RowCount);
        _limit = spec.Pending;
        _waiting = [.. Enumerable.Range(0, _limit)];
        _covariance = layout.Vector(Region.Plastic, $"{projection.Name}.covariance", SymmetricTiles.LengthOf(projection.RowCount));
        _pending = layout.Matrix(Region.Plastic, $"{projection.Name}.pending", _limit, projection.RowCount);
        _signs = layout.Vector(Region.Plastic, $"{projection.Name}.pendingSigns", _limit);
        _pendingCount = layout.Vector(Region.Plastic, $"{projection.Name}.pendingCount", 2);
        _gain = layout.Vector(Region.Scratch, $"{projection.Name}.gain", projection.RowCount);
        _signed = layout.Matrix(Region.Scratch, $"{projection.Name}.signed", _limit, projection.RowCount);
        _scalars = layout.Vector(Region.Scratch, $"{projection.Name}.leverage", 1);
        _shares = layout.Vector(Region.Scratch, $"{projection.Name}.shares", _limit);
    }

    /// <inheritdoc/>
    public bool NeedsTarget => true;

    /// <inheritdoc/>
    public bool ChangesSilentRows => true;

    /// <summary>Fills P with identity / ridge; nothing waits.</summary>
    /// <param name="step">A learning step.</param>
    public void Initialise(in StepContext step)
    {
        var covariance = step.Write(_covariance);
        covariance.Clear();
        for (var row = 0; row < _projection.RowCount; row++)
        {
            covariance[SymmetricTiles.OffsetOf(row, row)] = 1f / _spec.Ridge;
        }

        step.Write(_pending).Clear();
        step.Write(_signs).Clear();
        step.WriteLongs(_pendingCount)[0] = 0;
    }

    /// <summary>ζ = hᵀPh of the event being learned: how little is known in its direction, in units of one event's information.</summary>
    /// <param name="step">A learning step after <see cref="Prepare"/>.</param>
    /// <returns>0 or more.</returns>
    public float LeverageOf(in StepContext step) => step.View(_scalars)[Leverage];

    /// <inheritdoc/>
    public float HeldBack(in StepContext step) => 1f / (1f + (step.Weight * step.View(_scalars)[Leverage]));

    /// <inheritdoc/>
    public bool Prepare(in StepContext step)
    {
        var gain = step.Write(_gain);
        var activity = step.View(_projection.Pre.Activity);
        SymmetricTiles.Multiply(step.View(_covariance), _projection.RowCount, activity, gain);
        var signs = step.View(_signs)[..PendingCount(step)];
        var pending = step.View(_pending);
        var shares = step.Write(_shares)[..signs.Length];
        for (var k = 0; k < signs.Length; k++)
        {
            shares[k] = signs[k] * Reduction.Dot(pending.Slice(k * _stride, _stride), activity);
        }

        RowKernels.AccumulateRows(pending, _stride, _waiting.AsSpan(0, signs.Length), shares, gain);

        var leverage = Reduction.Dot(activity, gain);
        step.Write(_scalars)[Leverage] = MathF.Max(leverage, 0f);
        return float.IsFinite(leverage) && Reduction.IsBounded(gain, Bound);
    }

    /// <inheritdoc/>
    public void Begin(in StepContext step)
    {
        var leverage = step.View(_scalars)[Leverage];
        if (leverage < SmallestLeverage || step.Weight == 0f)
        {
            return;
        }

        var forgetting = _spec.Forgetting - (_level is null ? 0f : _spec.ForgettingDepth * _level.Read(step));
        var shrink = (1f - (1f / (forgetting * (1f + (step.Weight * leverage))))) / leverage;
        if (shrink == 0f)
        {
            return;
        }

        var count = PendingCount(step);
        RowKernels.Scale(step.View(_gain), MathF.Sqrt(MathF.Abs(shrink)), step.Write(_pending).Slice(count * _stride, _stride));
        step.Write(_signs)[count] = shrink > 0f ? -1f : 1f;
        step.WriteLongs(_pendingCount)[0] = ++count;
        if (count == _limit)
        {
            Fold(step);
        }
    }

    float IOuterRule.RowFactor(in StepContext step) => step.Weight * HeldBack(step);

    // All rows change, in order, so those of a tile lie together.
    ReadOnlySpan<float> IOuterRule.RowValues(in SynapseTile tile, in StepContext step) => step.View(_gain).Slice(tile.Rows[0], tile.Rows.Length);

    /// <inheritdoc/>
    public void Propose(in SynapseTile tile, in StepContext step, Span<float> delta)
    {
        var credit = tile.Columns(step.View(_projection.Post.Credit));
        RowKernels.OuterRows(step.View(_gain), tile.Rows, step.Weight * HeldBack(step), credit, delta);
    }

    private int PendingCount(in StepContext step) => (int)step.ViewLongs(_pendingCount)[0];

    private void Fold(in StepContext step)
    {
        var pending = step.View(_pending);
        var signs = step.View(_signs);
        var signed = step.Write(_signed);
        for (var k = 0; k < _limit; k++)
        {
            RowKernels.Scale(pending.Slice(k * _stride, _stride), signs[k], signed.Slice(k * _stride, _stride));
        }

        SymmetricTiles.AddOuters(step.Write(_covariance), _projection.RowCount, _limit, signed, pending);
        step.WriteLongs(_pendingCount)[0] = 0;
    }
}
