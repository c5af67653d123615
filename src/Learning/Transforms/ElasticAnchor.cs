using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Maintenance;
using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.Projections;
using LifelongApi.Learning.Rules;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Transforms;

/// <summary>
/// The penalty ½ λ Σ F (w − w*)² of elastic weight consolidation (Kirkpatrick et al. 2017, eq. 3), online form with one anchor and F ← γ F + F_task
/// (Schwarz et al. 2018, eq. 8). With centre <c>mean</c> w* is the mean of the weights of all consolidations by importance: a sum of parabolas over the same weight
/// is one parabola about that mean, so with γ = 1 this is one penalty per task, as in the first paper (see Huszár 2018). Each step w − w* shrinks by r = 1 / (1 + λ F), the implicit Euler step of the penalty, which is stable at any strength.
/// </summary>
/// <remarks>
/// A row that is silent for n steps shrinks by rⁿ (computed by repeated squaring) when it is next used; a predict computes that in scratch. So the pull costs nothing
/// for rows that are not touched and equals the dense penalty up to rounding. With an interval of n the pulls of n events are one of rⁿ after the last of them, which a row takes
/// when it is next used: rows in use cost an n-th of it. Reserves: anchor, importance [pre count, post units] and the step each row is up to date for
/// [pre count] in Read (predict needs them); one row in Scratch. With scope <c>proposed</c> the pull acts only on synapses for which the rule makes a proposal,
/// nothing is pending, and the slots are in Plastic.
/// </remarks>
public sealed class ElasticAnchor : IUpdateTransform, ILazyPull, IConsolidate, IRenewSynapses
{
    private readonly ElasticAnchorSpec _spec;
    private readonly Projection _projection;
    private readonly IImportanceObserver _observer;
    private readonly StepClock _clock;
    private readonly Slot _anchor;
    private readonly Slot _importance;
    private readonly Slot _upToDate;
    private readonly Slot _row;
    private readonly Slot _pullSquare;

    /// <summary>Reserves the slots and becomes the projection's lazy pull.</summary>
    /// <param name="layout">Layout of the program.</param>
    /// <param name="owner">Prefix of slot names, unique in the program.</param>
    /// <param name="projection">The projection.</param>
    /// <param name="observer">Where importance comes from.</param>
    /// <param name="clock">The model's clock of learned steps.</param>
    /// <param name="spec">λ and γ.</param>
    public ElasticAnchor(LayoutBuilder layout, string owner, Projection projection, IImportanceObserver observer, StepClock clock, ElasticAnchorSpec spec)
    {
        _spec = spec;
        _projection = projection;
        _observer = observer;
        _clock = clock;
        var region = spec.Scope == AnchorScope.Every ? Region.Read : Region.Plastic;
        _anchor = layout.Matrix(region, $"{owner}.anchor", projection.RowCount, projection.ColumnCount);
        _importance = layout.Matrix(region, $"{owner}.importance", projection.RowCount, projection.ColumnCount);
        _upToDate = layout.Vector(region, $"{owner}.upToDate", spec.Scope == AnchorScope.Every ? projection.RowCount * 2 : 0);
        _row = layout.Vector(Region.Scratch, $"{owner}.effectiveRow", projection.ColumnCount);
        _pullSquare = layout.Vector(Region.Scratch, $"{owner}.pullSquare", 1);
        if (spec.Scope == AnchorScope.Every)
        {
            projection.LazyPull = this;
        }
    }

    /// <summary>Whether every event pulls.</summary>
    internal bool IsEveryEvent => _spec.Interval == 1;

    /// <summary>λ.</summary>
    internal float Strength => _spec.Strength;

    /// <summary>w*; shape of the weights.</summary>
    internal Slot Anchor => _anchor;

    /// <summary>F; shape of the weights.</summary>
    internal Slot Importance => _importance;

    /// <summary>Starts the sum of squared pulls of this event.</summary>
    /// <param name="step">The step.</param>
    public void BeginEvent(in StepContext step)
    {
        if (_spec.Interval == 1)
        {
            step.Write(_pullSquare)[0] = 0f;
        }
    }

