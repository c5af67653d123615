using LifelongApi.Contracts.Journal;
using LifelongApi.Contracts.Learning;
using LifelongApi.Learning.Features;

namespace LifelongApi.Learning.Evaluation;

/// <summary>
/// How late labels come, and which remembered predictions still wait for one. A pure fold of the events: times are those of the journal, never of a clock.
/// </summary>
public sealed class LabelDelay
{
    private readonly DelayHistogram _delays = new();
    private readonly SortedDictionary<long, (long ReceivedAt, long Example)> _waiting = [];
    private long _examples;
    private long _first;
    private long _predicted;
    private long _settled;
    private long _labelled;
    private long _defaulted;
    private long _afterDefault;
    private long _rewarded;

    /// <summary>Remembered predictions without a label.</summary>
    public long Pending => _predicted - _settled;

    /// <summary>Examples so far. Answers do not count: a default that is taken must not make the next one due.</summary>
    public long Examples => _examples;

    /// <summary>Takes in that an example was learned, observed or asked.</summary>
    public void Hear() => _examples++;

    /// <summary>Takes in a remembered prediction, which was heard before.</summary>
    /// <param name="sequence">Its sequence.</param>
    /// <param name="receivedAt">When it was received, microseconds since 1970-01-01 UTC.</param>
    /// <param name="waits">Whether its window is watched, so that it is kept by name.</param>
    public void Remember(long sequence, long receivedAt, bool waits)
    {
        _first = _first == 0 ? sequence : _first;
        _predicted++;
        if (waits)
        {
            _waiting[sequence] = (receivedAt, _examples);
        }
    }

    /// <summary>Takes in feedback.</summary>
    /// <param name="reference">What it answers.</param>
    /// <param name="hasTarget">Whether it holds a label or target.</param>
    /// <param name="at">When the answer became known, microseconds since 1970-01-01 UTC.</param>
    public void Answer(in FeedbackReference reference, bool hasTarget, long at)
    {
        if (!hasTarget)
        {
            _rewarded++;
            return;
        }

        // A model that follows from later on never saw the prediction.
        if (reference.Kind == EventKind.Predicted && reference.Cause != FeedbackCause.GivenAfterDefault && _first != 0 && reference.Sequence >= _first)
        {
            _settled++;
            _waiting.Remove(reference.Sequence);
        }

        if (reference.Cause == FeedbackCause.Default)
        {
            _defaulted++;
            return;
        }

        _labelled++;
        _afterDefault += reference.Cause == FeedbackCause.GivenAfterDefault ? 1 : 0;
        _delays.Add(at - reference.ReceivedAt);
    }

    /// <summary>Remembered predictions whose window has passed, oldest first.</summary>
    /// <param name="receivedBefore">Received at this time or earlier, microseconds since 1970-01-01 UTC.</param>
    /// <param name="exampleBefore">Or as this example or an earlier one (<see cref="Examples"/>).</param>
    /// <param name="maxPending">Or beyond so many that wait.</param>
    /// <param name="limit">Most to answer.</param>
    /// <returns>Their sequences.</returns>
    public IReadOnlyList<long> Due(long receivedBefore, long exampleBefore, int maxPending, int limit)
    {
        var due = new List<long>();
        var surplus = _waiting.Count - maxPending;
        foreach (var (sequence, (receivedAt, example)) in _waiting)
        {
            // Times of hosts may run back a little, sequences never do: the oldest by sequence decides.
            if (due.Count == limit || (receivedAt > receivedBefore && example > exampleBefore && due.Count >= surplus))
            {
                break;
            }

            due.Add(sequence);
        }

        return due;
    }

    /// <summary>The numbers as the wire shows them.</summary>
    /// <returns>Null where nothing was remembered or fed back.</returns>
    public LabelDelayMetrics? Summarise() => _predicted + _labelled + _defaulted + _rewarded == 0 ? null : new LabelDelayMetrics
    {
        Predicted = _predicted,
        Pending = Pending,
        Labelled = _labelled,
        Defaulted = _defaulted,
        LabelledAfterDefault = _afterDefault,
        Rewarded = _rewarded,
        DelaySeconds = _delays.Summarise(),
    };

    internal void Write(BinaryWriter writer)
    {
        foreach (var number in (ReadOnlySpan<long>)[_examples, _first, _predicted, _settled, _labelled, _defaulted, _afterDefault, _rewarded])
        {
            writer.Write(number);
        }

        writer.Write(_waiting.Count);
        var (lastSequence, last) = (0L, (ReceivedAt: 0L, Example: 0L));
        foreach (var (sequence, waiting) in _waiting)
        {
            writer.Write7BitEncodedInt64(sequence - lastSequence);
            writer.Write7BitEncodedInt64(waiting.ReceivedAt - last.ReceivedAt);
            writer.Write7BitEncodedInt64(waiting.Example - last.Example);
            (lastSequence, last) = (sequence, waiting);
        }

        _delays.Write(writer);
    }

    internal void Read(BinaryReader reader)
    {
        _examples = reader.ReadInt64();
        _first = reader.ReadInt64();
        _predicted = reader.ReadInt64();
        _settled = reader.ReadInt64();
        _labelled = reader.ReadInt64();
        _defaulted = reader.ReadInt64();
        _afterDefault = reader.ReadInt64();
        _rewarded = reader.ReadInt64();
        var (sequence, receivedAt, example) = (0L, 0L, 0L);
        for (var count = reader.ReadInt32(); count > 0; count--)
        {
            sequence += reader.Read7BitEncodedInt64();
            receivedAt += reader.Read7BitEncodedInt64();
            example += reader.Read7BitEncodedInt64();
            _waiting[sequence] = (receivedAt, example);
        }

        _delays.Read(reader);
    }
}
