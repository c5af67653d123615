using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Modulators;
using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.Projections;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Rules;

/// <summary>
/// The recursion of <see cref="RecursiveLeastSquaresRule"/> (Kulhavý 1987; Sussillo and Abbott 2009, eq. 4–5) for b learned events at once, so that P is read and written
/// once for many events. With H the activities [b, pre] of a block, G = H P, and for i = 0 … b − 1 in order, a_ij = h_i · k_j:
/// k_i = g_i − Σ_{j&lt;i} c_j a_ij k_j, ζ_i = h_i · k_i, e_i = δ_i − Σ_{j&lt;i} f_j a_ij e_j, f_i = m_i / (1 + m_i ζ_i), c_i as event by event;
/// then ΔW = Σ f_i k_i e_iᵀ and P ← P − Σ c_i k_i k_iᵀ. At the end of a block P and W are those of the single events; between, W stays, and e takes that into account.
/// </summary>
/// <remarks>
/// The count of learned events alone decides where a block ends; a captured state has what waits as it is. Transforms act on the block's proposal with the levels of its last event.
/// An event whose gain or error would be beyond 10^9 is left out; of the last one that is known in time, and it is skipped.
/// Reserves: P [strips], activities [b, pre], credits [b, post], weights and forgetting factors [2, b], count in Plastic; gains [b, pre], errors [b, post],
/// scaled and signed gains [8, pre], a gain's column [b] and two scalars in Scratch.
/// </remarks>
public sealed class BlockLeastSquaresRule : IPlasticityRule, IInitialise
{
    private const int Together = 8;
    private const int Ends = 0;
    private const int Held = 1;
    private const float SmallestLeverage = 1e-10f;
    private const float Bound = 1e9f;
    private readonly Projection _projection;
    private readonly RecursiveLeastSquaresRuleSpec _spec;
    private readonly ModulatorLevel? _level;
    private readonly int[] _events;
    private readonly int _stride;
    private readonly Slot _covariance;
    private readonly Slot _activities;
    private readonly Slot _credits;
    private readonly Slot _factors;
    private readonly Slot _count;
    private readonly Slot _gains;
    private readonly Slot _errors;
    private readonly Slot _scaled;
    private readonly Slot _signed;
    private readonly Slot _column;
    private readonly Slot _scalars;

    /// <summary>Reserves the slots.</summary>
    /// <param name="layout">Layout of the program.</param>
    /// <param name="projection">The projection.</param>
    /// <param name="spec">Ridge, forgetting and a block of 2 or more events.</param>
    /// <param name="level">The modulator that lowers the forgetting factor, or null.</param>
    public BlockLeastSquaresRule(LayoutBuilder layout, Projection projection, RecursiveLeastSquaresRuleSpec spec, ModulatorLevel? level)
    {
        (_projection, _spec, _level) = (projection, spec, level);
        var (name, rows) = (projection.Name, projection.RowCount);
        _events = [.. Enumerable.Range(0, spec.Block)];
        _stride = LayoutBuilder.Padded(rows);
        _covariance = layout.Vector(Region.Plastic, $"{name}.covariance", SymmetricTiles.LengthOf(rows));
        _activities = layout.Matrix(Region.Plastic, $"{name}.blockActivities", spec.Block, rows);
        _credits = layout.Matrix(Region.Plastic, $"{name}.blockCredits", spec.Block, projection.ColumnCount);
        _factors = layout.Matrix(Region.Plastic, $"{name}.blockFactors", 2, spec.Block);
        _count = layout.Vector(Region.Plastic, $"{name}.blockCount", 2);
        _gains = layout.Matrix(Region.Scratch, $"{name}.blockGains", spec.Block, rows);
        _errors = layout.Matrix(Region.Scratch, $"{name}.blockErrors", spec.Block, projection.ColumnCount);
        _scaled = layout.Matrix(Region.Scratch, $"{name}.scaled", Together, rows);
        _signed = layout.Matrix(Region.Scratch, $"{name}.signed", Together, rows);
        _column = layout.Vector(Region.Scratch, $"{name}.gainColumn", spec.Block);
        _scalars = layout.Vector(Region.Scratch, $"{name}.blockScalars", 2);
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
        for (var row = 0; row < _projection.RowCount; row++)
        {
            covariance[SymmetricTiles.OffsetOf(row, row)] = 1f / _spec.Ridge;
        }
    }

    /// <inheritdoc/>
    public float HeldBack(in StepContext step) => step.View(_scalars)[Held];

