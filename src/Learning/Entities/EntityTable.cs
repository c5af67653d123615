using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Entities;

/// <summary>
/// Rows of a bounded number of entities. A new entity takes a free row, or that of the entity whose last event lies longest back, so that who is here follows from the
/// sequence of events alone. What is kept per entity is reserved here as a column of rows, so that all of it is cleared, and leaves and returns, together.
/// Where entities are kept, one that loses its row leaves a record in the step's archive; it is a guest of the events and predicts that name it, until one of them is learned and gives it a row again.
/// </summary>
/// <remarks>
/// Reserves: key [capacity], first of each bucket [power of two ≥ capacity] and next in bucket [capacity] in Read; rows in use, newest, oldest, and the neighbours of each
/// row in the order of last events [capacity, 2] in Plastic. Row numbers are kept plus one: 0 is nobody. Where entities are kept: how many are away and the sum of the checksums of what
/// they left in Plastic, so that the hash of the state covers the archive; the key of the guest and one row for it in Scratch.
/// </remarks>
public sealed class EntityTable
{
    private const int Used = 0;
    private const int Newest = 1;
    private const int Oldest = 2;
    private const int Older = 0;
    private const int Newer = 1;
    private readonly LayoutBuilder _layout;
    private readonly int _mask;
    private readonly Slot _keys;
    private readonly Slot _buckets;
    private readonly Slot _next;
    private readonly Slot _ends;
    private readonly Slot _neighbours;
    private readonly Slot _away;
    private readonly Slot _guest;
    private readonly bool _isKept;
    private readonly List<EntityColumn> _columns = [];

