using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Projections;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Rules;

/// <summary>
/// Learning vector quantisation (Kohonen 1990): of the right class the prototype nearest to the input turns towards it, w ← w + α (x − w), and where another class's was nearer
/// that one is pushed away, w ← w − ρ α (x − w). α = weight · max(rate, 1 / (n + 1)) with n the events the prototype stands for, so that at rate 0 a prototype is the running mean of its
/// events and, with one a class and ρ = 0, the rule is the nearest class mean of Mensink et al. 2013. A class at first sight, and one that is mistaken while it has
/// prototypes to spare, gets a prototype at the input. Deviation: the right class's prototype also turns where it lost, as in LVQ2.1, and weights above 1 count as 1.
/// </summary>
/// <remarks>Reserves: columns, factors and new offsets of the two that change, and the windows, in Scratch. Writes the projection's counts.</remarks>
public sealed class PrototypeRule : IPlasticityRule
{
    private const int Own = 0;
    private const int Rival = 1;

    /// <summary>Prototypes further out than this (½‖w‖²) are refused: with them no later event could be answered.</summary>
    private const float LargestHalfSquare = 1e8f;

    private readonly PrototypeProjection _projection;
    private readonly TeachingSignal _teaching;
    private readonly PrototypeRuleSpec _spec;
    private readonly Slot _columns;
    private readonly Slot _factors;
    private readonly Slot _offsets;

    /// <summary>Reserves the scratch.</summary>
    /// <param name="layout">Layout of the program.</param>
    /// <param name="projection">The projection.</param>
    /// <param name="teaching">The label.</param>
    /// <param name="spec">Rate and repulsion.</param>
    public PrototypeRule(LayoutBuilder layout, PrototypeProjection projection, TeachingSignal teaching, PrototypeRuleSpec spec)
    {
        _projection = projection;
        _teaching = teaching;
        _spec = spec;
        _columns = layout.Vector(Region.Scratch, $"{projection.Name}.changing", 2);
        _factors = layout.Vector(Region.Scratch, $"{projection.Name}.factors", 2);
        _offsets = layout.Vector(Region.Scratch, $"{projection.Name}.offsets", 2);
    }

    /// <inheritdoc/>
    public bool NeedsTarget => true;

    /// <inheritdoc/>
    public bool ChangesSilentRows => true;

    /// <inheritdoc/>
    public float HeldBack(in StepContext step) => 1f - Math.Clamp(step.View(_factors)[Own], 0f, 1f);

    /// <inheritdoc/>
    public bool Prepare(in StepContext step)
    {
        var label = _teaching.Label(step);
        var columns = step.WriteIntegers(_columns);
        var factors = step.Write(_factors);
        var weight = MathF.Min(step.Weight, 1f);
        var winner = Winner(step);
        var isMistaken = winner / _projection.PerClass != label || winner < 0;
        var used = _projection.InUse(label, step);
        columns[Own] = _projection.Nearest(label, step);
        columns[Rival] = -1;
        factors[Rival] = 0f;
        if (used == 0 || (isMistaken && used < _projection.PerClass))
        {
            columns[Own] = (label * _projection.PerClass) + used;
            factors[Own] = weight > 0f ? 1f : 0f;
        }
        else
        {
            factors[Own] = weight * MathF.Max(_spec.Rate, 1f / (step.View(_projection.Counts)[columns[Own]] + 1f));
            if (isMistaken && _spec.Repulsion > 0f)
            {
                columns[Rival] = winner;
                factors[Rival] = -_spec.Repulsion * factors[Own];
            }
        }

        var offsets = step.Write(_offsets);
        offsets[Own] = -HalfSquare(columns[Own], factors[Own], step);
        offsets[Rival] = columns[Rival] < 0 ? 0f : -HalfSquare(columns[Rival], factors[Rival], step);
        return offsets[Own] >= -LargestHalfSquare && offsets[Rival] >= -LargestHalfSquare;
    }

    /// <inheritdoc/>
    public void Begin(in StepContext step)
    {
        if (step.Weight > 0f)
        {
            step.Write(_projection.Counts)[step.ViewIntegers(_columns)[Own]] += MathF.Min(step.Weight, 1f);
        }
    }

    /// <inheritdoc/>
    public int WindowCount(in StepContext step)
    {
        var columns = step.ViewIntegers(_columns);
        return columns[Rival] < 0 || columns[Rival] / LayoutBuilder.Line == columns[Own] / LayoutBuilder.Line ? 1 : 2;
    }

    /// <inheritdoc/>
    public ColumnWindow WindowAt(int index, Projection projection, in StepContext step) =>
        new(step.ViewIntegers(_columns)[index] / LayoutBuilder.Line * LayoutBuilder.Line, LayoutBuilder.Line);

    /// <inheritdoc/>
    public void Propose(in SynapseTile tile, in StepContext step, Span<float> delta)
    {
        delta.Clear();
        for (var which = Own; which <= Rival; which++)
        {
            var column = step.ViewIntegers(_columns)[which] - tile.Window.Start;
            var factor = step.View(_factors)[which];
            if ((uint)column >= (uint)tile.Width || factor == 0f)
            {
                continue;
            }

            for (var k = 0; k < tile.Rows.Length; k++)
            {
                var w = tile.View(_projection.Weights, k, step)[column];
                delta[(k * tile.Width) + column] = tile.Rows[k] < _projection.Pre.Units ? factor * (tile.Pre[k] - w) : step.View(_offsets)[which] - w;
            }
        }
    }

    /// <summary>Column of the nearest prototype of all, or −1 where there is none.</summary>
    private int Winner(in StepContext step)
    {
        var drive = step.View(_projection.Post.Drive);
        var best = -1;
        for (var label = 0; label < _teaching.ClassCount(step); label++)
        {
            if (_projection.Nearest(label, step) >= 0 && (best < 0 || drive[label] > drive[best]))
            {
                best = label;
            }
        }

        return best < 0 ? -1 : _projection.Nearest(best, step);
    }

    /// <summary>½‖w + f (x − w)‖² of a column.</summary>
    private float HalfSquare(int column, float factor, in StepContext step)
    {
        var weights = step.View(_projection.Weights);
        var activity = step.View(_projection.Pre.Activity);
        var sum = 0f;
        for (var row = 0; row < _projection.Pre.Units; row++)
        {
            var w = weights[(row * _projection.Stride) + column];
            w = MathF.FusedMultiplyAdd(factor, activity[row] - w, w);
            sum = MathF.FusedMultiplyAdd(w, w, sum);
        }

        return 0.5f * sum;
    }
}