    /// <inheritdoc/>
    public bool Prepare(in StepContext step)
    {
        var last = _spec.Block - 1;
        var ends = step.ViewLongs(_count)[0] == last;
        step.Write(_scalars)[Ends] = ends ? 1f : 0f;
        step.Write(_scalars)[Held] = 0f;
        if (!ends)
        {
            return true;
        }

        var activity = step.View(_projection.Pre.Activity);
        var gains = step.Write(_gains);
        SymmetricTiles.Multiply(step.View(_covariance), _projection.RowCount, activity, gains.Slice(last * _stride, _stride));
        if (!Reduction.IsBounded(gains.Slice(last * _stride, _stride), Bound))
        {
            return false;
        }

        // A few at a time: their activities and gains are to stay in the second-level cache beside a strip of P.
        for (var first = 0; first < last; first += Together)
        {
            var count = Math.Min(Together, last - first);
            SymmetricTiles.Multiply(step.View(_covariance), _projection.RowCount, count, step.View(_activities).Slice(first * _stride, count * _stride), gains.Slice(first * _stride, count * _stride));
        }

        return true;
    }

    /// <inheritdoc/>
    public void Begin(in StepContext step)
    {
        var at = (int)step.ViewLongs(_count)[0];
        var columns = _projection.Stride;
        step.View(_projection.Pre.Activity).CopyTo(step.Write(_activities).Slice(at * _stride, _stride));
        step.View(_projection.Post.Credit)[..columns].CopyTo(step.Write(_credits).Slice(at * columns, columns));
        var factors = step.Write(_factors);
        factors[at] = step.Weight;
        factors[(factors.Length / 2) + at] = _spec.Forgetting - (_level is null ? 0f : _spec.ForgettingDepth * _level.Read(step));
        step.WriteLongs(_count)[0] = at + 1;
        if (at + 1 == _spec.Block)
        {
            Solve(step);
            step.WriteLongs(_count)[0] = 0;
        }
    }

    /// <inheritdoc/>
    public int WindowCount(in StepContext step) => step.View(_scalars)[Ends] == 0f ? 0 : 1;

    /// <inheritdoc/>
    public void Propose(in SynapseTile tile, in StepContext step, Span<float> delta)
    {
        var gains = step.View(_gains);
        var column = step.Write(_column)[.._spec.Block];
        delta.Clear();
        for (var k = 0; k < tile.Rows.Length; k++)
        {
            for (var i = 0; i < column.Length; i++)
            {
                column[i] = gains[(i * _stride) + tile.Rows[k]];
            }

            RowKernels.AccumulateRows(step.View(_errors), _projection.Stride, _events, column, delta.Slice(k * tile.Width, tile.Width));
        }
    }

    /// <summary>The recursion over the block: gains become k, errors f e, and P takes every event in.</summary>
    private void Solve(in StepContext step)
    {
        var factors = step.Write(_factors);
        var forgetting = factors[(factors.Length / 2)..];
        var gains = step.Write(_gains);
        var errors = step.Write(_errors);
        step.View(_credits).CopyTo(errors);
        Span<float> shrinks = stackalloc float[_spec.Block];
        var held = 0f;
        for (var i = 0; i < _spec.Block; i++)
        {
            var activity = step.View(_activities).Slice(i * _stride, _stride);
            var gain = gains.Slice(i * _stride, _stride);
            var error = errors.Slice(i * _projection.Stride, _projection.Stride);
            for (var j = 0; j < i; j++)
            {
                // The errors before are already f_j e_j; an event that was left out has neither.
                var earlier = gains.Slice(j * _stride, _stride);
                var along = Reduction.Dot(activity, earlier);
                RowKernels.AddScaled(earlier, -shrinks[j] * along, gain);
                RowKernels.AddScaled(errors.Slice(j * _projection.Stride, _projection.Stride), -along, error);
            }

            var leverage = MathF.Max(Reduction.Dot(activity, gain), 0f);
            if (!float.IsFinite(leverage) || !Reduction.IsBounded(gain, Bound) || !Reduction.IsBounded(error, Bound))
            {
                gain.Clear();
                error.Clear();
                shrinks[i] = 0f;
                continue;
            }

            var weight = factors[i];
            held += 1f / (1f + (weight * leverage)) / _spec.Block;
            RowKernels.Scale(error, weight / (1f + (weight * leverage)), error);
            shrinks[i] = leverage < SmallestLeverage || weight == 0f ? 0f : (1f - (1f / (forgetting[i] * (1f + (weight * leverage))))) / leverage;
        }

        step.Write(_scalars)[Held] = held;
        Fold(shrinks, gains, step);
    }

    private void Fold(ReadOnlySpan<float> shrinks, ReadOnlySpan<float> gains, in StepContext step)
    {
        for (var first = 0; first < shrinks.Length; first += Together)
        {
            var count = Math.Min(Together, shrinks.Length - first);
            var scaled = step.Write(_scaled)[..(count * _stride)];
            var signed = step.Write(_signed)[..(count * _stride)];
            for (var k = 0; k < count; k++)
            {
                var shrink = shrinks[first + k];
                var part = scaled.Slice(k * _stride, _stride);
                RowKernels.Scale(gains.Slice((first + k) * _stride, _stride), MathF.Sqrt(MathF.Abs(shrink)), part);
                RowKernels.Scale(part, shrink > 0f ? -1f : 1f, signed.Slice(k * _stride, _stride));
            }

            SymmetricTiles.AddOuters(step.Write(_covariance), _projection.RowCount, count, signed, scaled);
        }
    }
}
