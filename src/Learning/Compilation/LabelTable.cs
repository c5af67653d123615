using System.Text;
using LifelongApi.Learning.Features;

namespace LifelongApi.Learning.Compilation;

/// <summary>Class names with stable ids in order of appearance. Names are only added, so an id never changes its meaning.</summary>
internal sealed class LabelTable
{
    private const int LargestName = 1024;
    private readonly List<string> _names = [];
    private readonly Dictionary<string, int> _ids = [];
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _lookup;

    public LabelTable() => _lookup = _ids.GetAlternateLookup<ReadOnlySpan<char>>();

    public IReadOnlyList<string> Names => _names;

    public int Count => _names.Count;

    /// <summary>The id of a name, or −1. Allocates nothing.</summary>
    public int Find(ReadOnlySpan<byte> utf8)
    {
        Span<char> characters = stackalloc char[LargestName];
        return utf8.Length <= LargestName && _lookup.TryGetValue(characters[..Encoding.UTF8.GetChars(utf8, characters)], out var id) ? id : -1;
    }

    public int Add(ReadOnlySpan<byte> utf8)
    {
        var name = Encoding.UTF8.GetString(utf8);
        _ids.Add(name, _names.Count);
        _names.Add(name);
        return _names.Count - 1;
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
            table.Add(cursor.Bytes(cursor.Count()));
        }

        return table;
    }
}
