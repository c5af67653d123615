using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using LifelongApi.Learning.Features;
using LifelongApi.Storage.Journal;

namespace LifelongApi.Api.Hosting;

/// <summary>The feature names of an open stream. Ids are given in memory and stored with the first commit after they were given.</summary>
internal sealed class FeatureDictionary : IFeatureNames
{
    /// <summary>Most names of a stream.</summary>
    public const int MaxNames = 1 << 20;

    private readonly Lock _lock = new();
    private readonly ConcurrentDictionary<byte[], int> _ids;
    private readonly ConcurrentDictionary<byte[], int>.AlternateLookup<ReadOnlySpan<byte>> _lookup;
    private string[] _names;
    private ulong[] _hashes;
    private int _count;
    private int _stored;

    /// <summary>Takes what the store holds.</summary>
    /// <param name="stored">Names by id.</param>
    public FeatureDictionary(IReadOnlyList<string> stored)
    {
        _ids = new ConcurrentDictionary<byte[], int>(Utf8Comparer.Instance);
        _lookup = _ids.GetAlternateLookup<ReadOnlySpan<byte>>();
        _names = new string[Math.Max(16, stored.Count)];
        _hashes = new ulong[_names.Length];
        foreach (var name in stored)
        {
            Add(name, Encoding.UTF8.GetBytes(name));
        }

        _stored = stored.Count;
    }

    /// <summary>Hash of every name by id. Valid as long as it is held: it never changes, only a longer one follows.</summary>
    public ReadOnlySpan<ulong> Hashes
    {
        get
        {
            // Count first: an array read after it holds at least that many.
            var count = Volatile.Read(ref _count);
            return Volatile.Read(ref _hashes).AsSpan(0, count);
        }
    }

    /// <inheritdoc/>
    public int GetOrAdd(ReadOnlySpan<byte> utf8)
    {
        if (_lookup.TryGetValue(utf8, out var id))
        {
            return id;
        }

        lock (_lock)
        {
            if (_lookup.TryGetValue(utf8, out id))
            {
                return id;
            }

            return _count >= MaxNames ? -1 : Add(Encoding.UTF8.GetString(utf8), utf8.ToArray());
        }
    }

    /// <inheritdoc/>
    public int Find(ReadOnlySpan<byte> utf8) => _lookup.TryGetValue(utf8, out var id) ? id : -1;

    /// <inheritdoc/>
    public string Name(int id) => id >= 0 && id < Volatile.Read(ref _count)
        ? Volatile.Read(ref _names)[id]
        : throw new ArgumentOutOfRangeException(nameof(id), id, "The stream has no such feature name.");

    /// <summary>Names that are not stored yet. Everything that a payload in the queue can refer to is among them or stored.</summary>
    public IReadOnlyList<FeatureNameRow> TakeUnstored()
    {
        var count = Volatile.Read(ref _count);
        if (count == _stored)
        {
            return [];
        }

        var rows = new FeatureNameRow[count - _stored];
        for (var i = 0; i < rows.Length; i++)
        {
            rows[i] = new FeatureNameRow(_stored + i, Name(_stored + i));
        }

        return rows;
    }

    /// <summary>Notes that these rows were committed.</summary>
    public void MarkStored(IReadOnlyList<FeatureNameRow> rows)
    {
        if (rows.Count > 0)
        {
            _stored = Math.Max(_stored, rows[^1].Id + 1);
        }
    }

    private int Add(string name, byte[] utf8)
    {
        var id = _count;
        if (id == _names.Length)
        {
            var names = _names;
            var hashes = _hashes;
            Array.Resize(ref names, id * 2);
            Array.Resize(ref hashes, id * 2);
            Volatile.Write(ref _names, names);
            Volatile.Write(ref _hashes, hashes);
        }

        _names[id] = name;
        _hashes[id] = FeatureHash.OfName(name);
        Volatile.Write(ref _count, id + 1);
        _ids[utf8] = id;
        return id;
    }

    private sealed class Utf8Comparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public static readonly Utf8Comparer Instance = new();

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode([DisallowNull] byte[] obj) => GetHashCode(obj.AsSpan());

        public int GetHashCode(ReadOnlySpan<byte> alternate)
        {
            // Randomised per process: names come from callers.
            var hash = default(HashCode);
            hash.AddBytes(alternate);
            return hash.ToHashCode();
        }

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
    }
}
