using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.Projections;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Rules;

/// <summary>
/// Competitive learning (Rumelhart and Zipser 1985): the k units with the highest drive win, and each winner's weights turn towards the input,
/// Δw[pre, j] = min(weight, 1) · (x[pre] · ‖w_j‖ / ‖x‖ − w[pre, j]), with both norms over the synapses that unit j has; losers stay.
/// Deviation: the input is scaled to the unit's own norm, so that turning keeps the unit's gain; a synapse of weight zero does not exist and stays so,
/// which keeps local receptive fields local; the bias stays. Where only active synapses turn, those of silent units stay and do not count in the norms.
/// </summary>
/// <remarks>Reserves: pull and scale [post units] and the lines of columns with a winner in Scratch.</remarks>
public sealed class CompetitiveRule : IPlasticityRule
{
    private readonly Projection _projection;
    private readonly int _winners;
    private readonly bool _activeOnly;
    private readonly Slot _pull;
    private readonly Slot _scale;
    private readonly Slot _windows;

    /// <summary>Reserves the scratch.</summary>
    /// <param name="layout">Layout of the program.</param>
    /// <param name="projection">The projection.</param>
    /// <param name="spec">Winners, and what of them turns.</param>
    public CompetitiveRule(LayoutBuilder layout, Projection projection, CompetitiveRuleSpec spec)
    {
        _projection = projection;
        _winners = Math.Min(spec.Winners, projection.Post.Units);
        _activeOnly = spec.ActiveOnly;
        _pull = layout.Vector(Region.Scratch, $"{projection.Name}.competitive.pull", projection.Post.Units);
        _scale = layout.Vector(Region.Scratch, $"{projection.Name}.competitive.scale", projection.Post.Units);
        _windows = layout.Vector(Region.Scratch, $"{projection.Name}.competitive.windows", 1 + (projection.Stride / LayoutBuilder.Line));
    }

    /// <inheritdoc/>
    public bool NeedsTarget => false;

    /// <inheritdoc/>
    public bool ChangesSilentRows => !_activeOnly;

    /// <inheritdoc/>
    public float HeldBack(in StepContext step) => 0f;

    /// <inheritdoc/>
    public bool Prepare(in StepContext step)
    {
        var drive = step.View(_projection.Post.Drive);
        var pull = step.Write(_pull);
        var scale = step.Write(_scale);
        pull.Clear();
        scale.Clear();
        for (var winner = 0; winner < _winners; winner++)
        {
            var best = Strongest(drive, pull);
            if (best < 0)
            {
                break;
            }

            // A turn beyond the target would run away where nothing pulls back.
            pull[best] = MathF.Min(step.Weight, 1f);
            scale[best] = NormRatio(best, step);
        }

        ListWindows(step, pull);
        return Reduction.IsBounded(scale, 1e9f);
    }

    /// <inheritdoc/>
    public void Begin(in StepContext step)
    {
    }

    /// <inheritdoc/>
    public int WindowCount(in StepContext step) => step.ViewIntegers(_windows)[0];

    /// <inheritdoc/>
    public ColumnWindow WindowAt(int index, Projection projection, in StepContext step) =>
        new(step.ViewIntegers(_windows)[1 + index], LayoutBuilder.Line);

    /// <inheritdoc/>
    public void Propose(in SynapseTile tile, in StepContext step, Span<float> delta)
    {
        ref var pull = ref MemoryMarshal.GetReference(tile.Columns(step.View(_pull)));
        ref var scale = ref MemoryMarshal.GetReference(tile.Columns(step.View(_scale)));
        for (var k = 0; k < tile.Rows.Length; k++)
        {
            var target = delta.Slice(k * tile.Width, tile.Width);
            if (tile.Rows[k] == _projection.Pre.Units)
            {
                target.Clear();
                continue;
            }

            ref var weights = ref MemoryMarshal.GetReference(tile.View(_projection.Weights, k, step));
            ref var row = ref MemoryMarshal.GetReference(target);
            var x = Vector512.Create(tile.Pre[k]);
            for (nuint j = 0; j < (nuint)tile.Width; j += 16)
            {
                var w = Vector512.LoadUnsafe(ref weights, j);
                var turn = Vector512.LoadUnsafe(ref pull, j) * Vector512.FusedMultiplyAdd(x, Vector512.LoadUnsafe(ref scale, j), -w);
                Vector512.ConditionalSelect(Vector512.Equals(w, Vector512<float>.Zero), Vector512<float>.Zero, turn).StoreUnsafe(ref row, j);
            }
        }
    }

    /// <summary>Lists the lines of 16 columns in which somebody won: nothing else is read or written.</summary>
    private void ListWindows(in StepContext step, ReadOnlySpan<float> pull)
    {
        var windows = step.WriteIntegers(_windows);
        var count = 0;
        for (var start = 0; start < pull.Length; start += LayoutBuilder.Line)
        {
            if (pull.Slice(start, LayoutBuilder.Line).ContainsAnyExcept(0f))
            {
                windows[++count] = start;
            }
        }

        windows[0] = count;
    }

    /// <summary>The unit with the highest positive drive that has not won yet, the lowest number on a tie; −1 where there is none.</summary>
    private static int Strongest(ReadOnlySpan<float> drive, ReadOnlySpan<float> pull)
    {
        ref var start = ref MemoryMarshal.GetReference(drive);
        ref var won = ref MemoryMarshal.GetReference(pull);
        var highest = Vector512<float>.Zero;
        nuint j = 0;
        for (; j < (nuint)drive.Length; j += LayoutBuilder.Line)
        {
            var open = Vector512.ConditionalSelect(Vector512.Equals(Vector512.LoadUnsafe(ref won, j), Vector512<float>.Zero), Vector512.LoadUnsafe(ref start, j), Vector512<float>.Zero);
            highest = Vector512.ConditionalSelect(Vector512.GreaterThan(open, highest), open, highest);
        }

        var best = -1;
        var top = 0f;
        for (var lane = 0; lane < LayoutBuilder.Line; lane++)
        {
            top = MathF.Max(top, highest[lane]);
        }

        for (var unit = 0; top > 0f && best < 0; unit++)
        {
            best = drive[unit] == top && pull[unit] == 0f ? unit : -1;
        }

        return best;
    }

    /// <summary>‖w_j‖ / ‖x‖ over the synapses that unit j has and that turn; 0 where the input is silent there.</summary>
    private float NormRatio(int unit, in StepContext step)
    {
        var weights = step.View(_projection.Weights);
        var active = _activeOnly ? _projection.Pre.Active(step) : default;
        var activity = _activeOnly ? _projection.Pre.Values(step) : step.View(_projection.Pre.Activity);
        var count = !_activeOnly ? _projection.Pre.Units : _projection.Pre.HasBias ? active.Length - 1 : active.Length;
        float weightSquare = 0f, inputSquare = 0f;
        for (var k = 0; k < count; k++)
        {
            var w = weights[((_activeOnly ? active[k] : k) * _projection.Stride) + unit];
            if (w != 0f)
            {
                weightSquare = MathF.FusedMultiplyAdd(w, w, weightSquare);
                inputSquare = MathF.FusedMultiplyAdd(activity[k], activity[k], inputSquare);
            }
        }

        // A norm that runs away (event weights far beyond 1 overshoot the turn) is refused while the weights are still finite.
        return !(weightSquare <= 1e30f) ? float.PositiveInfinity : inputSquare > 0f ? MathF.Sqrt(weightSquare / inputSquare) : 0f;
    }
}
