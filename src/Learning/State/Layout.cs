namespace LifelongApi.Learning.State;

/// <summary>Which slot is where: fixed for a program.</summary>
public sealed class Layout
{
    private readonly int[] _lengths;

    internal Layout(IReadOnlyList<SlotInfo> slots, int[] lengths, Slot[] memos)
    {
        Slots = slots;
        _lengths = lengths;
        Memos = memos;
    }

    /// <summary>Every slot in order of reservation.</summary>
    public IReadOnlyList<SlotInfo> Slots { get; }

    /// <summary>Slots of Scratch that say what else in Scratch still stands: another model, at an event of the same sequence, must not believe them.</summary>
    internal Slot[] Memos { get; }

    /// <summary>Floats of a region.</summary>
    /// <param name="region">The region.</param>
    /// <returns>Its length.</returns>
    public int LengthOf(Region region) => _lengths[(int)region];

    /// <summary>
    /// Copies a learned state into the arenas of a layout with other capacities, slot by slot and row by row (docs/journal.md 8).
    /// What the new layout has beyond the old keeps its initial value.
    /// </summary>
    /// <param name="from">Old layout.</param>
    /// <param name="source">Old arena of a region.</param>
    /// <param name="to">New layout.</param>
    /// <param name="target">New arena of the same region, holding initial values.</param>
    /// <param name="region">Read or Plastic.</param>
    public static void Transfer(Layout from, ReadOnlySpan<float> source, Layout to, Span<float> target, Region region)
    {
        var old = from.Slots.Where(slot => slot.Slot.Region == region).ToDictionary(slot => slot.Name);
        foreach (var info in to.Slots)
        {
            if (info.Slot.Region != region || !old.TryGetValue(info.Name, out var before))
            {
                continue;
            }

            var rows = Math.Min(before.Rows, info.Rows);
            var columns = Math.Min(before.Columns, info.Columns);
            for (var row = 0; row < rows; row++)
            {
                source.Slice(before.Slot.Offset + (row * before.Stride), columns)
                    .CopyTo(target[(info.Slot.Offset + (row * info.Stride))..]);
            }
        }
    }
}
