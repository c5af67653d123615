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
/// <remarks>Reserves: P [pre count, pre count] in Plastic; k and the dense h [pre count] and two scalars in Scratch.</remarks>
public sealed class RecursiveLeastSquaresRule : IPlasticityRule, IInitialise
{
    private const int Leverage = 0;
    private const float SmallestLeverage = 1e-10f;
    private const float Bound = 1e9f;
    private readonly Projection _projection;
    private readonly RecursiveLeastSquaresRuleSpec _spec;
    private readonly ModulatorLevel? _level;
    private readonly Slot _covariance;
    private readonly Slot _gain;
    private readonly Slot _scaled;
    private readonly Slot _scalars;
    private readonly int _stride;

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
        _covariance = layout.Matrix(Region.Plastic, $"{projection.Name}.covariance", projection.RowCount, projection.RowCount);
        _gain = layout.Vector(Region.Scratch, $"{projection.Name}.gain", projection.RowCount);
        _scaled = layout.Vector(Region.Scratch, $"{projection.Name}.scaledGain", projection.RowCount);
        _scalars = layout.Vector(Region.Scratch, $"{projection.Name}.leverage", 1);
    }

    /// <inheritdoc/>
    public bool NeedsTarget => true;

    /// <inheritdoc/>
    public bool ChangesSilentRows => true;

    /// <summary>Fills P with identity / ridge.</summary>
    /// <param name="step">A learning step.</param>
    public void Initialise(in StepContext step)
    {
        var covariance = step.Write(_covariance);
        covariance.Clear();
        for (var row = 0; row < _projection.RowCount; row++)
        {
            covariance[(row * _stride) + row] = 1f / _spec.Ridge;
        }
    }

    /// <inheritdoc/>
    public float HeldBack(in StepContext step) => 1f / (1f + (step.Weight * step.View(_scalars)[Leverage]));

    /// <inheritdoc/>
    public bool Prepare(in StepContext step)
    {
        var gain = step.Write(_gain);
        var rows = _projection.Pre.Active(step);
        var values = _projection.Pre.Values(step);
        gain.Clear();
        RowKernels.AccumulateRows(step.View(_covariance), _stride, rows, values, gain);
        var leverage = 0f;
        for (var k = 0; k < rows.Length; k++)
        {
            leverage = MathF.FusedMultiplyAdd(values[k], gain[rows[k]], leverage);
        }

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

        var scaled = step.Write(_scaled);
        RowKernels.Scale(step.View(_gain), MathF.Sqrt(MathF.Abs(shrink)), scaled);
        RowKernels.AddSymmetricOuter(step.Write(_covariance), _projection.RowCount, _stride, scaled, shrink > 0f ? -1f : 1f);
    }

    /// <inheritdoc/>
    public void Propose(in SynapseTile tile, in StepContext step, Span<float> delta)
    {
        var gain = step.View(_gain);
        var credit = tile.Columns(step.View(_projection.Post.Credit));
        var factor = step.Weight * HeldBack(step);
        for (var k = 0; k < tile.Rows.Length; k++)
        {
            RowKernels.Scale(credit, factor * gain[tile.Rows[k]], delta.Slice(k * tile.Width, tile.Width));
        }
    }
}
