using System.Runtime.CompilerServices;
using LifelongApi.Contracts.Journal;
using LifelongApi.Storage.Connections;
using LifelongApi.Storage.Models;
using LifelongApi.Storage.Schema;
using Microsoft.EntityFrameworkCore;

namespace LifelongApi.Storage.Journal;

/// <content>What is read back: events by id, by sequence and in order, and outcomes.</content>
internal abstract partial class JournalStore
{
    private const int ChunkRows = 512;
    private const int MaxWindow = 1 << 20;
    private const int SequenceWindow = 8192;

    /// <inheritdoc/>
    public Task<IReadOnlyDictionary<string, JournalEvent>> FindEventsAsync(long streamId, IReadOnlyList<string> eventIds, CancellationToken cancellation)
        => StoreFailure.GuardAsync<IReadOnlyDictionary<string, JournalEvent>>("finding events", async () =>
        {
            var sequences = await FindIdsAsync(streamId, await KeysAsync(streamId, eventIds, cancellation).ConfigureAwait(false), cancellation).ConfigureAwait(false);
            var events = await FindEventsAsync(streamId, [.. sequences.Values.Select(id => id.Sequence)], cancellation).ConfigureAwait(false);
            return events.Values.ToDictionary(item => item.EventId, StringComparer.Ordinal);
        });

    /// <inheritdoc/>
    public Task<IReadOnlyDictionary<long, JournalEvent>> FindEventsAsync(long streamId, IReadOnlyList<long> sequences, CancellationToken cancellation)
        => StoreFailure.GuardAsync("finding events", () => FindBySequenceAsync(streamId, sequences, cancellation));

