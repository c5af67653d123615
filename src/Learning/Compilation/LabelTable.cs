using System.Text;
using LifelongApi.Learning.Features;

namespace LifelongApi.Learning.Compilation;

/// <summary>Class names with stable ids in order of appearance. Names are only added, so an id never changes its meaning.</summary>
internal sealed class LabelTable
{
    /// <summary>Bytes of the longest name.</summary>
    public const int LargestName = 1024;

    private readonly List<string> _names = [];
    private readonly Dictionary<string, int> _ids = [];
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private readonly Dictionary<ulong, (byte[] Utf8, int Id)> _byHash = [];

    public LabelTable() => _lookup = _ids.GetAlternateLookup<ReadOnlySpan<char>>();

    public IReadOnlyList<string> Names => _names;

    public int Count => _names.Count;

    /// <summary>The id of a name, or −1. Allocates nothing.</summary>
    public int Find(ReadOnlySpan<byte> utf8) =>
        _byHash.TryGetValue(FeatureHash.OfName(utf8), out var found) && utf8.SequenceEqual(found.Utf8) ? found.Id : FindByCharacters(utf8);

    public int Add(ReadOnlySpan<byte> utf8)
    {
        var name = Encoding.UTF8.GetString(utf8);
        _ids.Add(name, _names.Count);
        _byHash.TryAdd(FeatureHash.OfName(utf8), (utf8.ToArray(), _names.Count));
        _names.Add(name);
        return _names.Count - 1;
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
