using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.State;
using LifelongApi.Learning.Transforms;

namespace LifelongApi.Learning.Projections;

/// <summary>Outer products x δᵀ that wait, as their vectors: how many there are is part of the learned state, so only events decide when they are applied.</summary>
/// <remarks>Reserves: activities [capacity, pre], credits [capacity, post] and an int64 count; row numbers [pre] in Scratch.</remarks>
internal sealed class OuterBuffer : IRenewSynapses
{
    private readonly Projection _projection;
    private readonly Slot _activities;
    private readonly Slot _credits;
    private readonly Slot _count;
    private readonly Slot _changing;

    /// <summary>Reserves the slots.</summary>
    /// <param name="layout">Layout of the program.</param>
    /// <param name="region">Read where a predict looks at what waits, else Plastic.</param>
    /// <param name="owner">Prefix of slot names, unique in the program.</param>
    /// <param name="projection">The projection; its presynaptic population has a dense activity.</param>
    /// <param name="capacity">Most that wait.</param>
    public OuterBuffer(LayoutBuilder layout, Region region, string owner, Projection projection, int capacity)
    {
        (_projection, Capacity) = (projection, capacity);
        Stride = LayoutBuilder.Padded(projection.Pre.Count);
        _activities = layout.Matrix(region, $"{owner}Activities", capacity, projection.Pre.Count);
        _credits = layout.Matrix(region, $"{owner}Credits", capacity, projection.ColumnCount);
        _count = layout.Vector(region, $"{owner}Count", 2);
        _changing = layout.Vector(Region.Scratch, $"{projection.Name}.changingRows", projection.Pre.Count);
    }

    /// <summary>Most that wait.</summary>
    public int Capacity { get; }

    /// <summary>Floats from activity to activity.</summary>
    public int Stride { get; }

    /// <summary>How many more fit.</summary>
    /// <param name="step">The step.</param>
    /// <returns>The number.</returns>
    public int Room(in StepContext step) => Capacity - Count(step);

    /// <summary>How many wait.</summary>
    /// <param name="step">The step.</param>
    /// <returns>The number.</returns>
    public int Count(in StepContext step) => (int)step.ViewLongs(_count)[0];

    /// <summary>The presynaptic activities of what waits.</summary>
    /// <param name="step">The step.</param>
    /// <returns>Shape [capacity, <see cref="Stride"/>].</returns>
    public ReadOnlySpan<float> Activities(scoped in StepContext step) => step.View(_activities);

    /// <summary>The postsynaptic credits of what waits, each with its factor.</summary>
    /// <param name="step">The step.</param>
    /// <returns>Shape [capacity, stride of the projection].</returns>
    public ReadOnlySpan<float> Credits(scoped in StepContext step) => step.View(_credits);

    /// <summary>Takes the event at hand in.</summary>
    /// <param name="factor">What its credit is multiplied by.</param>
    /// <param name="step">A learning step.</param>
    /// <returns>Its credit with the factor, shape [stride of the projection].</returns>
    public ReadOnlySpan<float> Add(float factor, scoped in StepContext step)
    {
        var at = Count(step);
        var columns = _projection.Stride;
        var credit = step.Write(_credits).Slice(at * columns, columns);
        step.View(_projection.Pre.Activity).CopyTo(step.Write(_activities).Slice(at * Stride, Stride));
        RowKernels.Scale(step.View(_projection.Post.Credit)[..columns], factor, credit);
        step.WriteLongs(_count)[0] = at + 1;
        return credit;
    }

    /// <summary>The presynaptic units that were active in any event of a full buffer, in order.</summary>
    /// <param name="step">A learning step.</param>
    /// <returns>Shape [active units]; it holds until the next call.</returns>
    public ReadOnlySpan<int> Active(scoped in StepContext step)
    {
        var units = step.WriteIntegers(_changing);
        var activities = Activities(step);
        var count = 0;
        for (var line = 0; line < Stride; line += LayoutBuilder.Line)
        {
            for (var active = ActiveIn(line, activities); active != 0; active &= active - 1)
            {
                units[count++] = line + BitOperations.TrailingZeroCount(active);
            }
        }

        return units[..count];
    }

    /// <summary>Which units of a line were active in any event, a bit each.</summary>
    private uint ActiveIn(int line, ReadOnlySpan<float> activities)
    {
        var all = (uint)Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(_projection.Pre.Count - line)).ExtractMostSignificantBits();
        var active = 0u;
        for (var at = line; at < activities.Length && active != all; at += Stride)
        {
            active |= all & ~(uint)Vector512.Equals(Vector512.LoadUnsafe(ref MemoryMarshal.GetReference(activities), (nuint)at), Vector512<float>.Zero).ExtractMostSignificantBits();
        }

        return active;
    }

    /// <summary>Nothing waits any more.</summary>
    /// <param name="step">A learning step.</param>
    public void Clear(in StepContext step) => step.WriteLongs(_count)[0] = 0;

    /// <summary>A unit that begins anew takes nothing of what waits.</summary>
    /// <param name="range">Its synapses.</param>
    /// <param name="step">A learning step.</param>
    public void Renew(in SynapseRange range, in StepContext step)
    {
        var cells = step.Write(range.IsColumn ? _credits : _activities);
        var stride = range.IsColumn ? _projection.Stride : Stride;
        for (var k = 0; k < Capacity; k++)
        {
            cells[(k * stride) + range.Unit] = 0f;
        }
    }
}
