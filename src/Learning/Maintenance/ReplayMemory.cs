using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Compilation;
using LifelongApi.Learning.Features;
using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.Populations;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Maintenance;

/// <summary>
/// A memory of examples that are learned again, interleaved after every learned event and in slices of sleep (Ratcliff 1990; Tadros et al. 2022).
/// Kept is a reservoir: of t events each with probability capacity / t (Vitter 1985, algorithm R); or a class-balanced one (Chrysakis and Moens 2020):
/// once it is full, an example of a class that is not the largest in it replaces a random one of the largest class, and one of the largest class c replaces a random one of
/// its own with probability held_c / seen_c. What is learned again is drawn uniformly from what is kept.
/// Deviation: one step per example, not per batch; a kept example is the prepared input, so later drift of the scalers does not touch it.
/// </summary>
/// <remarks>
/// Reserves in Plastic: inputs [capacity, features], or feature numbers and values [capacity, most active] with sizes [capacity] for sparse input;
/// labels and sequences [capacity]; examples held, and by class seen and held. Writes the input population's active list.
/// </remarks>
public sealed class ReplayMemory : IMaintenance
{
    private const int Held = 0;
    private const int Seen = 1;
    private readonly ReplaySpec _spec;
    private readonly InputPopulation _input;
    private readonly TeachingSignal _teaching;
    private readonly bool _isDense;
    private readonly int _width;
    private readonly int _stride;
    private readonly ulong _keeping;
    private readonly ulong _recalling;
    private readonly Slot _inputs;
    private readonly Slot _features;
    private readonly Slot _sizes;
    private readonly Slot _labels;
    private readonly Slot _sequences;
    private readonly Slot _counts;
    private readonly Slot _seen;
    private readonly Slot _held;

    /// <summary>Reserves the memory.</summary>
    /// <param name="layout">Layout of the program.</param>
    /// <param name="owner">Prefix of slot names, unique in the program.</param>
    /// <param name="spec">Capacity, policy and how much is learned again.</param>
    /// <param name="input">The input population, whose active list is what is kept.</param>
    /// <param name="shape">Shape of the input.</param>
    /// <param name="classes">Classes that fit.</param>
    /// <param name="teaching">The label.</param>
    internal ReplayMemory(LayoutBuilder layout, string owner, ReplaySpec spec, InputPopulation input, InputShape shape, int classes, TeachingSignal teaching)
    {
        _spec = spec;
        _input = input;
        _teaching = teaching;
        _isDense = shape.MaxActive == shape.Units;
        _width = shape.MaxActive;
        _stride = LayoutBuilder.Padded(_width);
        _keeping = FeatureHash.OfName($"{owner}.keeping");
        _recalling = FeatureHash.OfName($"{owner}.recalling");
        _inputs = layout.Matrix(Region.Plastic, $"{owner}.inputs", spec.Capacity, _width);
        _features = layout.Matrix(Region.Plastic, $"{owner}.features", _isDense ? 0 : spec.Capacity, _width);
        _sizes = layout.Vector(Region.Plastic, $"{owner}.sizes", _isDense ? 0 : spec.Capacity);
        _labels = layout.Vector(Region.Plastic, $"{owner}.labels", spec.Capacity);
        _sequences = layout.Vector(Region.Plastic, $"{owner}.sequences", 2 * spec.Capacity);
        _counts = layout.Vector(Region.Plastic, $"{owner}.counts", 4);
        _seen = layout.Vector(Region.Plastic, $"{owner}.seen", 2 * classes);
        _held = layout.Vector(Region.Plastic, $"{owner}.held", classes);
    }

    /// <inheritdoc/>
    public bool MovesAnchors => false;

    /// <summary>Sequences of the events that are kept: what an erasure has to know.</summary>
    /// <param name="step">A learning step.</param>
    /// <returns>Shape [held], in no order.</returns>
    public ReadOnlySpan<long> Sequences(scoped in StepContext step) => step.ViewLongs(_sequences)[..(int)step.ViewLongs(_counts)[Held]];

    /// <inheritdoc/>
    public bool IsDue(bool taskEnded, in StepContext step)
    {
        if (taskEnded || _teaching.Label(step) < 0)
        {
            return false;
        }

        if (step.Weight > 0f)
        {
            Keep(_teaching.Label(step), step);
        }

        return _spec.PerEvent > 0;
    }

    /// <inheritdoc/>
    public void Run(Learner learner, in StepContext step) => Recall(_spec.PerEvent, learner, step);

