using System.Collections.Concurrent;
using LifelongApi.Contracts.Journal;
using LifelongApi.Storage.Connections;
using LifelongApi.Storage.Models;
using LifelongApi.Storage.Schema;
using Microsoft.EntityFrameworkCore;

namespace LifelongApi.Storage.Journal;

/// <summary>What both journals share: everything but the statements of the append and of look-ups by many keys.</summary>
internal abstract partial class JournalStore(LifelongDatabase database) : IJournal
{
    /// <summary>Ids for which it is worth asking first whether there is any between the lowest and the highest.</summary>
    private const int RangeFrom = 8;

    private readonly ConcurrentDictionary<long, TaskDictionary> _tasks = new();

    // Two appends to one stream at once would share the numbers of new tasks before either is committed.
    private readonly ConcurrentDictionary<long, SemaphoreSlim> _turns = new();

    /// <summary>What never changes about streams.</summary>
    protected StreamTraitsCache Traits { get; } = new(database);

    /// <inheritdoc/>
    public Task<IReadOnlyList<StreamRecord>> ListStreamsAsync(string? afterName, int limit, CancellationToken cancellation)
        => database.ReadAsync<IReadOnlyList<StreamRecord>>("listing streams", async context =>
        {
            var streams = context.Streams.AsQueryable();
            if (afterName is not null)
            {
                streams = streams.Where(stream => string.Compare(stream.Name, afterName) > 0);
            }

            return await ToRecords(streams.OrderBy(stream => stream.Name).Take(limit)).ToListAsync(cancellation).ConfigureAwait(false);
        });

    /// <inheritdoc/>
    public Task<StreamRecord?> FindStreamAsync(string name, CancellationToken cancellation)
        => database.ReadAsync("finding a stream", context
            => ToRecords(context.Streams.Where(stream => stream.Name == name)).SingleOrDefaultAsync(cancellation));

    /// <inheritdoc/>
    public Task<StreamOpening> OpenStreamAsync(long streamId, CancellationToken cancellation)
        => database.WriteAsync("opening a stream", async context =>
        {
            _tasks.TryRemove(streamId, out _);
            var stream = context.Streams.Where(row => row.Id == streamId);
            // The update waits for an append in flight, which holds the row until its commit.
            await stream.ExecuteUpdateAsync(row => row.SetProperty(s => s.Epoch, s => s.Epoch + 1), cancellation).ConfigureAwait(false);
            return await stream.Select(row => new StreamOpening?(new StreamOpening(row.Epoch, row.LastSequence)))
                .SingleOrDefaultAsync(cancellation).ConfigureAwait(false)
                ?? throw new InvalidOperationException($"There is no stream {streamId}.");
        }, cancellation);

