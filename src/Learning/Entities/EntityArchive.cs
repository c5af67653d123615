namespace LifelongApi.Learning.Entities;

/// <summary>
/// What entities that have no row left behind, as far as it is in memory: everything since the archive was stored last, and what the host brought for events to come. It holds bytes that
/// follow from the events; when they are written to the store and brought back changes nothing. One writer, the fold; readers run beside each other but not beside it.
/// </summary>
public sealed class EntityArchive
{
    private readonly Dictionary<ulong, Entry> _left = [];
    private readonly Dictionary<ulong, ReadOnlyMemory<byte>> _brought = [];
    private readonly EntityRecord _record = new();

    internal EntityArchive(bool isWhole, IReadOnlyList<EntityRow> rows)
    {
        IsWhole = isWhole;
        foreach (var row in rows)
        {
            Keep(row.Entity, row.Sequence, row.Bytes.Span);
        }
    }

    /// <summary>Whether nothing was left behind that is not here.</summary>
    public bool IsWhole { get; private set; }

    /// <summary>Goes up when something that was here is in the store alone from then on.</summary>
    public int Generation { get; private set; }

    /// <summary>Bytes of what is not stored yet.</summary>
    public long ByteCount { get; private set; }

    /// <summary>Whether the store need not be asked for an entity.</summary>
    /// <param name="entity">Its key.</param>
    /// <returns>False where only the store can tell.</returns>
    public bool Knows(ulong entity) => IsWhole || _left.ContainsKey(entity) || _brought.ContainsKey(entity);

    /// <summary>Takes what the store has of an entity that <see cref="Knows"/> does not.</summary>
    /// <param name="entity">Its key.</param>
    /// <param name="record">Its newest row before the events to come; empty: it has none.</param>
    public void Bring(ulong entity, ReadOnlyMemory<byte> record) => _brought[entity] = record;

    /// <summary>Copies out what is not stored yet.</summary>
    /// <returns>Rows of entities that have none in memory, by key.</returns>
    public IReadOnlyList<EntityRow> Unstored() =>
        [.. _left.Where(pair => pair.Value.IsAway).OrderBy(pair => pair.Key).Select(pair => new EntityRow(pair.Key, pair.Value.Sequence, pair.Value.Written.ToArray()))];

    /// <summary>Lets go of what the store has: what was brought and not used, and what was stored with a version.</summary>
    /// <param name="sequence">Position of the version.</param>
    /// <param name="away">Entities that are away now.</param>
    internal void LetGo(long sequence, long away)
    {
        _brought.Clear();
        foreach (var (entity, entry) in _left)
        {
            if (entry.Sequence <= sequence)
            {
                IsWhole = false;
                ByteCount -= entry.Written.Length;
                _left.Remove(entity);
                Generation++;
            }
        }

        // Where nobody is away the store has nothing to tell, whatever it holds of the past.
        IsWhole |= away == 0;
    }

    /// <summary>What an entity left behind; empty where there is nothing.</summary>
    internal ReadOnlySpan<byte> Find(ulong entity)
    {
        if (_left.TryGetValue(entity, out var entry))
        {
            return entry.Written;
        }

        return _brought.TryGetValue(entity, out var record) ? record.Span : default;
    }

    /// <summary>An empty record to fill.</summary>
    internal EntityRecord Begin()
    {
        _record.Begin();
        return _record;
    }

    /// <summary>Keeps a record until it is stored, or its entity comes again.</summary>
    internal void Keep(ulong entity, long sequence, ReadOnlySpan<byte> record)
    {
        _brought.Remove(entity);
        if (!_left.TryGetValue(entity, out var entry))
        {
            _left.Add(entity, entry = new Entry());
        }

        ByteCount += record.Length - entry.Written.Length;
        entry.Take(sequence, record);
    }

    /// <summary>Notes that an entity has its row again.</summary>
    internal void Return(ulong entity)
    {
        _brought.Remove(entity);
        if (_left.TryGetValue(entity, out var entry))
        {
            // The bytes stay, so that leaving again allocates nothing.
            entry.IsAway = false;
        }
    }

    private sealed class Entry
    {
        private byte[] _bytes = [];
        private int _length;

        public long Sequence { get; private set; }

        public bool IsAway { get; set; }

        public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _length);

        public void Take(long sequence, ReadOnlySpan<byte> record)
        {
            if (_bytes.Length < record.Length)
            {
                _bytes = new byte[record.Length];
            }

            record.CopyTo(_bytes);
            (Sequence, _length, IsAway) = (sequence, record.Length, true);
        }
    }
}