    /// <inheritdoc/>
    public bool Sleep(Learner learner, in StepContext step)
    {
        Recall(_spec.PerSleepSlice, learner, step);
        return false;
    }

    private void Recall(int examples, Learner learner, in StepContext step)
    {
        var held = (int)step.ViewLongs(_counts)[Held];
        if (held == 0)
        {
            return;
        }

        var again = step.Weighing(_spec.Weight);
        for (var draw = 0; draw < examples; draw++)
        {
            var place = KeyedRandom.Below(held, step.Seed, _recalling, (ulong)step.Sequence, (ulong)draw);
            Show(place, again);
            learner.Relearn(step.ViewIntegers(_labels)[place], again);
        }
    }

    private void Keep(int label, in StepContext step)
    {
        var counts = step.WriteLongs(_counts);
        counts[Seen]++;
        step.WriteLongs(_seen)[label]++;
        var place = counts[Held] < _spec.Capacity ? (int)counts[Held]
            : _spec.Policy == ReplayPolicy.Reservoir ? DrawFromReservoir(step)
            : DrawBalanced(label, step);
        if (place < 0)
        {
            return;
        }

        var held = step.WriteIntegers(_held);
        var labels = step.WriteIntegers(_labels);
        if (place == counts[Held])
        {
            counts[Held]++;
        }
        else
        {
            held[labels[place]]--;
        }

        held[label]++;
        labels[place] = label;
        step.WriteLongs(_sequences)[place] = step.Sequence;
        Store(place, step);
    }

    private int DrawFromReservoir(in StepContext step)
    {
        var place = Draw(step.ViewLongs(_counts)[Seen], step, 0);
        return place < _spec.Capacity ? (int)place : -1;
    }

    private int DrawBalanced(int label, in StepContext step)
    {
        var held = step.ViewIntegers(_held);
        var most = 0;
        for (var other = 1; other < held.Length; other++)
        {
            most = held[other] > held[most] ? other : most;
        }

        if (held[label] < held[most])
        {
            return PlaceOf(most, (int)Draw(held[most], step, 0), step);
        }

        var rank = Draw(step.ViewLongs(_seen)[label], step, 0);
        return rank < held[label] ? PlaceOf(label, (int)rank, step) : -1;
    }

    /// <summary>The place of the n-th example of a class.</summary>
    private int PlaceOf(int label, int rank, in StepContext step)
    {
        var labels = step.ViewIntegers(_labels);
        var place = -1;
        do
        {
            place++;
            rank -= labels[place] == label ? 1 : 0;
        }
        while (rank >= 0);
        return place;
    }

    /// <summary>A whole number in [0, bound); a bound beyond 2^31 (the events of years) draws in two digits.</summary>
    private long Draw(long bound, in StepContext step, ulong index) => bound <= int.MaxValue
        ? KeyedRandom.Below((int)bound, step.Seed, _keeping, (ulong)step.Sequence, index)
        : (long)(KeyedRandom.Bits(step.Seed, _keeping, (ulong)step.Sequence, index) % (ulong)bound);

    private void Store(int place, in StepContext step)
    {
        var rows = _input.Active(step);
        var values = _input.Values(step);
        var count = rows.Length - (_input.HasBias ? 1 : 0);
        var input = step.Write(_inputs).Slice(place * _stride, _stride);
        input.Clear();
        if (_isDense)
        {
            for (var k = 0; k < count; k++)
            {
                input[rows[k]] += values[k];
            }

            return;
        }

        var features = step.WriteIntegers(_features).Slice(place * _stride, _stride);
        features.Clear();
        rows[..count].CopyTo(features);
        values[..count].CopyTo(input);
        step.WriteIntegers(_sizes)[place] = count;
    }

    /// <summary>Writes a kept example into the input population.</summary>
    private void Show(int place, in StepContext step)
    {
        _input.Begin(step, out var rows, out var values);
        var input = step.View(_inputs).Slice(place * _stride, _stride)[.._width];
        if (!_isDense)
        {
            var size = step.ViewIntegers(_sizes)[place];
            step.ViewIntegers(_features).Slice(place * _stride, size).CopyTo(rows);
            input[..size].CopyTo(values);
            _input.End(step, size);
            return;
        }

        var count = 0;
        for (var feature = 0; feature < input.Length; feature++)
        {
            rows[count] = feature;
            values[count] = input[feature];
            count += input[feature] != 0f ? 1 : 0;
        }

        _input.End(step, count);
    }
}
