using System.Runtime.CompilerServices;
using LifelongApi.Contracts.Events;
using LifelongApi.Contracts.Journal;

namespace LifelongApi.Api.Hosting;

/// <summary>What listeners are told: first the journal after the event they know, then what happens.</summary>
internal sealed partial class StreamHost
{
    private const int FeedChunk = 512;

    /// <summary>Tells listeners what happens.</summary>
    public EventFeed Feed { get; } = new();

    /// <summary>What happened to a model after an event, and goes on happening, until the stream closes.</summary>
    /// <param name="model">The model.</param>
    /// <param name="after">Sequence of the last event that is known; null: only what happens from now on.</param>
    /// <param name="types">What to tell; null: everything.</param>
    /// <param name="heartbeat">Longest silence: a null is told then.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>Events, the last of those with one sequence marked as such.</returns>
    public async IAsyncEnumerable<ToldEvent> ListenAsync(
        HostedModel model, long? after, IReadOnlySet<ModelEventType>? types, TimeSpan heartbeat, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var narration = new EventNarration(model, types);
        var cursor = after ?? AppliedSequence;

        // What is far behind is read without a listener, whose queue would overflow meanwhile.
        while (AppliedSequence - cursor > FeedChunk)
        {
            var until = AppliedSequence;
            await foreach (var told in RecallAsync(model, narration, cursor, until, cancellation))
            {
                yield return told;
            }

            cursor = until;
        }

        using var listener = Feed.Listen(model, _context.Options.FeedCapacity);
        var joined = Math.Max(cursor, AppliedSequence);
        await foreach (var told in RecallAsync(model, narration, cursor, joined, cancellation))
        {
            yield return told;
        }

        if (after is { } known)
        {
            foreach (var version in await VersionsAfterAsync(model, known, cancellation))
            {
                foreach (var told in narration.Tell(version))
                {
                    yield return new ToldEvent(told, null);
                }
            }
        }

        for (var isLast = false; !isLast;)
        {
            if (!await HearsAsync(listener, heartbeat, cancellation))
            {
                yield return new ToldEvent(null, null);
                continue;
            }

            (var items, var gap, isLast) = listener.Take();
            foreach (var item in items.Where(item => item.Version is not null || item.Sequence > joined))
            {
                foreach (var told in Marked(narration.Tell(item), item))
                {
                    yield return told;
                }
            }

            if (gap is not null)
            {
                yield return new ToldEvent(EventNarration.Tell(gap), null);
            }
        }
    }

    private async Task<bool> HearsAsync(FeedListener listener, TimeSpan heartbeat, CancellationToken cancellation)
    {
        try
        {
            await listener.NewsAsync().WaitAsync(heartbeat, _context.Time, cancellation);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    /// <summary>Live events of the model's past in order, with the outcomes that memory or the store has.</summary>
    private async IAsyncEnumerable<ToldEvent> RecallAsync(HostedModel model, EventNarration narration, long after, long until, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var chunk = new List<JournalEvent>();
        if (until <= after || !IsJournalled)
        {
            yield break;
        }

        await foreach (var stored in _context.Store.Journal.ReadAsync(Stream.Id, Told(model, after, until), cancellation))
        {
            chunk.Add(stored);
            if (chunk.Count == FeedChunk)
            {
                foreach (var told in await TellAsync(model, narration, chunk, cancellation))
                {
                    yield return told;
                }

                chunk.Clear();
            }
        }

        foreach (var told in await TellAsync(model, narration, chunk, cancellation))
        {
            yield return told;
        }
    }

    /// <summary>The live ranges, each with the event that opened its lineage: that the model went back is told too.</summary>
    private static IReadOnlyList<Storage.Journal.SequenceRange> Told(HostedModel model, long after, long until) =>
    [
        .. model.Ancestry.Ranges(after, until),
        .. model.Ancestry.Links.Select(link => link.Lineage).Where(lineage => lineage.Parent is not null && lineage.StartSequence > after && lineage.StartSequence <= until)
            .Select(lineage => new Storage.Journal.SequenceRange(lineage.StartSequence, lineage.StartSequence)),
    ];

    private async Task<List<ToldEvent>> TellAsync(HostedModel model, EventNarration narration, List<JournalEvent> chunk, CancellationToken cancellation)
    {
        var told = new List<ToldEvent>();
        if (chunk.Count == 0)
        {
            return told;
        }

        var missing = chunk.Select(stored => stored.Sequence).Where(sequence => model.Outcomes.Find(sequence) is null).ToList();
        var outcomes = await _context.Store.Journal.FindOutcomesAsync(model.Record.Id, model.Ancestry.Numbers, missing, cancellation);
        foreach (var stored in chunk)
        {
            ReadOnlyMemory<byte> outcome = model.Outcomes.Find(stored.Sequence);
            if (outcome.IsEmpty && outcomes.TryGetValue(stored.Sequence, out var kept))
            {
                outcome = kept;
            }

            var item = new FeedItem(model, stored.Sequence, stored, outcome, null);
            told.AddRange(Marked(narration.Tell(item), item));
        }

        return told;
    }

    private async Task<IEnumerable<FeedItem>> VersionsAfterAsync(HostedModel model, long after, CancellationToken cancellation) =>
        (await _context.Store.Versions.ListAsync(model.Record.Id, null, FeedChunk, cancellation))
            .Where(version => version.Sequence > after && model.Ancestry.Contains(version.Sequence))
            .OrderBy(version => version.Number)
            .Select(version => new FeedItem(model, version.Sequence, null, ReadOnlyMemory<byte>.Empty, version));

    /// <summary>Only the last event of a sequence carries the id to resume from: a connection that breaks between two of them loses none. A version is of the past and carries none.</summary>
    private static IEnumerable<ToldEvent> Marked(IEnumerable<ModelEvent> events, FeedItem item)
    {
        ModelEvent? held = null;
        foreach (var told in events)
        {
            if (held is not null)
            {
                yield return new ToldEvent(held, null);
            }

            held = told;
        }

        if (held is not null)
        {
            yield return new ToldEvent(held, item.Version is null ? item.Sequence : null);
        }
    }
}

/// <summary>What a listener is told.</summary>
/// <param name="Event">The event; null: nothing happened for a while.</param>
/// <param name="ResumeFrom">The id from which listening can be resumed, or null.</param>
internal readonly record struct ToldEvent(ModelEvent? Event, long? ResumeFrom);
