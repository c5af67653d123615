using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Features;
using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.Populations;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Projections;

/// <summary>
/// Direct links and random enhancement units side by side (the functional link of Pao, Park and Sobajic 1994): the first postsynaptic units get the presynaptic activity as it is,
/// each further one scale · max(0, Σ_i w_i x[u_i] + b) over a few presynaptic units u_i, drawn, as are the w_i ~ N(0, 1). A readout then sees conjunctions beside the features themselves.
/// The sums' mean μ and spread σ over the second half of the first events set every unit's gain and threshold, once: w ← w / σ and b = N(0, ½²) − μ / σ, with σ at least 0.3 of
/// all units' mean spread. Until then these units are silent.
/// </summary>
/// <remarks>
/// Reserves: weights [inputs + 1, enhancement units], the last row b, units asked [inputs, enhancement units] and counts in Read; mean and sum of squared deviations
/// [enhancement units] in Plastic; sums [enhancement units] in Scratch.
/// </remarks>
public sealed class FunctionalLinkProjection : Projection, IInitialise
{
    private const float Scale = 0.5f;
    private const float ThresholdSpread = 0.5f;
    private const float LeastSpread = 0.3f;
    private const int Events = 0;
    private readonly FunctionalLinkConnectionSpec _spec;
    private readonly ulong _use;
    private readonly Slot _units;
    private readonly Slot _counts;
    private readonly Slot _means;
    private readonly Slot _squares;
    private readonly Slot _sums;

    /// <summary>Reserves the slots.</summary>
    /// <param name="layout">Layout of the program.</param>
    /// <param name="name">Name of the projection.</param>
    /// <param name="pre">Presynaptic population; its dense activity is read.</param>
    /// <param name="post">Postsynaptic population: as many units and the enhancement units after them.</param>
    /// <param name="spec">Inputs of an enhancement unit, events that set its threshold.</param>
    public FunctionalLinkProjection(LayoutBuilder layout, string name, Population pre, Population post, FunctionalLinkConnectionSpec spec)
        : base(layout, name, pre, post, spec.Inputs + 1, post.Units - pre.Units)
    {
        _spec = spec;
        _use = FeatureHash.OfName(name);
        _units = layout.Matrix(Region.Read, $"{name}.units", spec.Inputs, ColumnCount);
        _counts = layout.Vector(Region.Read, $"{name}.counts", 2);
        _means = layout.Vector(Region.Plastic, $"{name}.means", ColumnCount);
        _squares = layout.Vector(Region.Plastic, $"{name}.squares", ColumnCount);
        _sums = layout.Vector(Region.Scratch, $"{name}.sums", ColumnCount);
    }

    /// <summary>Draws every unit's inputs, all different, and their weights.</summary>
    /// <param name="step">A learning step.</param>
    public void Initialise(in StepContext step)
    {
        var units = step.WriteIntegers(_units);
        var weights = step.Write(Weights);
        for (var column = 0; column < ColumnCount; column++)
        {
            for (var input = 0; input < _spec.Inputs; input++)
            {
                var unit = KeyedRandom.Below(Pre.Units, step.Seed, _use, (ulong)column, 2 * (ulong)input);
                while (IsAsked(unit, column, input, units))
                {
                    unit = unit + 1 == Pre.Units ? 0 : unit + 1;
                }

                units[(input * Stride) + column] = unit;
                weights[(input * Stride) + column] = KeyedRandom.Normal(step.Seed, _use, (ulong)column, 1 + (2 * (ulong)input));
            }
        }
    }

    /// <inheritdoc/>
    public override void Transmit(in StepContext step)
    {
        var activity = step.View(Pre.Activity)[..Pre.Units];
        var drive = step.Write(Post.Drive);
        RowKernels.AddScaled(activity, 1f, drive[..Pre.Units]);
        var sums = step.Write(_sums)[..ColumnCount];
        step.View(Weights).Slice(_spec.Inputs * Stride, ColumnCount).CopyTo(sums);
        for (var input = 0; input < _spec.Inputs; input++)
        {
            var units = step.ViewIntegers(_units).Slice(input * Stride, ColumnCount);
            var weights = step.View(Weights).Slice(input * Stride, ColumnCount);
            for (var column = 0; column < sums.Length; column++)
            {
                sums[column] = MathF.FusedMultiplyAdd(weights[column], activity[units[column]], sums[column]);
            }
        }

        if (HasFormed(step))
        {
            for (var column = 0; column < sums.Length; column++)
            {
                // Not Max: a NaN must stay visible to the guard.
                drive[Pre.Units + column] += sums[column] < 0f ? 0f : Scale * sums[column];
            }
        }
    }

    /// <inheritdoc/>
    public override void Develop(in StepContext step)
    {
        if (HasFormed(step))
        {
            return;
        }

        var seen = ++step.WriteLongs(_counts)[Events];
        var measured = seen - (_spec.FormingEvents / 2);
        if (measured > 0)
        {
            Measure(step.View(_sums)[..ColumnCount], measured, step.Write(_means), step.Write(_squares));
        }

        if (HasFormed(step))
        {
            Settle(measured, step);
        }
    }

    private bool HasFormed(in StepContext step) => step.ViewLongs(_counts)[Events] >= _spec.FormingEvents;

    private static void Measure(ReadOnlySpan<float> sums, long count, Span<float> means, Span<float> squares)
    {
        for (var column = 0; column < sums.Length; column++)
        {
            var difference = sums[column] - means[column];
            means[column] += difference / count;
            squares[column] = MathF.FusedMultiplyAdd(difference, sums[column] - means[column], squares[column]);
        }
    }

    private void Settle(long count, in StepContext step)
    {
        var weights = step.Write(Weights);
        var means = step.View(_means);
        var squares = step.View(_squares);
        var mean = 0f;
        for (var column = 0; column < ColumnCount; column++)
        {
            mean += MathF.Sqrt(squares[column] / count) / ColumnCount;
        }

        for (var column = 0; column < ColumnCount; column++)
        {
            // Where nothing has varied at all the weights stay as drawn.
            var gain = mean > 0f ? 1f / MathF.Max(MathF.Sqrt(squares[column] / count), LeastSpread * mean) : 1f;
            for (var input = 0; input < _spec.Inputs; input++)
            {
                weights[(input * Stride) + column] *= gain;
            }

            weights[(_spec.Inputs * Stride) + column] =
                MathF.FusedMultiplyAdd(-gain, means[column], ThresholdSpread * KeyedRandom.Normal(step.Seed, _use, (ulong)column, 2 * (ulong)_spec.Inputs));
        }
    }

    private bool IsAsked(int unit, int column, int inputs, ReadOnlySpan<int> units)
    {
        for (var input = 0; input < inputs; input++)
        {
            if (units[(input * Stride) + column] == unit)
            {
                return true;
            }
        }

        return false;
    }
}