    /// <summary>Sum of the squared pulls of this event.</summary>
    /// <param name="step">The step.</param>
    /// <returns>Σ pull².</returns>
    public float PullSquare(in StepContext step) => step.View(_pullSquare)[0];

    /// <inheritdoc/>
    public void CatchUp(ReadOnlySpan<int> rows, in StepContext step)
    {
        var now = LastPull(step);
        var sum = 0f;
        var upToDate = step.WriteLongs(_upToDate);
        var weights = step.Write(_projection.Weights);
        foreach (var row in rows)
        {
            if (upToDate[row] < now)
            {
                var cells = weights.Slice(row * _projection.Stride, _projection.Stride);
                sum += Shrink(cells, row, now - upToDate[row], step, cells);
                upToDate[row] = now;
            }
        }

        if (_spec.Interval > 1)
        {
            step.Write(_pullSquare)[0] = MathF.Min(sum, float.MaxValue);
        }
    }

    /// <inheritdoc/>
    public void Accumulate(ReadOnlySpan<int> rows, ReadOnlySpan<float> values, Span<float> drive, in StepContext step)
    {
        var now = LastPull(step);
        var upToDate = step.ViewLongs(_upToDate);
        var effective = step.Write(_row);
        for (var k = 0; k < rows.Length; k++)
        {
            var row = _projection.Row(rows[k], step);
            if (upToDate[rows[k]] < now)
            {
                Shrink(row, rows[k], now - upToDate[rows[k]], step, effective);
                row = effective;
            }

            RowKernels.AddScaled(row, values[k], drive);
        }
    }

    /// <inheritdoc/>
    public void Renew(in SynapseRange range, in StepContext step)
    {
        // With importance 0 nothing that is pending moves the weight.
        range.Clear(_importance, step);
        range.CopyWeights(_anchor, step);
    }

    /// <inheritdoc/>
    public void Transform(in SynapseTile tile, in StepContext step, Span<float> delta)
    {
        if (_spec.Interval > 1)
        {
            return;
        }

        var strength = Vector512.Create(_spec.Strength);
        var sum = 0f;
        for (var k = 0; k < tile.Rows.Length; k++)
        {
            ref var weights = ref MemoryMarshal.GetReference(tile.View(_projection.Weights, k, step));
            ref var anchor = ref MemoryMarshal.GetReference(tile.View(_anchor, k, step));
            ref var importance = ref MemoryMarshal.GetReference(tile.View(_importance, k, step));
            ref var row = ref MemoryMarshal.GetReference(delta.Slice(k * tile.Width, tile.Width));
            var squares = Vector512<float>.Zero;
            for (nuint j = 0; j < (nuint)tile.Width; j += 16)
            {
                var pull = Pull(Vector512.LoadUnsafe(ref weights, j), Vector512.LoadUnsafe(ref anchor, j), Vector512.LoadUnsafe(ref importance, j), strength);
                squares = Vector512.FusedMultiplyAdd(pull, pull, squares);
                (Vector512.LoadUnsafe(ref row, j) + pull).StoreUnsafe(ref row, j);
            }

            sum += Reduction.Lanes(squares);
        }

        Note(tile.Rows, sum, step);
    }

    /// <summary>(r − 1) (w − w*) with r = 1 / (1 + λ F).</summary>
    /// <param name="weight">w.</param>
    /// <param name="centre">w*.</param>
    /// <param name="importance">F.</param>
    /// <param name="strength">λ.</param>
    /// <returns>The change of w.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Pull(Vector512<float> weight, Vector512<float> centre, Vector512<float> importance, Vector512<float> strength)
    {
        var keep = Vector512<float>.One / Vector512.FusedMultiplyAdd(strength, importance, Vector512<float>.One);
        return (keep - Vector512<float>.One) * (weight - centre);
    }

    /// <summary>Takes note that rows were pulled in this event.</summary>
    /// <param name="rows">Row numbers.</param>
    /// <param name="square">Sum of their squared pulls.</param>
    /// <param name="step">The step.</param>
    internal void Note(ReadOnlySpan<int> rows, float square, in StepContext step)
    {
        if (_spec.Scope == AnchorScope.Every)
        {
            var upToDate = step.WriteLongs(_upToDate);
            var now = _clock.Read(step) + 1;
            foreach (var row in rows)
            {
                upToDate[row] = now;
            }
        }

        var total = step.Write(_pullSquare);
        total[0] = MathF.Min(total[0] + square, float.MaxValue);
    }

