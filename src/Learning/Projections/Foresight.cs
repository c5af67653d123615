using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using LifelongApi.Learning.Features;
using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Projections;

/// <summary>
/// What a projection from the input transmits for events that come next, computed for all of them in one pass over its weights. It is a memo and no part of the state: an event takes what was
/// computed for exactly its activities by the weights as they are, which is what it would have computed itself, bit for bit; any other computes its own.
/// </summary>
/// <remarks>Reserves: activities [capacity, pre], drives [capacity, post] and three int32 counts in Scratch, where they last until the weights change.</remarks>
internal sealed class Foresight
{
    private const int Next = 0;
    private const int Filled = 1;
    private const int Declined = 2;
    private readonly Projection _projection;
    private readonly OuterBuffer _buffer;
    private readonly int _stride;
    private readonly Slot _activities;
    private readonly Slot _drives;
    private readonly Slot _counts;

    /// <summary>Reserves the slots.</summary>
    /// <param name="layout">Layout of the program.</param>
    /// <param name="projection">The projection; its presynaptic population has a dense activity and its postsynaptic one no gate.</param>
    /// <param name="buffer">What waits: the weights stay as they are while it has room.</param>
    public Foresight(LayoutBuilder layout, Projection projection, OuterBuffer buffer)
    {
        (_projection, _buffer) = (projection, buffer);
        _stride = LayoutBuilder.Padded(projection.Pre.Count);
        _activities = layout.Matrix(Region.Scratch, $"{projection.Name}.foreseenActivities", buffer.Capacity, projection.Pre.Count);
        _drives = layout.Matrix(Region.Scratch, $"{projection.Name}.foreseenDrives", buffer.Capacity, projection.ColumnCount);
        _counts = layout.Memo($"{projection.Name}.foreseen", 3);
    }

    /// <summary>Whether it pays to look ahead now: all that was foreseen has come, and since the weights changed no input was mostly silent.</summary>
    /// <param name="step">A learning step.</param>
    /// <returns>True where it does.</returns>
    public bool Pays(in StepContext step)
    {
        var counts = step.ViewIntegers(_counts);
        return counts[Next] == counts[Filled] && counts[Declined] == 0;
    }

    /// <summary>Forgets all: the weights have changed.</summary>
    /// <param name="step">A learning step.</param>
    public void Forget(in StepContext step) => step.WriteIntegers(_counts).Clear();

    /// <summary>
    /// Adds an event; without meaning for the rest until <see cref="Look"/>. An input that is mostly silent is none to look ahead for: by itself it reads fewer weights.
    /// </summary>
    /// <param name="encoder">Who reads payloads.</param>
    /// <param name="payload">The event.</param>
    /// <param name="step">A learning step.</param>
    /// <returns>Whether there was room and the payload was understood.</returns>
    public bool Add(IFeatureEncoder encoder, in PayloadReader payload, in StepContext step)
    {
        var counts = step.WriteIntegers(_counts);
        if (counts[Declined] != 0 || counts[Filled] >= _buffer.Room(step))
        {
            return false;
        }

        var activity = step.Write(_activities).Slice(counts[Filled] * _stride, _stride);
        if (!encoder.TryRead(payload, activity[.._projection.Pre.Units]))
        {
            return false;
        }

        if (2 * Settle(activity[..LayoutBuilder.Padded(_projection.Pre.Units)]) < _projection.Pre.Units)
        {
            counts[Declined] = 1;
            counts[Filled] = 0;
            return false;
        }

        if (_projection.Pre.HasBias)
        {
            activity[_projection.Pre.Units] = 1f;
        }

        counts[Filled]++;
        return true;
    }

    /// <summary>Computes the drives of all that was added.</summary>
    /// <param name="step">A learning step.</param>
    public void Look(in StepContext step)
    {
        var count = step.ViewIntegers(_counts)[Filled];
        var drives = step.Write(_drives)[..(count * _projection.Stride)];
        drives.Clear();
        BlockKernels.Multiply(step.View(_activities), count, _projection.RowCount, _stride, step.View(_projection.Weights), _projection.Stride, drives);
    }

    /// <summary>The drive of the presynaptic activity at hand, where it was foreseen. Silent units add 0 to it, so only the sign of a zero may differ from what their absence gives.</summary>
    /// <param name="step">A learning step.</param>
    /// <param name="drive">Shape [stride of the projection].</param>
    /// <returns>False where it was not.</returns>
    public bool TryTransmit(in StepContext step, Span<float> drive)
    {
        var counts = step.WriteIntegers(_counts);
        var activity = step.View(_projection.Pre.Activity);
        if (counts[Next] == counts[Filled] || !IsInOrder(_projection.Pre.Active(step)))
        {
            return false;
        }

        for (var place = counts[Next]; place < counts[Filled]; place++)
        {
            if (IsSame(activity, step.View(_activities).Slice(place * _stride, _stride)))
            {
                step.View(_drives).Slice(place * _projection.Stride, _projection.Stride).CopyTo(drive);
                counts[Next] = place + 1;
                return true;
            }
        }

        return false;
    }

    /// <summary>Silent features become 0 where they are −0, as a population has them.</summary>
    /// <returns>How many are not silent.</returns>
    private static int Settle(Span<float> features)
    {
        var active = 0;
        ref var start = ref MemoryMarshal.GetReference(features);
        for (nuint i = 0; i < (nuint)features.Length; i += LayoutBuilder.Line)
        {
            var line = Vector512.LoadUnsafe(ref start, i);
            (line + Vector512<float>.Zero).StoreUnsafe(ref start, i);
            active += LayoutBuilder.Line - BitOperations.PopCount(Vector512.Equals(line, Vector512<float>.Zero).ExtractMostSignificantBits());
        }

        return active;
    }

    /// <summary>Whether active units are listed once and by number, as the product takes them: a sparse payload may list them in any order.</summary>
    private static bool IsInOrder(ReadOnlySpan<int> rows)
    {
        var k = 0;
        ref var start = ref MemoryMarshal.GetReference(rows);
        for (; k + LayoutBuilder.Line < rows.Length; k += LayoutBuilder.Line)
        {
            if (Vector512.GreaterThanOrEqualAny(Vector512.LoadUnsafe(ref start, (nuint)k), Vector512.LoadUnsafe(ref start, (nuint)k + 1)))
            {
                return false;
            }
        }

        for (; k + 1 < rows.Length; k++)
        {
            if (rows[k] >= rows[k + 1])
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether two vectors of whole lines have the same bits.</summary>
    private static bool IsSame(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        ref var first = ref MemoryMarshal.GetReference(MemoryMarshal.Cast<float, uint>(a));
        ref var second = ref MemoryMarshal.GetReference(MemoryMarshal.Cast<float, uint>(b));
        for (nuint i = 0; i < (nuint)a.Length; i += LayoutBuilder.Line)
        {
            if (Vector512.LoadUnsafe(ref first, i) != Vector512.LoadUnsafe(ref second, i))
            {
                return false;
            }
        }

        return true;
    }
}
