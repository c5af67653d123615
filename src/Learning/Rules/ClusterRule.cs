using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Heads;
using LifelongApi.Learning.Modulators;
using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.Projections;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Rules;

/// <summary>
/// Sequential k-means (MacQueen 1967) with spreads and discounted shares (Yamanishi et al. 2004, algorithm SDEM with the likeliest component in place of all):
/// w ← w + η (x − w), v ← v + η ((1 − η)(x − w)² − v) where η = g · max(rate, 1 / (n + 1)), π ← π + r (1[j] − π). While clusters are left, every interval-th event founds one at its place
/// with the spread of all events. The gate g = min(1, 1 / score²) keeps what is unusual from teaching much; the level of the opening modulator lifts it back towards 1, and above ½ the
/// cluster with the least share moves to the event, so that a change that stays is followed. Deviation from SDEM: event weights above 1 count as 1.
/// </summary>
/// <remarks>Reserves: the cluster that changes, and η, g and what is founded, in Scratch. Writes the projection's slots.</remarks>
public sealed class ClusterRule : IPlasticityRule
{
    private const float MostEvents = 1e6f;

    /// <summary>Events that the spread of all events counts for in a new cluster.</summary>
    private const float Prior = 5f;

    /// <summary>Inputs further out are refused: their squares would drown every spread.</summary>
    private const float LargestInput = 1e4f;

    private readonly ClusterProjection _projection;
    private readonly NoveltySignal _novelty;
    private readonly ClusterRuleSpec _spec;
    private readonly ModulatorLevel? _opening;
    private readonly Slot _column;
    private readonly Slot _factors;

    /// <summary>Reserves the scratch.</summary>
    /// <param name="layout">Layout of the program.</param>
    /// <param name="projection">The projection.</param>
    /// <param name="novelty">How surprising the event is.</param>
    /// <param name="spec">Rate and interval.</param>
    /// <param name="opening">Level that opens the gate, or null.</param>
    public ClusterRule(LayoutBuilder layout, ClusterProjection projection, NoveltySignal novelty, ClusterRuleSpec spec, ModulatorLevel? opening)
    {
        _projection = projection;
        _novelty = novelty;
        _spec = spec;
        _opening = opening;
        _column = layout.Vector(Region.Scratch, $"{projection.Name}.cluster", 1);
        _factors = layout.Vector(Region.Scratch, $"{projection.Name}.clusterFactors", 3);
    }

    /// <inheritdoc/>
    public bool NeedsTarget => false;

    /// <inheritdoc/>
    public bool ChangesSilentRows => true;

    /// <inheritdoc/>
    public float HeldBack(in StepContext step) => 1f - step.View(_factors)[1];

    /// <inheritdoc/>
    public bool Prepare(in StepContext step)
    {
        var factors = step.Write(_factors);
        var used = _projection.InUse(step);
        var opening = _opening is { } level ? Math.Clamp(level.Read(step), 0f, 1f) : 0f;
        var score = _novelty.IsKnown(step) ? MathF.Max(1f, _novelty.Score(step)) : 1f;
        var gate = 1f / (score * score);
        gate += (1f - gate) * opening;
        var isFounding = used < _projection.Post.Units && step.View(_projection.Seen)[0] >= (float)used * _spec.Interval;
        var isMoving = !isFounding && used > 1 && opening > 0.5f && score > 1f;
        var column = isFounding ? used : isMoving ? Least(used, step) : Reduction.IndexOfMax(step.View(_projection.Post.Drive)[..used]);
        step.WriteIntegers(_column)[0] = column;
        factors[0] = (isFounding || isMoving) && step.Weight > 0f ? 1f : MathF.Min(step.Weight, 1f) * gate * MathF.Max(_spec.Rate, 1f / (step.View(_projection.Events)[column] + 1f));
        factors[1] = gate;
        factors[2] = isFounding || isMoving ? 1f : 0f;
        return Reduction.LargestMagnitude(step.View(_projection.Pre.Activity)[.._projection.Pre.Units]) <= LargestInput;
    }