    /// <summary>Reserves the table.</summary>
    /// <param name="layout">Layout of the program.</param>
    /// <param name="capacity">Most entities, 1 or more.</param>
    /// <param name="isKept">Whether an entity without a row leaves something behind; otherwise it is forgotten.</param>
    public EntityTable(LayoutBuilder layout, int capacity, bool isKept = false)
    {
        _layout = layout;
        _isKept = isKept;
        Capacity = capacity;
        _mask = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)capacity) - 1;
        _keys = layout.Vector(Region.Read, "entities.keys", capacity * 2);
        _buckets = layout.Vector(Region.Read, "entities.buckets", _mask + 1);
        _next = layout.Vector(Region.Read, "entities.next", capacity);
        _ends = layout.Vector(Region.Plastic, "entities.ends", 3);
        _neighbours = layout.Vector(Region.Plastic, "entities.neighbours", capacity * 2);
        _away = isKept ? layout.Vector(Region.Plastic, "entities.away", 4) : default;
        _guest = isKept ? layout.Vector(Region.Scratch, "entities.guest", 2) : default;
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
        var guest = _isKept ? _layout.Vector(Region.Scratch, $"guest.{_columns.Count}.column", length) : default;
        var column = new EntityColumn(_layout.Matrix(region, name, Capacity, length), LayoutBuilder.Padded(length), length, guest);
        _columns.Add(column);
        return column;
    }

    /// <summary>Entities that have a row.</summary>
    /// <param name="step">A learning step.</param>
    /// <returns>0 … <see cref="Capacity"/>.</returns>
    public int Count(in StepContext step) => step.ViewIntegers(_ends)[Used];

    /// <summary>The row of the step's entity.</summary>
    /// <param name="step">The step.</param>
    /// <returns>Its row, <see cref="EntityColumn.GuestRow"/> for a guest, or −1 where it has neither.</returns>
    public int Row(in StepContext step)
    {
        var row = Find(step.Moment.Entity, step);
        return row < 0 && _isKept && (ulong)step.ViewLongs(_guest)[0] == step.Moment.Entity ? EntityColumn.GuestRow : row;
    }

    /// <summary>Whether only the archive can say what an entity is.</summary>
    /// <param name="entity">Its key.</param>
    /// <param name="step">A learning step.</param>
    /// <returns>True where it has no row and any entity is away.</returns>
    public bool IsAway(ulong entity, in StepContext step) => CountAway(step) > 0 && Find(entity, step) < 0;

    /// <summary>Entities that have left something behind and have no row.</summary>
    /// <param name="step">A learning step.</param>
    /// <returns>Their number.</returns>
    public long CountAway(in StepContext step) => _isKept ? step.ViewLongs(_away)[0] : 0;

    /// <summary>Throws where the links between rows are none that events can have made: a state from elsewhere could otherwise lead a step in a circle or beyond the table.</summary>
    /// <param name="step">A learning step.</param>
    /// <exception cref="InvalidDataException">A row is in no bucket, in two or in the wrong one, or the order of last events is not one of all rows in use.</exception>
    public void Check(in StepContext step)
    {
        var ends = step.ViewIntegers(_ends);
        var used = ends[Used];
        if (used < 0 || used > Capacity || !AreFound(used, step) || !AreInOrder(used, ends, step.ViewIntegers(_neighbours)) || CountAway(step) < 0)
        {
            throw new InvalidDataException("The table of entities in the state is not one that events can have made.");
        }
    }

    /// <summary>Rows of entities that are away, of the newest rows of all that ever left.</summary>
    /// <param name="rows">At most one row of each entity.</param>
    /// <param name="step">A learning step.</param>
    /// <returns>Those of entities without a row in memory.</returns>
    /// <exception cref="InvalidDataException">They are not what the state says was left behind.</exception>
    public IReadOnlyList<EntityRow> Away(IEnumerable<EntityRow> rows, in StepContext step)
    {
        var away = new List<EntityRow>();
        var sum = 0L;
        foreach (var row in rows)
        {
            if (Find(row.Entity, step) >= 0)
            {
                continue;
            }

            try
            {
                EntityRecord.Open(row.Entity, row.Bytes.Span, _columns.Count);
            }
            catch (InvalidOperationException mistake)
            {
                throw new InvalidDataException(mistake.Message, mistake);
            }

            away.Add(row);
            sum = unchecked(sum + EntityRecord.Checksum(row.Bytes.Span));
        }

        return away.Count == CountAway(step) && (away.Count == 0 || sum == step.ViewLongs(_away)[1])
            ? away
            : throw new InvalidDataException($"The state says that {CountAway(step)} entities left something behind, and what is there of {away.Count} is not that.");
    }

    /// <summary>Begins a step: its entity is a guest where it has no row and left something behind. Writes scratch only.</summary>
    /// <param name="step">The step.</param>
    /// <param name="record">What the entity left, where the caller knows; otherwise the archive is asked.</param>
    public void Meet(in StepContext step, ReadOnlySpan<byte> record = default)
    {
        if (!_isKept)
        {
            return;
        }

        ref var guest = ref step.WriteLongs(_guest)[0];
        guest = 0;
        var entity = step.Moment.Entity;
        if (Find(entity, step) >= 0)
        {
            return;
        }

        var kept = step.Archive is { } archive ? archive.Find(entity) : default;
        kept = kept.IsEmpty ? record : kept;
        if (!kept.IsEmpty)
        {
            var rest = EntityRecord.Open(entity, kept, _columns.Count);
            foreach (var column in _columns)
            {
                rest = EntityRecord.Read(rest, step.Write(column.Of(EntityColumn.GuestRow)));
            }

            guest = (long)entity;
        }
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
            var isGuest = Row(step) == EntityColumn.GuestRow;
            row = Take(step);
            foreach (var column in _columns)
            {
                if (isGuest)
                {
                    step.View(column.Of(EntityColumn.GuestRow)).CopyTo(step.Write(column.Of(row)));
                }
                else
                {
                    step.Write(column.Of(row)).Clear();
                }
            }

            Enter(key, row, step);
            if (isGuest)
            {
                Tally(step, -1, EntityRecord.Checksum(step.Archive!.Find(key)));
                step.Archive.Return(key);
            }
        }
        else
        {
            Unlink(row, step);
        }

        Link(row, step);
        return row;
    }

    private bool AreFound(int used, in StepContext step)
    {
        var keys = step.ViewLongs(_keys);
        var next = step.ViewIntegers(_next);
        var buckets = step.ViewIntegers(_buckets);
        var found = new HashSet<ulong>();
        for (var bucket = 0; bucket <= _mask; bucket++)
        {
            // Every row adds a key, so a circle ends at the first that comes again.
            for (var row = buckets[bucket]; row != 0; row = next[row - 1])
            {
                if (row < 0 || row > used || (int)((ulong)keys[row - 1] & (ulong)_mask) != bucket || !found.Add((ulong)keys[row - 1]))
                {
                    return false;
                }
            }
        }

        return found.Count == used;
    }

    private static bool AreInOrder(int used, ReadOnlySpan<int> ends, ReadOnlySpan<int> neighbours)
    {
        var (older, row) = (0, ends[Oldest]);
        for (var count = 0; count < used; count++)
        {
            if (row < 1 || row > used || neighbours[((row - 1) * 2) + Older] != older)
            {
                return false;
            }

            (older, row) = (row, neighbours[((row - 1) * 2) + Newer]);
        }

        return row == 0 && ends[Newest] == older;
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
        SendAway(row, step);
        Unlink(row, step);
        Leave(row, step);
        return row;
    }

    private void SendAway(int row, in StepContext step)
    {
        if (step.Archive is not { } archive || !_isKept)
        {
            return;
        }

        var entity = (ulong)step.ViewLongs(_keys)[row];
        var record = archive.Begin();
        foreach (var column in _columns)
        {
            record.Add(step.View(column.Of(row)));
        }

        Tally(step, 1, record.End(entity));
        archive.Keep(entity, step.Sequence, record.Written);
    }

    private void Tally(in StepContext step, int change, long checksum)
    {
        var away = step.WriteLongs(_away);
        away[0] += change;
        unchecked
        {
            away[1] += change * checksum;
        }
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