    /// <inheritdoc/>
    public float? Factor(in StepContext step) => _spec.Interval > 1 ? 1f : null;

    /// <inheritdoc/>
    public void Consolidate(in StepContext step)
    {
        if (_spec.Scope == AnchorScope.Every)
        {
            CatchUpAll(step);
        }

        if (_spec.Centre == AnchorCentre.Mean)
        {
            MoveToMean(step);
            return;
        }

        _observer.FoldInto(step.Write(_importance), _spec.Decay, step);
        step.View(_projection.Weights).CopyTo(step.Write(_anchor));
    }

    /// <summary>w* ← w + γ F (w* − w) / F_new with F_new = γ F + F_task. The anchor's own slot holds the numerator in between.</summary>
    private void MoveToMean(in StepContext step)
    {
        var importance = step.Write(_importance);
        var anchor = step.Write(_anchor);
        var weights = step.View(_projection.Weights);
        for (var i = 0; i < anchor.Length; i++)
        {
            anchor[i] = _spec.Decay * importance[i] * (anchor[i] - weights[i]);
        }

        _observer.FoldInto(importance, _spec.Decay, step);
        for (var i = 0; i < anchor.Length; i++)
        {
            anchor[i] = importance[i] > 0f && float.IsFinite(anchor[i]) ? weights[i] + (anchor[i] / importance[i]) : weights[i];
        }
    }

    private void CatchUpAll(in StepContext step)
    {
        var now = LastPull(step);
        var upToDate = step.WriteLongs(_upToDate);
        var weights = step.Write(_projection.Weights);
        for (var row = 0; row < _projection.RowCount; row++)
        {
            var cells = weights.Slice(row * _projection.Stride, _projection.Stride);
            Shrink(cells, row, now - upToDate[row], step, cells);
            upToDate[row] = now;
        }
    }

    /// <summary>The step after which the last pull fell due; with an interval a whole number of intervals.</summary>
    private long LastPull(in StepContext step)
    {
        var now = _clock.Read(step);
        return now - (now % _spec.Interval);
    }

    /// <summary>destination = w* + (w − w*) · rⁿ for one row; returns the sum of the squared changes.</summary>
    private float Shrink(ReadOnlySpan<float> weightRow, int row, long steps, in StepContext step, Span<float> destination)
    {
        ref var weights = ref MemoryMarshal.GetReference(weightRow);
        ref var anchor = ref MemoryMarshal.GetReference(step.View(_anchor).Slice(row * _projection.Stride, _projection.Stride));
        ref var importance = ref MemoryMarshal.GetReference(step.View(_importance).Slice(row * _projection.Stride, _projection.Stride));
        ref var target = ref MemoryMarshal.GetReference(destination);
        var strength = Vector512.Create(_spec.Strength);
        var squares = Vector512<float>.Zero;
        for (nuint j = 0; j < (nuint)_projection.Stride; j += 16)
        {
            var power = Vector512<float>.One / Vector512.FusedMultiplyAdd(strength, Vector512.LoadUnsafe(ref importance, j), Vector512<float>.One);
            var keep = Vector512<float>.One;
            for (var rest = steps; rest > 0; rest >>= 1)
            {
                if ((rest & 1) != 0)
                {
                    keep *= power;
                }

                power *= power;
            }

            var w = Vector512.LoadUnsafe(ref weights, j);
            var from = Vector512.LoadUnsafe(ref anchor, j);

            // Where nothing is held (keep = 1) the weight must come out untouched, not rounded through its anchor.
            var to = Vector512.ConditionalSelect(Vector512.Equals(keep, Vector512<float>.One), w, Vector512.FusedMultiplyAdd(keep, w - from, from));
            squares = Vector512.FusedMultiplyAdd(to - w, to - w, squares);
            to.StoreUnsafe(ref target, j);
        }

        return Reduction.Lanes(squares);
    }
}