    /// <inheritdoc/>
    public Task<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellation)
    {
        // Checked once, before: an append that was sent off is not abandoned, because its outcome would be unknown.
        cancellation.ThrowIfCancellationRequested();
        return StoreFailure.GuardAsync("appending events", async () =>
        {
            var turn = _turns.GetOrAdd(request.StreamId, _ => new SemaphoreSlim(1, 1));
            await turn.WaitAsync(CancellationToken.None).ConfigureAwait(false);
            try
            {
                return await AppendInTurnAsync(request).ConfigureAwait(false);
            }
            finally
            {
                turn.Release();
            }
        });
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<DuplicateEvent>> FindDuplicatesAsync(long streamId, IReadOnlyList<JournalEvent> events, CancellationToken cancellation)
        => StoreFailure.GuardAsync<IReadOnlyList<DuplicateEvent>>("looking up event ids", async () =>
        {
            var keys = await KeysAsync(streamId, events.Select(item => item.EventId), cancellation).ConfigureAwait(false);

            // Rows of a file that go on where the last ones ended: one look at the index says that all of them are new.
            return keys.Length >= RangeFrom && !await HasIdsBetweenAsync(streamId, keys.Min(KeyComparer.Instance)!, keys.Max(KeyComparer.Instance)!, cancellation).ConfigureAwait(false)
                ? []
                : await DescribeAsync(streamId, events, [.. Enumerable.Range(0, events.Count)], keys, cancellation).ConfigureAwait(false);
        });

    /// <inheritdoc/>
    public async Task RestoreAsync(
        long streamId, long epoch, JournalEvent restored, LineageRecord lineage, IReadOnlyList<SequenceRange> liveRanges, CancellationToken cancellation)
    {
        await database.WriteAsync("restoring", async context =>
        {
            _tasks.TryRemove(streamId, out _);
            await new JournalRestore(database, context, streamId, epoch).RunAsync(restored, lineage, liveRanges, cancellation).ConfigureAwait(false);
            return true;
        }, cancellation).ConfigureAwait(false);
    }

    private static AppendResult NoDuplicates { get; } = new([]);

    /// <summary>Writes a batch in one commit; answers the positions in <see cref="AppendBatch.Rows"/> whose id was live already.</summary>
    protected abstract Task<IReadOnlyList<int>> WriteAsync(AppendRequest request, AppendBatch batch);

    /// <summary>Live ids by key.</summary>
    protected abstract Task<Dictionary<byte[], StoredId>> FindIdsAsync(long streamId, IReadOnlyList<byte[]> keys, CancellationToken cancellation);

    /// <summary>Whether any live id has a key from <paramref name="first"/> to <paramref name="last"/>.</summary>
    protected abstract Task<bool> HasIdsBetweenAsync(long streamId, byte[] first, byte[] last, CancellationToken cancellation);

    /// <summary>Outcomes of these sequences on these lineages.</summary>
    protected abstract IAsyncEnumerable<OutcomeEntry> ReadOutcomesAsync(
        long modelId, IReadOnlyList<int> lineages, IReadOnlyList<long> sequences, CancellationToken cancellation);

    /// <summary>Why nothing was written: the epoch is old (or the stream gone), or the caller numbered its events wrongly.</summary>
    internal static Exception Refusal(AppendRequest request, long? epoch, long lastSequence)
        => epoch == request.Epoch
            ? new InvalidOperationException($"Stream {request.StreamId} stands at {lastSequence}; sequence {request.Events[0].Sequence} is not above it.")
            : new FencedException($"Stream {request.StreamId} is at epoch {epoch?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "none (deleted)"}, not {request.Epoch}.");

    private static IQueryable<StreamRecord> ToRecords(IQueryable<StreamRow> streams)
        => streams.Select(stream => new StreamRecord(stream.Id, stream.Name, stream.Epoch, stream.LastSequence, stream.CreatedAt));

    private async ValueTask<TaskDictionary> FindTasksAsync(AppendRequest request)
    {
        if (_tasks.TryGetValue(request.StreamId, out var tasks) && tasks.Epoch == request.Epoch)
        {
            return tasks;
        }

        List<TaskRow> stored = [];
        if (request.Events.Any(item => item.Task is not null))
        {
            await using var context = database.CreateContext();
            stored = await context.Tasks.AsNoTracking().Where(row => row.StreamId == request.StreamId).ToListAsync().ConfigureAwait(false);
            return _tasks[request.StreamId] = new TaskDictionary(request.StreamId, request.Epoch, stored);
        }

        return new TaskDictionary(request.StreamId, request.Epoch, stored);
    }

    private async Task<AppendResult> AppendInTurnAsync(AppendRequest request)
    {
        var traits = await Traits.FindAsync(request.StreamId, CancellationToken.None).ConfigureAwait(false)
            ?? throw Refusal(request, epoch: null, lastSequence: 0);
        var batch = AppendBatch.Prepare(request, await FindTasksAsync(request).ConfigureAwait(false), traits.IdScheme);
        IReadOnlyList<int> refused;
        try
        {
            refused = await WriteAsync(request, batch).ConfigureAwait(false);
        }
        catch
        {
            _tasks.TryRemove(request.StreamId, out _);
            throw;
        }

        if (refused.Count == 0 && batch.Repeats.Count == 0)
        {
            return NoDuplicates;
        }

        var indices = refused.Select(position => batch.Indices[position]).Concat(batch.Repeats).Order().ToList();
        var keys = await KeysAsync(request.StreamId, indices.Select(index => request.Events[index].EventId), CancellationToken.None).ConfigureAwait(false);
        var found = await DescribeAsync(request.StreamId, request.Events, indices, keys, CancellationToken.None).ConfigureAwait(false);
        return found.Count == indices.Count
            ? new AppendResult(found)
            : throw new StoreUnavailableException("Another host took over while duplicates were looked up; whether the append still counts is unknown.");
    }

    private async ValueTask<byte[][]> KeysAsync(long streamId, IEnumerable<string> eventIds, CancellationToken cancellation)
    {
        var traits = await Traits.FindAsync(streamId, cancellation).ConfigureAwait(false);

        // Of a stream that is gone nothing is found, whatever the keys are.
        var scheme = traits?.IdScheme ?? EventIdScheme.Ordered;
        return [.. eventIds.Select(eventId => EventIdKey.Of(eventId, scheme))];
    }

    private async Task<IReadOnlyList<DuplicateEvent>> DescribeAsync(
        long streamId, IReadOnlyList<JournalEvent> events, List<int> indices, byte[][] keys, CancellationToken cancellation)
    {
        var stored = await FindIdsAsync(streamId, keys, cancellation).ConfigureAwait(false);
        var found = new List<DuplicateEvent>(indices.Count);
        for (var position = 0; position < indices.Count; position++)
        {
            if (stored.TryGetValue(keys[position], out var id))
            {
                id = id.PayloadHash is null ? await FindInheritedAsync(streamId, id, cancellation).ConfigureAwait(false) : id;
                found.Add(new DuplicateEvent(indices[position], id.Sequence, HasSameContent(events[indices[position]], id)));
            }
        }

        return found;
    }

    // Where the key is destroyed, or the parent stream deleted, nothing is left to compare with: the id alone decides.
    private static bool HasSameContent(JournalEvent item, StoredId id)
        => id.PayloadHash is null
            || (id.SubjectId is not null && id.SubjectKey is null)
            || PayloadDigest.OfContent(item, id.SubjectKey).AsSpan().SequenceEqual(id.PayloadHash);

    private async Task<StoredId> FindInheritedAsync(long streamId, StoredId id, CancellationToken cancellation)
    {
        long? owner = streamId;
        while (owner is { } stream && await Traits.FindAsync(stream, cancellation).ConfigureAwait(false) is { } traits)
        {
            if (id.Sequence > traits.BaseSequence)
            {
                await using var context = database.CreateContext();
                return await context.Events.Where(row => row.StreamId == stream && row.Sequence == id.Sequence)
                    .Select(row => new StoredId(
                        row.Sequence,
                        row.PayloadHash,
                        row.SubjectId,
                        context.Subjects.Where(subject => subject.StreamId == stream && subject.Id == row.SubjectId).Select(subject => subject.Key).FirstOrDefault()))
                    .SingleOrDefaultAsync(cancellation).ConfigureAwait(false) ?? id;
            }

            owner = traits.ParentStreamId;
        }

        return id;
    }
}
