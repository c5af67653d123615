using LifelongApi.Contracts.Journal;
using LifelongApi.Storage.Connections;
using LifelongApi.Storage.Models;
using LifelongApi.Storage.Schema;
using Microsoft.EntityFrameworkCore;

namespace LifelongApi.Storage.Journal;

/// <summary>One restore inside a transaction: the event, the lineage, and the live ids.</summary>
internal sealed class JournalRestore(LifelongDatabase database, LifelongContext context, long streamId, long epoch)
{
    /// <summary>Writes all of it.</summary>
    public async Task RunAsync(JournalEvent restored, LineageRecord lineage, IReadOnlyList<SequenceRange> liveRanges, CancellationToken cancellation)
    {
        if (restored.Subject is not null)
        {
            throw new ArgumentException("A restore is about no person.", nameof(restored));
        }

        var stream = await LockAsync(restored.Sequence, cancellation).ConfigureAwait(false);
        await AddEventAsync(restored, stream.IdScheme, cancellation).ConfigureAwait(false);
        context.Lineages.Add(ModelStore.ToRow(lineage));
        await context.SaveChangesAsync(cancellation).ConfigureAwait(false);
        var updated = await context.Models.Where(model => model.Id == lineage.ModelId && model.StreamId == streamId)
            .ExecuteUpdateAsync(model => model.SetProperty(row => row.Lineage, lineage.Number), cancellation).ConfigureAwait(false);
        if (updated == 0)
        {
            throw new InvalidOperationException($"Model {lineage.ModelId} does not learn from stream {streamId}.");
        }

        await SetLiveAsync(context, stream, liveRanges, restored.Sequence - 1, cancellation).ConfigureAwait(false);
    }

    /// <summary>Makes exactly the ids of ranges live, up to a sequence.</summary>
    public static async Task SetLiveAsync(LifelongContext context, StreamRow stream, IReadOnlyList<SequenceRange> liveRanges, long last, CancellationToken cancellation)
    {
        // Ids that a fork inherited lie at or below the base: their events are not here and they stay live whatever is restored.
        var own = new SequenceRange(stream.BaseSequence + 1, last);
        var live = SequenceRanges.Normalize(liveRanges);
        foreach (var gap in SequenceRanges.Gaps(live, own))
        {
            await KillAsync(context, stream.Id, gap, cancellation).ConfigureAwait(false);
        }

        foreach (var range in SequenceRanges.Clip(live, own))
        {
            await ReviveAsync(context, stream.Id, stream.Id, range, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Makes the ids of a range of events live; of equal ids the earliest is kept.</summary>
    public static Task ReviveAsync(LifelongContext context, long fromStreamId, long toStreamId, SequenceRange range, CancellationToken cancellation)
        => context.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO event_ids (stream_id, id_key, sequence)
            SELECT {toStreamId}, id_key, MIN(sequence) FROM events
            WHERE stream_id = {fromStreamId} AND sequence BETWEEN {range.First} AND {range.Last}
            GROUP BY id_key
            ON CONFLICT (stream_id, id_key) DO UPDATE SET sequence = excluded.sequence WHERE event_ids.sequence > excluded.sequence
            """,
            cancellation);

    private static Task<int> KillAsync(LifelongContext context, long streamId, SequenceRange gap, CancellationToken cancellation)
        => context.Database.ExecuteSqlAsync(
            $"""
            DELETE FROM event_ids
            WHERE stream_id = {streamId} AND sequence BETWEEN {gap.First} AND {gap.Last}
              AND id_key IN (SELECT id_key FROM events WHERE stream_id = {streamId} AND sequence BETWEEN {gap.First} AND {gap.Last})
            """,
            cancellation);

    private async Task<StreamRow> LockAsync(long sequence, CancellationToken cancellation)
    {
        var stream = await database.LockStreamAsync(context, streamId, exclusive: true, cancellation).ConfigureAwait(false);
        if (stream is null || stream.Epoch != epoch)
        {
            throw new FencedException($"Stream {streamId} is not at epoch {epoch} any more.");
        }

        return stream.LastSequence < sequence
            ? stream
            : throw new InvalidOperationException($"Stream {streamId} stands at {stream.LastSequence}; sequence {sequence} is not above it.");
    }

    private async Task AddEventAsync(JournalEvent restored, EventIdScheme scheme, CancellationToken cancellation)
    {
        var task = restored.Task is null ? null : await FindOrAddTaskAsync(restored.Task, cancellation).ConfigureAwait(false);
        var row = AppendBatch.ToRow(streamId, restored, EventIdKey.Of(restored.EventId, scheme), task?.Id);
        context.Events.Add(row);
        await context.SaveChangesAsync(cancellation).ConfigureAwait(false);
        await context.Database.ExecuteSqlAsync(
            $"INSERT INTO event_ids (stream_id, id_key, sequence) VALUES ({streamId}, {row.IdKey}, {row.Sequence})", cancellation).ConfigureAwait(false);
        await context.Streams.Where(stream => stream.Id == streamId).ExecuteUpdateAsync(
            stream => stream.SetProperty(s => s.LastSequence, row.Sequence).SetProperty(s => s.EventCount, s => s.EventCount + 1),
            cancellation).ConfigureAwait(false);
    }

    private async Task<TaskRow> FindOrAddTaskAsync(string name, CancellationToken cancellation)
    {
        var stored = await context.Tasks.AsNoTracking().Where(task => task.StreamId == streamId).ToListAsync(cancellation).ConfigureAwait(false);
        var added = new List<TaskRow>();
        var id = new TaskDictionary(streamId, epoch, stored).Number(name, added);
        context.Tasks.AddRange(added);
        return new TaskRow { StreamId = streamId, Id = id, Name = name };
    }
}
