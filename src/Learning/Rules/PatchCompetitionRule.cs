using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Features;
using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.Projections;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Rules;

/// <summary>
/// Competition for the patches of an image, or for what the fields of a vector hold: of a few of them drawn from the event each goes to the filter that answers most, and the winner turns towards it by Oja's rule
/// (Oja 1982, eq. 3) in the whitened space, Δf = weight · y (z − y f) with z = C⁻¹ x / √(xᵀ C⁻¹ x) and y = f·x / √(xᵀ C⁻¹ x), the cosine between the two.
/// Filters stay unit vectors to first order; this is spherical k-means (Coates and Ng 2012) one patch at a time. A filter wins at most one patch per event.
/// </summary>
/// <remarks>Reserves: drawn targets [patches, patch], their winners and cosines, and one vector of responses in Scratch.</remarks>
public sealed class PatchCompetitionRule : IPlasticityRule
{
    private readonly Projection _projection;
    private readonly IFilterBank _bank;
    private readonly int _patches;
    private readonly ulong _use;
    private readonly int _stride;
    private readonly Slot _targets;
    private readonly Slot _cosines;
    private readonly Slot _winners;
    private readonly Slot _responses;

    /// <summary>Reserves the scratch.</summary>
    /// <param name="layout">Layout of the program.</param>
    /// <param name="projection">The filters, an <see cref="IFilterBank"/>.</param>
    /// <param name="spec">Patches per event.</param>
    public PatchCompetitionRule(LayoutBuilder layout, Projection projection, PatchCompetitionRuleSpec spec)
    {
        _projection = projection;
        _bank = (IFilterBank)projection;
        _patches = spec.Patches;
        _use = FeatureHash.OfName(projection.Name + ".competition");
        _stride = LayoutBuilder.Padded(projection.RowCount);
        _targets = layout.Matrix(Region.Scratch, $"{projection.Name}.competition.targets", _patches, projection.RowCount);
        _cosines = layout.Vector(Region.Scratch, $"{projection.Name}.competition.cosines", _patches);
        _winners = layout.Vector(Region.Scratch, $"{projection.Name}.competition.winners", 1 + _patches);
        _responses = layout.Vector(Region.Scratch, $"{projection.Name}.competition.responses", projection.Stride);
    }

    /// <inheritdoc/>
    public bool NeedsTarget => false;

    /// <inheritdoc/>
    public bool ChangesSilentRows => true;

    /// <inheritdoc/>
    public float HeldBack(in StepContext step) => 0f;

    /// <inheritdoc/>
    public bool Prepare(in StepContext step)
    {
        var winners = step.WriteIntegers(_winners);
        winners[0] = 0;
        var count = _bank.PatchCount(step);
        if (count == 0 || _bank.IsForming(step))
        {
            return true;
        }

        for (var draw = 0; draw < _patches; draw++)
        {
            Compete(KeyedRandom.Below(count, step.Seed, _use, (ulong)step.Sequence, (ulong)draw), winners, step);
        }

        return Reduction.IsBounded(step.View(_targets)[..(winners[0] * _stride)], 1e9f);
    }

    /// <inheritdoc/>
    public void Begin(in StepContext step)
    {
    }

    /// <inheritdoc/>
    public int WindowCount(in StepContext step) => step.ViewIntegers(_winners)[0];

    /// <inheritdoc/>
    public ColumnWindow WindowAt(int index, Projection projection, in StepContext step) =>
        new(step.ViewIntegers(_winners)[1 + index] / LayoutBuilder.Line * LayoutBuilder.Line, LayoutBuilder.Line);

    /// <inheritdoc/>
    public void Propose(in SynapseTile tile, in StepContext step, Span<float> delta)
    {
        delta.Clear();
        var winners = step.ViewIntegers(_winners);
        for (var index = 0; index < winners[0]; index++)
        {
            var column = winners[1 + index] - tile.Window.Start;
            if ((uint)column >= (uint)tile.Width)
            {
                continue;
            }

            var target = step.View(_targets).Slice(index * _stride, _stride);
            var cosine = step.View(_cosines)[index];
            var pull = MathF.Min(step.Weight, 1f) * cosine;
            for (var k = 0; k < tile.Rows.Length; k++)
            {
                var weight = tile.View(_projection.Weights, k, step)[column];
                delta[(k * tile.Width) + column] = pull * MathF.FusedMultiplyAdd(-cosine, weight, target[tile.Rows[k]]);
            }
        }
    }

    private void Compete(int index, Span<int> winners, in StepContext step)
    {
        var patch = _bank.Patch(index, step);
        var target = step.Write(_targets).Slice(winners[0] * _stride, _stride);
        _bank.Whiten(index, step, target);
        var length = MathF.Sqrt(Reduction.Dot(patch, target[..patch.Length]));
        var (winner, response) = _bank.Strongest(index, step, step.Write(_responses));
        var line = winner / LayoutBuilder.Line;
        foreach (var other in winners.Slice(1, winners[0]))
        {
            // One winner per line of columns, so that the windows of an event do not overlap.
            if (other / LayoutBuilder.Line == line)
            {
                return;
            }
        }

        if (length > 1e-6f && response > 0f)
        {
            RowKernels.Scale(target, 1f / length, target);
            step.Write(_cosines)[winners[0]] = MathF.Min(response / length, 1f);
            winners[++winners[0]] = winner;
        }
    }
}
