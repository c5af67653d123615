namespace LifelongApi.Learning.State;

/// <summary>Hands out slots while a spec is compiled. Every slot and every matrix row begins on a 64-byte line; padding is and stays zero.</summary>
public sealed class LayoutBuilder
{
    /// <summary>Floats per 64-byte line.</summary>
    public const int Line = 16;

    private readonly int[] _lengths = new int[4];
    private readonly List<SlotInfo> _slots = [];
    private readonly List<Slot> _memos = [];
    private readonly HashSet<string> _names = [];

    /// <summary>Rounds up to whole lines.</summary>
    /// <param name="count">Floats.</param>
    /// <returns>The multiple of 16 at or above.</returns>
    public static int Padded(int count) => checked(count + Line - 1) / Line * Line;

    /// <summary>Reserves a vector.</summary>
    /// <param name="region">Arena.</param>
    /// <param name="name">Unique name, <c>owner.part</c>.</param>
    /// <param name="length">Floats in use; the slot is padded to whole lines.</param>
    /// <returns>The slot, padding included.</returns>
    public Slot Vector(Region region, string name, int length) => Matrix(region, name, 1, length);

    /// <summary>Reserves a vector of Scratch that says what else in Scratch still stands, by event; 0 says nothing.</summary>
    /// <param name="name">Unique name, <c>owner.part</c>.</param>
    /// <param name="length">Floats in use; the slot is padded to whole lines.</param>
    /// <returns>The slot, padding included.</returns>
    public Slot Memo(string name, int length)
    {
        var slot = Vector(Region.Scratch, name, length);
        _memos.Add(slot);
        return slot;
    }

    /// <summary>Reserves a matrix with rows padded to whole lines.</summary>
    /// <param name="region">Arena.</param>
    /// <param name="name">Unique name, <c>owner.part</c>.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns in use per row.</param>
    /// <returns>The slot: rows × padded columns.</returns>
    public Slot Matrix(Region region, string name, int rows, int columns)
    {
        if (!_names.Add(name))
        {
            throw new InvalidOperationException($"Slot '{name}' is reserved twice.");
        }

        var stride = Padded(columns);
        var slot = new Slot(region, _lengths[(int)region], checked(rows * stride));
        _lengths[(int)region] = checked(slot.Offset + slot.Length);
        _slots.Add(new SlotInfo(name, slot, rows, columns, stride));
        return slot;
    }

    /// <summary>Reserves a copy of every slot that a region has so far, in the same order, so that a copy lies at the same distance from the first as its original.</summary>
    /// <param name="from">Region to copy; nothing may be reserved in it afterwards, or the copy lacks it.</param>
    /// <param name="to">Region of the copies.</param>
    /// <param name="prefix">Copies are named <c>prefix.name</c>, so that growth carries them over slot by slot.</param>
    /// <returns>All that the region has so far, and its copy.</returns>
    public (Slot Original, Slot Copy) Mirror(Region from, Region to, string prefix)
    {
        var (start, length) = (_lengths[(int)to], _lengths[(int)from]);
        foreach (var info in _slots.Where(info => info.Slot.Region == from).ToArray())
        {
            Matrix(to, $"{prefix}.{info.Name}", info.Rows, info.Columns);
        }

        return (new Slot(from, 0, length), new Slot(to, start, length));
    }

    /// <summary>Ends the layout.</summary>
    /// <returns>What was reserved.</returns>
    public Layout Build() => new(_slots, _lengths, [.. _memos]);
}
