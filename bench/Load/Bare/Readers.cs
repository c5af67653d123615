using System.Collections.Concurrent;
using LifelongApi.Api.Hosting;
using LifelongApi.Api.Requests;

namespace LifelongApi.Bare;

/// <summary>Readers of the service, one for a request at a time.</summary>
internal static class Readers
{
    private static readonly ConcurrentBag<EventReader> Free = [];

    /// <summary>An answer of the length that an answer to a predict has.</summary>
    public static readonly byte[] Answer = """{"model":"bare","position":"1:1","label":"1","probability":0.5,"probabilities":{"0":0.5,"1":0.5}}"""u8.ToArray();

    public static Lease Take() => new(Free.TryTake(out var reader) ? reader : new EventReader());

    internal readonly struct Lease(EventReader events) : IDisposable
    {
        public EventReader Events => events;

        public void Dispose() => Free.Add(events);
    }
}

/// <summary>Vectors have no names.</summary>
internal sealed class NoNames : IFeatureNames
{
    public static readonly NoNames Instance = new();

    public int GetOrAdd(ReadOnlySpan<byte> utf8) => -1;

    public int Find(ReadOnlySpan<byte> utf8) => -1;

    public string Name(int id) => throw new ArgumentOutOfRangeException(nameof(id));
}
