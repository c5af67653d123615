using System.Text;
using LifelongApi.Api.Hosting;

namespace LifelongApi.Api.Tests.Fakes;

/// <summary>A dictionary of names in memory.</summary>
internal sealed class FakeNames : IFeatureNames
{
    private readonly List<string> _names = [];

    public int Count
    {
        get
        {
            lock (_names)
            {
                return _names.Count;
            }
        }
    }

    public int GetOrAdd(ReadOnlySpan<byte> utf8)
    {
        var name = Encoding.UTF8.GetString(utf8);
        lock (_names)
        {
            var id = _names.IndexOf(name);
            if (id < 0)
            {
                id = _names.Count;
                _names.Add(name);
            }

            return id;
        }
    }

    public int Find(ReadOnlySpan<byte> utf8)
    {
        var name = Encoding.UTF8.GetString(utf8);
        lock (_names)
        {
            return _names.IndexOf(name);
        }
    }

    public string Name(int id)
    {
        lock (_names)
        {
            return _names[id];
        }
    }
}
