using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Features;
using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.Populations;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Projections;

/// <summary>
/// Random ferns (Özuysal et al. 2010): fern f asks d_f questions b_q = [x[u_q] ≥ θ_q]; the cell Σ_q b_q 2^q of its 2^d_f cells gets drive 1, all others 0, d_f = 1 + f mod depth.
/// A coarse and a fine look at the input side by side, one active unit a fern, so that what is learned in a cell stays untouched by events elsewhere.
/// Questions come from data: every event puts one of its active units with its activity into a pool of the last 64, and each interval one more fern
/// draws its questions from the pool. A category's question is whether it is there, a number's whether it is at least what an example had.
/// </summary>
/// <remarks>Reserves: thresholds [ferns, depth] (as weights), units asked [ferns, depth] and counts in Read; pool of units and activities [64] in Plastic.</remarks>
public sealed class FernProjection : Projection
{
    private const int PoolSize = 64;
    private const int Events = 0;
    private const int Formed = 1;
    private readonly FernConnectionSpec _spec;
    private readonly ulong _use;
    private readonly int[] _firstCells;
    private readonly Slot _units;
    private readonly Slot _counts;
    private readonly Slot _poolUnits;
    private readonly Slot _poolValues;

    /// <summary>Reserves the slots.</summary>
    /// <param name="layout">Layout of the program.</param>
    /// <param name="name">Name of the projection.</param>
    /// <param name="pre">Presynaptic population; its dense activity is read.</param>
    /// <param name="post">The cells.</param>
    /// <param name="spec">Ferns, depth and interval.</param>
    public FernProjection(LayoutBuilder layout, string name, Population pre, Population post, FernConnectionSpec spec)
        : base(layout, name, pre, post, spec.Ferns, spec.Depth)
    {
        _spec = spec;
        _use = FeatureHash.OfName(name);
        _firstCells = new int[spec.Ferns];
        for (var fern = 1; fern < spec.Ferns; fern++)
        {
            _firstCells[fern] = _firstCells[fern - 1] + (1 << DepthOf(fern - 1));
        }

        _units = layout.Matrix(Region.Read, $"{name}.units", spec.Ferns, spec.Depth);
        _counts = layout.Vector(Region.Read, $"{name}.counts", 4);
        _poolUnits = layout.Vector(Region.Plastic, $"{name}.poolUnits", PoolSize);
        _poolValues = layout.Vector(Region.Plastic, $"{name}.poolActivities", PoolSize);
    }

    /// <summary>How many ferns have their questions.</summary>
    /// <param name="step">The step.</param>
    /// <returns>0 … ferns.</returns>
    public int FormedCount(in StepContext step) => (int)step.ViewLongs(_counts)[Formed];

    /// <inheritdoc/>
    public override void Transmit(in StepContext step)
    {
        var activity = step.View(Pre.Activity);
        var thresholds = step.View(Weights);
        var units = step.ViewIntegers(_units);
        var formed = FormedCount(step);
        if (Post is CellPopulation cells)
        {
            cells.Begin(step, out var rows, out var values);
            for (var fern = 0; fern < formed; fern++)
            {
                rows[fern] = CellOf(fern, activity, units, thresholds);
            }

            values[..formed].Fill(1f);
            cells.End(step, formed);
            return;
        }

        var drive = step.Write(Post.Drive);
        for (var fern = 0; fern < formed; fern++)
        {
            drive[CellOf(fern, activity, units, thresholds)] += 1f;
        }
    }

    /// <inheritdoc/>
    public override void Develop(in StepContext step)
    {
        var counts = step.WriteLongs(_counts);
        if (counts[Formed] == _spec.Ferns)
        {
            return;
        }

        var active = Pre.HasBias ? Pre.Active(step)[..^1] : Pre.Active(step);
        if (active.IsEmpty)
        {
            return;
        }

        var index = KeyedRandom.Below(active.Length, step.Seed, _use, (ulong)counts[Events], 0);
        var place = (int)(counts[Events]++ % PoolSize);
        step.WriteIntegers(_poolUnits)[place] = active[index];
        step.Write(_poolValues)[place] = step.View(Pre.Activity)[active[index]];
        if (counts[Events] % _spec.Interval == 0)
        {
            Form((int)counts[Formed]++, (int)Math.Min(counts[Events], PoolSize), step);
        }
    }

    private int CellOf(int fern, ReadOnlySpan<float> activity, ReadOnlySpan<int> units, ReadOnlySpan<float> thresholds)
    {
        var asked = units.Slice(fern * Stride, _spec.Depth);
        var bounds = thresholds.Slice(fern * Stride, _spec.Depth);
        var cell = 0;
        for (var question = DepthOf(fern) - 1; question >= 0; question--)
        {
            cell = (2 * cell) + (activity[asked[question]] >= bounds[question] ? 1 : 0);
        }

        return _firstCells[fern] + cell;
    }

    private void Form(int fern, int pooled, in StepContext step)
    {
        for (var question = 0; question < DepthOf(fern); question++)
        {
            var drawn = KeyedRandom.Below(pooled, step.Seed, _use, (ulong)fern, 1 + (ulong)question);
            step.WriteIntegers(_units)[(fern * Stride) + question] = step.ViewIntegers(_poolUnits)[drawn];
            step.Write(Weights)[(fern * Stride) + question] = step.View(_poolValues)[drawn];
        }
    }

    private int DepthOf(int fern) => 1 + (fern % _spec.Depth);
}