    private async Task<IReadOnlyDictionary<long, JournalEvent>> FindBySequenceAsync(long streamId, IReadOnlyList<long> sequences, CancellationToken cancellation)
    {
        var found = new Dictionary<long, JournalEvent>();
        long? owner = streamId;
        var wanted = sequences.Distinct().ToList();
        while (wanted.Count > 0 && owner is { } stream && await Traits.FindAsync(stream, cancellation).ConfigureAwait(false) is { } traits)
        {
            var reader = new EventReader(stream);
            foreach (var chunk in wanted.Where(sequence => sequence > traits.BaseSequence).Chunk(200))
            {
                var events = await database.ReadAsync("finding events", context => reader.ReadAsync(
                    context, context.Events.Where(row => row.StreamId == stream && chunk.Contains(row.Sequence)), cancellation)).ConfigureAwait(false);
                foreach (var item in events)
                {
                    found.Add(item.Sequence, item);
                }
            }

            wanted = wanted.FindAll(sequence => sequence <= traits.BaseSequence);
            owner = traits.ParentStreamId;
        }

        return found;
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<JournalEvent> ReadAsync(
        long streamId, IReadOnlyList<SequenceRange> ranges, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var reader = new EventReader(streamId);
        var end = await database.ReadAsync("reading events", context => context.Streams
            .Where(stream => stream.Id == streamId).Select(stream => stream.LastSequence).SingleOrDefaultAsync(cancellation)).ConfigureAwait(false);
        foreach (var range in SequenceRanges.Clip(SequenceRanges.Normalize(ranges), new SequenceRange(1, end)))
        {
            // A bounded window, not only a limit: a planner without statistics would sort everything that follows, for every chunk.
            var window = ChunkRows;
            for (var next = range.First; next <= range.Last;)
            {
                var (from, to) = (next, Math.Min(range.Last, next + window - 1));
                var chunk = await database.ReadAsync("reading events", context => reader.ReadAsync(
                    context,
                    context.Events.Where(row => row.StreamId == streamId && row.Sequence >= from && row.Sequence <= to)
                        .OrderBy(row => row.Sequence).Take(ChunkRows),
                    cancellation)).ConfigureAwait(false);
                foreach (var item in chunk)
                {
                    yield return item;
                }

                // Duplicates and forks leave gaps: where events are rare the window grows.
                next = chunk.Count == ChunkRows ? chunk[^1].Sequence + 1 : to + 1;
                window = chunk.Count > ChunkRows / 4 ? ChunkRows : Math.Min(window * 2, MaxWindow);
            }
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<long> ListLearnedAsync(long streamId, SequenceRange range, [EnumeratorCancellation] CancellationToken cancellation)
    {
        const short learned = (short)EventKind.Learned;
        var end = await database.ReadAsync("reading events", context => context.Streams
            .Where(stream => stream.Id == streamId).Select(stream => stream.LastSequence).SingleOrDefaultAsync(cancellation)).ConfigureAwait(false);
        for (var next = range.First; next <= Math.Min(range.Last, end); next += SequenceWindow)
        {
            var (from, to) = (next, Math.Min(range.Last, next + SequenceWindow - 1));
            var chunk = await database.ReadAsync("reading events", context => context.Events
                .Where(row => row.StreamId == streamId && row.Sequence >= from && row.Sequence <= to && row.Kind == learned && row.SubjectId == null)
                .OrderBy(row => row.Sequence).Select(row => row.Sequence).ToListAsync(cancellation)).ConfigureAwait(false);
            foreach (var sequence in chunk)
            {
                yield return sequence;
            }
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<JournalEvent>> ListNewestAsync(
        long streamId, long beforeSequence, int limit, EventKind? kind, string? task, CancellationToken cancellation)
        => database.ReadAsync<IReadOnlyList<JournalEvent>>("listing events", async context =>
        {
            var events = context.Events.Where(row => row.StreamId == streamId && row.Sequence < beforeSequence);
            if (kind is { } wanted)
            {
                var number = (short)wanted;
                events = events.Where(row => row.Kind == number);
                // Said again as it stands in the index, so that the planner knows that the index may be used.
                events = number >= 3 ? events.Where(row => row.Kind >= 3) : events;
            }

            if (task is not null)
            {
                var taskId = await context.Tasks.Where(row => row.StreamId == streamId && row.Name == task)
                    .Select(row => (int?)row.Id).SingleOrDefaultAsync(cancellation).ConfigureAwait(false);
                if (taskId is null)
                {
                    return [];
                }

                events = events.Where(row => row.TaskId == taskId);
            }

            return await new EventReader(streamId)
                .ReadAsync(context, events.OrderByDescending(row => row.Sequence).Take(limit), cancellation).ConfigureAwait(false);
        });

    /// <inheritdoc/>
    public Task<IReadOnlyList<JournalEvent>> ListTaskBoundariesAsync(long streamId, CancellationToken cancellation)
        => database.ReadAsync("listing task boundaries", context => new EventReader(streamId).ReadAsync(
            context,
            context.Events.Where(row => row.StreamId == streamId && row.Kind >= 3 && (row.Kind == 7 || row.Kind == 8)).OrderBy(row => row.Sequence),
            cancellation));

    /// <inheritdoc/>
    public async IAsyncEnumerable<LiveEventId> ListLiveIdsAsync(
        long streamId, IReadOnlyList<SequenceRange> liveRanges, [EnumeratorCancellation] CancellationToken cancellation)
    {
        const int Chunk = 10_000;
        if (await Traits.FindAsync(streamId, cancellation).ConfigureAwait(false) is not { } traits)
        {
            yield break;
        }

        var (inherited, scheme) = (traits.BaseSequence, traits.IdScheme);
        if (inherited > 0)
        {
            // Neither inherited rows nor what they are ordered by ever change, so pages do not shift.
            for (var skipped = 0; ; skipped += Chunk)
            {
                var passed = skipped;
                var rows = await database.ReadAsync("listing inherited ids", context => context.EventIds.AsNoTracking()
                    .Where(row => row.StreamId == streamId && row.Sequence <= inherited)
                    .OrderBy(row => row.Sequence).ThenBy(row => row.IdKey).Skip(passed).Take(Chunk).ToListAsync(cancellation)).ConfigureAwait(false);
                foreach (var row in rows)
                {
                    yield return new LiveEventId(scheme, row.IdKey, row.Sequence);
                }

                if (rows.Count < Chunk)
                {
                    break;
                }
            }
        }

        foreach (var range in SequenceRanges.Clip(SequenceRanges.Normalize(liveRanges), new SequenceRange(inherited + 1, long.MaxValue)))
        {
            var first = range.First;
            while (true)
            {
                var from = first;
                var rows = await database.ReadAsync("listing ids", context => context.Events.AsNoTracking()
                    .Where(row => row.StreamId == streamId && row.Sequence >= from && row.Sequence <= range.Last)
                    .OrderBy(row => row.Sequence).Take(Chunk).Select(row => new { row.IdKey, row.Sequence }).ToListAsync(cancellation)).ConfigureAwait(false);
                foreach (var row in rows)
                {
                    yield return new LiveEventId(scheme, row.IdKey, row.Sequence);
                }

                if (rows.Count < Chunk)
                {
                    break;
                }

                first = rows[^1].Sequence + 1;
            }
        }
    }

    /// <inheritdoc/>
    public Task<long> CountEventsAsync(long streamId, CancellationToken cancellation)
        => database.ReadAsync("counting events", context
            => context.Streams.Where(stream => stream.Id == streamId).Select(stream => stream.EventCount).SingleOrDefaultAsync(cancellation));

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> ListFeatureNamesAsync(long streamId, CancellationToken cancellation)
        => database.ReadAsync<IReadOnlyList<string>>("listing feature names", async context
            => await context.FeatureNames.Where(row => row.StreamId == streamId).OrderBy(row => row.Id)
                .Select(row => row.Name).ToListAsync(cancellation).ConfigureAwait(false));

    /// <inheritdoc/>
    public Task<IReadOnlyDictionary<long, ReadOnlyMemory<byte>>> FindOutcomesAsync(
        long modelId, IReadOnlyList<int> lineages, IReadOnlyList<long> sequences, CancellationToken cancellation)
        => StoreFailure.GuardAsync<IReadOnlyDictionary<long, ReadOnlyMemory<byte>>>("reading outcomes", async () =>
        {
            var newest = new Dictionary<long, (int Lineage, byte[] Payload)>();
            if (lineages.Count > 0 && sequences.Count > 0)
            {
                await foreach (var row in ReadOutcomesAsync(modelId, lineages, sequences, cancellation).ConfigureAwait(false))
                {
                    if (!newest.TryGetValue(row.Sequence, out var other) || other.Lineage < row.Lineage)
                    {
                        newest[row.Sequence] = (row.Lineage, row.Payload);
                    }
                }
            }

            return newest.ToDictionary(pair => pair.Key, pair => (ReadOnlyMemory<byte>)pair.Value.Payload);
        });

    /// <inheritdoc/>
    public Task<long> FindLastOutcomeAsync(long modelId, int lineage, CancellationToken cancellation)
        => database.ReadAsync("finding the last outcome", context
            => context.Outcomes.Where(row => row.ModelId == modelId && row.Lineage == lineage)
                .OrderByDescending(row => row.Sequence).Select(row => row.Sequence).FirstOrDefaultAsync(cancellation));
}