    /// <inheritdoc/>
    public void Begin(in StepContext step)
    {
        if (!(step.Weight > 0f))
        {
            return;
        }

        var weight = MathF.Min(step.Weight, 1f);
        TakeFeatures(weight, step);
        if (step.View(_factors)[2] > 0f)
        {
            Found(step);
        }
        else
        {
            Move(step);
        }

        var (column, gate) = (step.ViewIntegers(_column)[0], step.View(_factors)[1]);
        var shares = step.Write(_projection.Shares)[.._projection.Post.Units];
        var rate = weight * gate * MathF.Max(0.1f * _spec.Rate, 1f / step.View(_projection.Seen)[0]);
        RowKernels.Scale(shares, 1f - rate, shares);
        shares[column] += rate;
    }

    /// <inheritdoc/>
    public ColumnWindow WindowAt(int index, Projection projection, in StepContext step) =>
        new(step.ViewIntegers(_column)[0] / LayoutBuilder.Line * LayoutBuilder.Line, LayoutBuilder.Line);

    /// <inheritdoc/>
    public void Propose(in SynapseTile tile, in StepContext step, Span<float> delta)
    {
        delta.Clear();
        var column = step.ViewIntegers(_column)[0] - tile.Window.Start;
        var factor = step.View(_factors)[0];
        for (var k = 0; k < tile.Rows.Length; k++)
        {
            delta[(k * tile.Width) + column] = factor * (tile.Pre[k] - tile.View(_projection.Weights, k, step)[column]);
        }
    }

    /// <summary>Mean and variance of every feature over all events.</summary>
    private void TakeFeatures(float weight, in StepContext step)
    {
        var seen = step.Write(_projection.Seen);
        seen[0] = MathF.Min(seen[0] + 1f, MostEvents);
        var rate = weight * MathF.Max(0.1f * _spec.Rate, 1f / seen[0]);
        var means = step.Write(_projection.Means);
        var variances = step.Write(_projection.Variances);
        var activity = step.View(_projection.Pre.Activity);
        for (var row = 0; row < _projection.Pre.Units; row++)
        {
            var away = activity[row] - means[row];
            means[row] += rate * away;
            variances[row] += rate * (((1f - rate) * away * away) - variances[row]);
        }
    }

    /// <summary>A cluster at the event, as wide as all events are.</summary>
    private void Found(in StepContext step)
    {
        var column = step.ViewIntegers(_column)[0];
        var precisions = step.Write(_projection.Precisions);
        var variances = step.View(_projection.Variances);
        var sum = 0f;
        for (var row = 0; row < _projection.Pre.Units; row++)
        {
            var variance = MathF.Max(variances[row], _projection.Floor);
            precisions[(row * _projection.Stride) + column] = 1f / variance;
            sum += Elementary.Log(variance / _projection.Floor);
        }

        step.Write(_projection.LogVariances)[column] = sum;
        step.Write(_projection.Events)[column] = 1f;
        step.Write(_projection.Shares)[column] = MathF.Max(step.View(_projection.Shares)[column], 1f / (_projection.Post.Units + 1f));
    }

    private void Move(in StepContext step)
    {
        var column = step.ViewIntegers(_column)[0];
        var factor = step.View(_factors)[0];
        var events = step.Write(_projection.Events);
        events[column] = MathF.Min(events[column] + (MathF.Min(step.Weight, 1f) * step.View(_factors)[1]), MostEvents);

        // The spread starts from that of all events, which counts for some events of the cluster's own.
        var spread = MathF.Min(factor, MathF.Max(_spec.Rate, 1f / (events[column] + Prior)));
        var weights = step.View(_projection.Weights);
        var precisions = step.Write(_projection.Precisions);
        var activity = step.View(_projection.Pre.Activity);
        var sum = 0f;
        for (var row = 0; row < _projection.Pre.Units; row++)
        {
            var place = (row * _projection.Stride) + column;
            var away = activity[row] - weights[place];
            var variance = 1f / precisions[place];
            variance = MathF.Max(variance + (spread * (((1f - factor) * away * away) - variance)), _projection.Floor);
            precisions[place] = 1f / variance;
            sum += Elementary.Log(variance / _projection.Floor);
        }

        step.Write(_projection.LogVariances)[column] = sum;
    }

    private int Least(int used, in StepContext step)
    {
        var shares = step.View(_projection.Shares);
        var least = 0;
        for (var j = 1; j < used; j++)
        {
            least = shares[j] < shares[least] ? j : least;
        }

        return least;
    }
}
