using LifelongApi.Contracts.Journal;

namespace LifelongApi.Storage.Journal;

/// <summary>Streams of events: append with fencing and de-duplication, read in order, outcomes, tasks.</summary>
public interface IJournal
{
    /// <summary>All streams by name.</summary>
    Task<IReadOnlyList<StreamRecord>> ListStreamsAsync(string? afterName, int limit, CancellationToken cancellation);

    /// <summary>A stream by name, or null.</summary>
    Task<StreamRecord?> FindStreamAsync(string name, CancellationToken cancellation);

    /// <summary>Takes the next epoch of the stream; from then on appends with an older one fail. Waits for an append in flight.</summary>
    /// <returns>The new epoch and the last sequence, read in the same transaction.</returns>
    Task<StreamOpening> OpenStreamAsync(long streamId, CancellationToken cancellation);

    /// <summary>
    /// Appends events in one commit. The epoch is checked in the statement that writes. An event whose id is already live in the stream
    /// (or earlier in the same batch) is not written and is reported as a duplicate; the rest is. Outcomes and feature names that travel along are written in the same commit,
    /// also when <see cref="AppendRequest.Events"/> is empty.
    /// </summary>
    /// <exception cref="FencedException">The epoch is old. Nothing was written.</exception>
    /// <exception cref="StoreUnavailableException">Whether it was committed is unknown.</exception>
    Task<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellation);

    /// <summary>Which of these events are already live in the stream, by id; indices refer to <paramref name="events"/>.</summary>
    Task<IReadOnlyList<DuplicateEvent>> FindDuplicatesAsync(long streamId, IReadOnlyList<JournalEvent> events, CancellationToken cancellation);

    /// <summary>Live events by id, also those that a fork inherited. An id that is not live is left out.</summary>
    Task<IReadOnlyDictionary<string, JournalEvent>> FindEventsAsync(long streamId, IReadOnlyList<string> eventIds, CancellationToken cancellation);

    /// <summary>Events by sequence, also those that a fork inherited, live or not. A sequence without an event is left out.</summary>
    Task<IReadOnlyDictionary<long, JournalEvent>> FindEventsAsync(long streamId, IReadOnlyList<long> sequences, CancellationToken cancellation);

    /// <summary>Events of the ranges (each inclusive at both ends), ascending, read in bounded chunks, up to the last event at the time of the call. Payloads of a destroyed subject come empty.</summary>
    IAsyncEnumerable<JournalEvent> ReadAsync(long streamId, IReadOnlyList<SequenceRange> ranges, CancellationToken cancellation);

    /// <summary>Sequences of the <c>Learned</c> events of a range that have no subject, ascending, without their payloads, read in bounded chunks.</summary>
    IAsyncEnumerable<long> ListLearnedAsync(long streamId, SequenceRange range, CancellationToken cancellation);

    /// <summary>Up to <paramref name="limit"/> events with a sequence below <paramref name="beforeSequence"/>, newest first, optionally of one kind or task.</summary>
    Task<IReadOnlyList<JournalEvent>> ListNewestAsync(long streamId, long beforeSequence, int limit, EventKind? kind, string? task, CancellationToken cancellation);

    /// <summary>Task boundaries (<c>TaskBegan</c>, <c>TaskEnded</c>), ascending.</summary>
    Task<IReadOnlyList<JournalEvent>> ListTaskBoundariesAsync(long streamId, CancellationToken cancellation);

    /// <summary>
    /// Ids of a stream that are live at an earlier position, in chunks: those that it inherited (at or below its base) and those of the events of <paramref name="liveRanges"/>.
    /// An id may come twice; the earlier comes first.
    /// </summary>
    IAsyncEnumerable<Models.LiveEventId> ListLiveIdsAsync(long streamId, IReadOnlyList<SequenceRange> liveRanges, CancellationToken cancellation);

    /// <summary>How many events the stream holds.</summary>
    Task<long> CountEventsAsync(long streamId, CancellationToken cancellation);

    /// <summary>The stream's dictionary of feature names: index in the list = id, from 0 without gaps.</summary>
    Task<IReadOnlyList<string>> ListFeatureNamesAsync(long streamId, CancellationToken cancellation);

    /// <summary>Stored outcomes of a model by sequence. A restore may give the same sequence on several lineages: the outcome on the newest of <paramref name="lineages"/> wins.</summary>
    Task<IReadOnlyDictionary<long, ReadOnlyMemory<byte>>> FindOutcomesAsync(long modelId, IReadOnlyList<int> lineages, IReadOnlyList<long> sequences, CancellationToken cancellation);

    /// <summary>The highest sequence with a stored outcome on the lineage, or 0.</summary>
    Task<long> FindLastOutcomeAsync(long modelId, int lineage, CancellationToken cancellation);

    /// <summary>
    /// In one commit: appends the <c>Restored</c> event, opens the model's new lineage, and makes exactly the ids of
    /// <paramref name="liveRanges"/> (plus the restore event's own) the live ids of the stream.
    /// </summary>
    /// <exception cref="FencedException">The epoch is old. Nothing was written.</exception>
    Task RestoreAsync(long streamId, long epoch, JournalEvent restored, Models.LineageRecord lineage, IReadOnlyList<SequenceRange> liveRanges, CancellationToken cancellation);
}
