using System.Runtime.InteropServices;
using LifelongApi.Contracts.Admin;
using LifelongApi.Contracts.Models;
using LifelongApi.Learning.Compilation;

namespace LifelongApi.Learning.State;

/// <summary>Compares two states of one spec, slot by slot.</summary>
public static class StateDifference
{
    /// <summary>The slots that differ. Where one state has room for more classes or units, what both have is compared row by row.</summary>
    /// <param name="spec">The spec of both.</param>
    /// <param name="from">The first state.</param>
    /// <param name="to">The second state.</param>
    /// <returns>How many slots there are, and those that changed: slots of numbers first, the largest change first.</returns>
    /// <exception cref="InvalidDataException">A state does not fit the spec.</exception>
    public static (int Count, IReadOnlyList<SlotDiff> Changed) Between(ModelSpec spec, ModelImage from, ModelImage to)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(to);
        var (before, after) = (Open(spec, from), Open(spec, to));
        var old = before.Slots.Where(IsLearned).ToDictionary(info => info.Name);
        var changed = new List<SlotDiff>();
        var slots = after.Slots.Where(IsLearned).ToArray();
        foreach (var info in slots)
        {
            if (Compare(old[info.Name], Floats(before, old[info.Name], from), info, Floats(after, info, to)) is { } difference)
            {
                changed.Add(difference);
            }
        }

        return (slots.Length, [.. changed.OrderByDescending(slot => slot.L2 ?? -1d).ThenBy(slot => slot.Slot, StringComparer.Ordinal)]);
    }

    private static bool IsLearned(SlotInfo info) => info.Slot.Region <= Region.Plastic;

    private static Layout Open(ModelSpec spec, ModelImage image) => ModelManifest.Read(image.Manifest.Span).Compile(spec, image.Bytes.Length).Layout;

    private static ReadOnlySpan<float> Floats(Layout layout, SlotInfo info, ModelImage image)
    {
        var start = info.Slot.Offset + (info.Slot.Region == Region.Plastic ? layout.LengthOf(Region.Read) : 0);
        return MemoryMarshal.Cast<byte, float>(image.Bytes.Span)[start..(start + info.Slot.Length)];
    }

    private static SlotDiff? Compare(SlotInfo old, ReadOnlySpan<float> before, SlotInfo info, ReadOnlySpan<float> after)
    {
        var (rows, columns) = (Math.Min(old.Rows, info.Rows), Math.Min(old.Columns, info.Columns));
        var (count, squares, length, most) = (0, 0d, 0d, 0d);
        var areNumbers = true;
        for (var row = 0; row < rows; row++)
        {
            var left = before.Slice(row * old.Stride, columns);
            var right = after.Slice(row * info.Stride, columns);
            for (var i = 0; i < columns; i++)
            {
                areNumbers &= IsNumber(left[i]) && IsNumber(right[i]);
                length += (double)left[i] * left[i];
                if (BitConverter.SingleToInt32Bits(left[i]) != BitConverter.SingleToInt32Bits(right[i]))
                {
                    var difference = (double)right[i] - left[i];
                    count++;
                    squares += difference * difference;
                    most = Math.Max(most, Math.Abs(difference));
                }
            }
        }

        var added = (info.Rows * info.Columns) - (rows * columns) + (old.Rows * old.Columns) - (rows * columns);
        if (count == 0 && added == 0)
        {
            return null;
        }

        return new SlotDiff
        {
            Slot = info.Name,
            Region = info.Slot.Region == Region.Read ? "read" : "plastic",
            Length = rows * columns,
            Changed = count,
            Added = added == 0 ? null : added,
            L2 = areNumbers ? Math.Sqrt(squares) : null,
            Relative = areNumbers && length > 0d ? Math.Sqrt(squares / length) : null,
            MaxAbs = areNumbers ? most : null,
        };
    }

    /// <summary>Whole numbers and bits in a float slot look like numbers that no weight has: subnormal, or not finite.</summary>
    private static bool IsNumber(float value) => value == 0f || float.IsNormal(value);
}
