using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Entities;

/// <summary>
/// Rows of a bounded number of entities. A new entity takes a free row, or that of the entity whose last event lies longest back, so that who is here follows from the
/// sequence of events alone. What is kept per entity is reserved here as a column of rows, so that all of it is cleared, and leaves and returns, together.
/// </summary>
/// <remarks>
/// Reserves: key [capacity], first of each bucket [power of two ≥ capacity] and next in bucket [capacity] in Read; rows in use, newest, oldest, and the neighbours of each
/// row in the order of last events [capacity, 2] in Plastic; the key of who left in this step and of who is a guest, and one row for either, in Scratch.
/// Row numbers are kept plus one: 0 is nobody.
/// </remarks>
public sealed class EntityTable
{
    private const int Used = 0;
    private const int Newest = 1;
    private const int Oldest = 2;
    private const int Left = 3;
    private const int Older = 0;
    private const int Newer = 1;
    private readonly LayoutBuilder _layout;
    private readonly int _mask;
    private readonly Slot _keys;
    private readonly Slot _buckets;
    private readonly Slot _next;
    private readonly Slot _ends;
    private readonly Slot _neighbours;
    private readonly Slot _visitors;
    private readonly List<EntityColumn> _columns = [];

    /// <summary>Reserves the table.</summary>
    /// <param name="layout">Layout of the program.</param>
    /// <param name="capacity">Most entities, 1 or more.</param>
    public EntityTable(LayoutBuilder layout, int capacity)
    {
        _layout = layout;
        Capacity = capacity;
        _mask = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)capacity) - 1;
        _keys = layout.Vector(Region.Read, "entities.keys", capacity * 2);
        _buckets = layout.Vector(Region.Read, "entities.buckets", _mask + 1);
        _next = layout.Vector(Region.Read, "entities.next", capacity);
        _ends = layout.Vector(Region.Plastic, "entities.ends", 4);
        _visitors = layout.Vector(Region.Scratch, "entities.visitors", 4);
        _neighbours = layout.Vector(Region.Plastic, "entities.neighbours", capacity * 2);
    }

    /// <summary>Most entities.</summary>
    public int Capacity { get; }

    /// <summary>Reserves something that every entity has.</summary>
    /// <param name="region">Read or Plastic.</param>
    /// <param name="name">Unique name.</param>
    /// <param name="length">Floats per entity.</param>
    /// <returns>Where each row's part is.</returns>
    public EntityColumn Column(Region region, string name, int length)
    {
        var guest = _layout.Vector(Region.Scratch, $"{name}Guest", length);
        var column = new EntityColumn(_layout.Matrix(region, name, Capacity, length), LayoutBuilder.Padded(length), length, guest);
        _columns.Add(column);
        return column;
    }

    /// <summary>Entities that have a row.</summary>
    /// <param name="step">A learning step.</param>
    /// <returns>0 … <see cref="Capacity"/>.</returns>
    public int Count(in StepContext step) => step.ViewIntegers(_ends)[Used];

    /// <summary>Whether any entity ever lost its row.</summary>
    /// <param name="step">A learning step.</param>
    /// <returns>True from the first one on.</returns>
    public bool HasLost(in StepContext step) => step.ViewIntegers(_ends)[Left] != 0;

    /// <summary>Whether an entity has a row.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="step">The step.</param>
    /// <returns>True where it has.</returns>
    public bool Has(ulong key, in StepContext step) => Find(key, step) >= 0;

    /// <summary>The row of the step's entity.</summary>
    /// <param name="step">The step.</param>
    /// <returns>Its row, <see cref="EntityColumn.GuestRow"/> for a guest, or −1 where it has none.</returns>
    public int Row(in StepContext step)
    {
        var row = Find(step.Moment.Entity, step);
        return row < 0 && !step.IsLearning && (ulong)step.ViewLongs(_visitors)[1] == step.Moment.Entity ? EntityColumn.GuestRow : row;
    }

    /// <summary>Begins an event: nobody has left in it.</summary>
    /// <param name="step">A learning step.</param>
    public void Begin(in StepContext step) => step.WriteLongs(_visitors).Clear();

    /// <summary>Gives the step's entity a row with what it left with.</summary>
    /// <param name="bytes">What <see cref="Leaver"/> wrote.</param>
    /// <param name="step">A learning step whose entity has no row.</param>
    /// <exception cref="InvalidDataException">The bytes are something else; nothing changed.</exception>
    public void Return(ReadOnlySpan<byte> bytes, in StepContext step)
    {
        var rest = EntityRecord.Open(bytes, _columns.Count);
        var row = Claim(step);
        foreach (var column in _columns)
        {
            rest = EntityRecord.Read(rest, step.Write(column.Of(row)));
        }
    }

    /// <summary>Lets a predict see an entity that has no row.</summary>
    /// <param name="bytes">What it left with; empty: there is no guest.</param>
    /// <param name="step">A predicting step.</param>
    public void Invite(ReadOnlySpan<byte> bytes, in StepContext step)
    {
        step.WriteLongs(_visitors)[1] = bytes.IsEmpty ? 0 : (long)step.Moment.Entity;
        if (bytes.IsEmpty)
        {
            return;
        }

        var rest = EntityRecord.Open(bytes, _columns.Count);
        foreach (var column in _columns)
        {
            rest = EntityRecord.Read(rest, step.Write(column.Guest)[..column.Length]);
        }
    }

    /// <summary>Who lost a row in this step.</summary>
    /// <param name="record">Overwritten with what it left with.</param>
    /// <param name="step">A learning step.</param>
    /// <returns>Its key, or 0 where nobody did.</returns>
    public ulong Leaver(EntityRecord record, in StepContext step)
    {
        var key = (ulong)step.ViewLongs(_visitors)[0];
        if (key == 0)
        {
            return 0;
        }

        record.Begin();
        foreach (var column in _columns)
        {
            record.Add(step.View(column.Guest)[..column.Length]);
        }

        return key;
    }

    /// <summary>Gives the step's entity a row where it has none, and makes it the one seen last.</summary>
    /// <param name="step">A learning step.</param>
    /// <returns>Its row.</returns>
    public int Claim(in StepContext step)
    {
        var key = step.Moment.Entity;
        var row = Find(key, step);
        if (row < 0)
        {
            row = Take(step);
            foreach (var column in _columns)
            {
                step.Write(column.Of(row)).Clear();
            }

            Enter(key, row, step);
        }
        else
        {
            Unlink(row, step);
        }

        Link(row, step);
        return row;
    }

    private int Find(ulong key, in StepContext step)
    {
        var keys = step.ViewLongs(_keys);
        var next = step.ViewIntegers(_next);
        for (var row = step.ViewIntegers(_buckets)[(int)(key & (ulong)_mask)]; row != 0; row = next[row - 1])
        {
            if ((ulong)keys[row - 1] == key)
            {
                return row - 1;
            }
        }

        return -1;
    }

    /// <summary>A free row, or that of the entity seen longest ago, which has none from then on.</summary>
    private int Take(in StepContext step)
    {
        var ends = step.WriteIntegers(_ends);
        if (ends[Used] < Capacity)
        {
            return ends[Used]++;
        }

        var row = ends[Oldest] - 1;
        ends[Left] = 1;
        step.WriteLongs(_visitors)[0] = step.ViewLongs(_keys)[row];
        foreach (var column in _columns)
        {
            step.View(column.Of(row)).CopyTo(step.Write(column.Guest));
        }

        Unlink(row, step);
        Leave(row, step);
        return row;
    }

    private void Enter(ulong key, int row, in StepContext step)
    {
        step.WriteLongs(_keys)[row] = (long)key;
        ref var first = ref step.WriteIntegers(_buckets)[(int)(key & (ulong)_mask)];
        step.WriteIntegers(_next)[row] = first;
        first = row + 1;
    }

    private void Leave(int row, in StepContext step)
    {
        var next = step.WriteIntegers(_next);
        ref var place = ref step.WriteIntegers(_buckets)[(int)((ulong)step.ViewLongs(_keys)[row] & (ulong)_mask)];
        while (place != row + 1)
        {
            place = ref next[place - 1];
        }

        place = next[row];
        next[row] = 0;
    }

    private void Link(int row, in StepContext step)
    {
        var ends = step.WriteIntegers(_ends);
        var neighbours = step.WriteIntegers(_neighbours);
        neighbours[(row * 2) + Older] = ends[Newest];
        neighbours[(row * 2) + Newer] = 0;
        if (ends[Newest] == 0)
        {
            ends[Oldest] = row + 1;
        }
        else
        {
            neighbours[((ends[Newest] - 1) * 2) + Newer] = row + 1;
        }

        ends[Newest] = row + 1;
    }

    private void Unlink(int row, in StepContext step)
    {
        var ends = step.WriteIntegers(_ends);
        var neighbours = step.WriteIntegers(_neighbours);
        var (older, newer) = (neighbours[(row * 2) + Older], neighbours[(row * 2) + Newer]);
        (older == 0 ? ref ends[Oldest] : ref neighbours[((older - 1) * 2) + Newer]) = newer;
        (newer == 0 ? ref ends[Newest] : ref neighbours[((newer - 1) * 2) + Older]) = older;
    }
}
