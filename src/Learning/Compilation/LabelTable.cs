using System.Runtime.InteropServices;
using System.Text;
using LifelongApi.Learning.Features;

namespace LifelongApi.Learning.Compilation;

/// <summary>Class names with stable ids in order of appearance. Names are only added, so an id never changes its meaning.</summary>
internal sealed class LabelTable
{
    /// <summary>Bytes of the longest name.</summary>
    public const int LargestName = 1024;

    /// <summary>Classes up to which short names are compared with all others at once; beyond, a hash is quicker.</summary>
    private const int MostCompared = 64;

    private readonly List<string> _names = [];
    private readonly List<ulong> _short = [];
    private readonly Dictionary<string, int> _ids = [];
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private readonly Dictionary<ulong, (byte[] Utf8, int Id)> _byHash = [];

    public LabelTable() => _lookup = _ids.GetAlternateLookup<ReadOnlySpan<char>>();

    public IReadOnlyList<string> Names => _names;

    public int Count => _names.Count;

    /// <summary>The id of a name, or −1. Allocates nothing.</summary>
    public int Find(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length is > 0 and < sizeof(ulong) && _short.Count <= MostCompared && CollectionsMarshal.AsSpan(_short).IndexOf(Packed(utf8)) is var id and >= 0)
        {
            return id;
        }

        return _byHash.TryGetValue(FeatureHash.OfName(utf8), out var found) && utf8.SequenceEqual(found.Utf8) ? found.Id : FindByCharacters(utf8);
    }

    public int Add(ReadOnlySpan<byte> utf8)
    {
        var name = Encoding.UTF8.GetString(utf8);
        _ids.Add(name, _names.Count);
        _byHash.TryAdd(FeatureHash.OfName(utf8), (utf8.ToArray(), _names.Count));
        _names.Add(name);
        _short.Add(utf8.Length is > 0 and < sizeof(ulong) ? Packed(utf8) : 0);
        return _names.Count - 1;
    }

    /// <summary>A name of one to seven bytes as one number: they, and their length in the highest byte.</summary>
    private static ulong Packed(ReadOnlySpan<byte> utf8)
    {
        var packed = (ulong)utf8.Length << 56;
        for (var i = 0; i < utf8.Length; i++)
        {
            packed |= (ulong)utf8[i] << (8 * i);
        }

        return packed;
    }

    /// <summary>Bytes that are not UTF-8 stand for the name that they decode to.</summary>
    private int FindByCharacters(ReadOnlySpan<byte> utf8)
    {
        Span<char> characters = stackalloc char[LargestName];
        return utf8.Length <= LargestName && _lookup.TryGetValue(characters[..Encoding.UTF8.GetChars(utf8, characters)], out var id) ? id : -1;
    }

    public byte[] Write()
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write7BitEncodedInt(_names.Count);
        foreach (var name in _names)
        {
            writer.Write(name);
        }

        return stream.ToArray();
    }

    public static LabelTable Read(ReadOnlySpan<byte> bytes)
    {
        var table = new LabelTable();
        var cursor = new PayloadCursor(bytes);
        for (var count = cursor.Count(); count > 0; count--)
        {
            var name = cursor.Bytes(cursor.Count());
            if (table.Find(name) >= 0)
            {
                throw new InvalidDataException("The state names a class twice.");
            }

            table.Add(name);
        }

        return table;
    }
}
