using LifelongApi.Learning.Features;
using LifelongApi.Learning.Numerics;

namespace LifelongApi.Learning.Evaluation;

/// <summary>
/// A uniform sample of a stream's events that depends on nothing but the stream and the sequence numbers offered: the k numbers with the smallest keys
/// (bottom-k sampling, Cohen and Kaplan 2007), the key being <see cref="KeyedRandom.Bits"/> of (hash of the stream's name, sequence).
/// The order in which numbers are offered does not matter, and no random state is kept.
/// </summary>
/// <param name="stream">Name of the stream.</param>
/// <param name="capacity">k, 1 or more.</param>
public sealed class EventSample(string stream, int capacity)
{
    private const ulong Use = 0x70726F6265; // "probe"
    private readonly ulong _seed = FeatureHash.OfName(stream);
    private readonly PriorityQueue<long, ulong> _largestFirst = new(Comparer<ulong>.Create(static (x, y) => y.CompareTo(x)));

    /// <summary>Events offered so far.</summary>
    public long OfferedCount { get; private set; }

    /// <summary>Offers an event.</summary>
    /// <param name="sequence">Its sequence; each is offered once.</param>
    public void Offer(long sequence)
    {
        OfferedCount++;
        var key = KeyedRandom.Bits(_seed, Use, (ulong)sequence, 0);
        if (_largestFirst.Count < capacity)
        {
            _largestFirst.Enqueue(sequence, key);
        }
        else
        {
            _largestFirst.EnqueueDequeue(sequence, key);
        }
    }

    /// <summary>The sample.</summary>
    /// <returns>At most k sequences, ascending.</returns>
    public IReadOnlyList<long> Sequences() => [.. _largestFirst.UnorderedItems.Select(item => item.Element).Order()];
}
