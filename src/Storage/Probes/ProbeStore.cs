using System.Buffers.Binary;
using System.Security.Cryptography;
using LifelongApi.Storage.Connections;
using LifelongApi.Storage.Schema;
using Microsoft.EntityFrameworkCore;

namespace LifelongApi.Storage.Probes;

/// <summary>Probe sets and scores on either database.</summary>
internal sealed class ProbeStore(LifelongDatabase database) : IProbeStore
{
    /// <inheritdoc/>
    public Task<ProbeRecord?> SaveAsync(NewProbe probe, int maxProbes, CancellationToken cancellation)
    {
        var row = ToRow(probe);
        return database.WriteAsync("saving a probe set", async context =>
        {
            // Two uploads at once: the second waits here, and finds the first.
            await database.LockStreamAsync(context, probe.StreamId, exclusive: true, cancellation).ConfigureAwait(false);
            await context.Probes.Where(other => other.StreamId == probe.StreamId && other.Task == probe.Task).ExecuteDeleteAsync(cancellation).ConfigureAwait(false);
            if (await context.Probes.CountAsync(other => other.StreamId == probe.StreamId, cancellation).ConfigureAwait(false) >= maxProbes)
            {
                return null;
            }

            context.Probes.Add(row);
            await context.SaveChangesAsync(cancellation).ConfigureAwait(false);
            return ToRecord(row, row.Payloads.Length);
        }, cancellation);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<ProbeRecord>> ListAsync(long streamId, CancellationToken cancellation)
        => database.ReadAsync<IReadOnlyList<ProbeRecord>>("listing probe sets", async context =>
        {
            var rows = await context.Probes.Where(row => row.StreamId == streamId).OrderBy(row => row.Task)
                .Select(row => new { row.Task, row.Hash, row.RowCount, ByteCount = row.Payloads.Length, row.CreatedAt }).ToListAsync(cancellation).ConfigureAwait(false);
            return rows.ConvertAll(row => new ProbeRecord
            {
                StreamId = streamId,
                Task = row.Task,
                Hash = row.Hash,
                RowCount = row.RowCount,
                ByteCount = row.ByteCount,
                CreatedAt = row.CreatedAt,
            });
        });

    /// <inheritdoc/>
    public Task<(ProbeRecord Probe, IReadOnlyList<ReadOnlyMemory<byte>> Rows)?> FindAsync(long streamId, string task, CancellationToken cancellation)
        => database.ReadAsync<(ProbeRecord, IReadOnlyList<ReadOnlyMemory<byte>>)?>("reading a probe set", async context =>
        {
            var row = await context.Probes.AsNoTracking().SingleOrDefaultAsync(row => row.StreamId == streamId && row.Task == task, cancellation).ConfigureAwait(false);
            return row is null ? null : (ToRecord(row, row.Payloads.Length), Unpack(row.Payloads));
        });

    /// <inheritdoc/>
    public Task<bool> DeleteAsync(long streamId, string task, CancellationToken cancellation)
        => database.WriteAsync("deleting a probe set", async context =>
        {
            await context.ProbeScores.Where(score => score.Task == task && context.Models.Any(model => model.Id == score.ModelId && model.StreamId == streamId))
                .ExecuteDeleteAsync(cancellation).ConfigureAwait(false);
            return await context.Probes.Where(row => row.StreamId == streamId && row.Task == task).ExecuteDeleteAsync(cancellation).ConfigureAwait(false) > 0;
        }, cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<ProbeScore>> ListScoresAsync(long modelId, CancellationToken cancellation)
        => database.ReadAsync<IReadOnlyList<ProbeScore>>("listing probe scores", async context =>
        {
            var rows = await context.ProbeScores.AsNoTracking().Where(row => row.ModelId == modelId)
                .OrderBy(row => row.Lineage).ThenBy(row => row.Sequence).ThenBy(row => row.Task).ToListAsync(cancellation).ConfigureAwait(false);
            return rows.ConvertAll(row => new ProbeScore
            {
                Lineage = row.Lineage,
                Sequence = row.Sequence,
                Task = row.Task,
                ProbeHash = row.ProbeHash,
                RowCount = row.RowCount,
                RightCount = row.RightCount,
                AbsoluteError = row.AbsoluteError,
            });
        });

    /// <inheritdoc/>
    public Task SaveScoresAsync(long modelId, IReadOnlyList<ProbeScore> scores, CancellationToken cancellation)
        => database.WriteAsync("saving probe scores", async context =>
        {
            if (!await context.Models.AnyAsync(model => model.Id == modelId, cancellation).ConfigureAwait(false))
            {
                return false;
            }

            foreach (var score in scores)
            {
                await context.Database.ExecuteSqlAsync(
                    $"""
                    INSERT INTO probe_scores (model_id, lineage, sequence, task, probe_hash, row_count, right_count, absolute_error)
                    VALUES ({modelId}, {score.Lineage}, {score.Sequence}, {score.Task}, {score.ProbeHash.ToArray()}, {score.RowCount}, {score.RightCount}, {score.AbsoluteError})
                    ON CONFLICT (model_id, lineage, sequence, task) DO UPDATE SET
                        probe_hash = excluded.probe_hash, row_count = excluded.row_count, right_count = excluded.right_count, absolute_error = excluded.absolute_error
                    """,
                    cancellation).ConfigureAwait(false);
            }

            return true;
        }, cancellation);

    /// <summary>A probe set as a row.</summary>
    internal static ProbeRow ToRow(NewProbe probe)
    {
        var bytes = Pack(probe.Rows);
        return new ProbeRow
        {
            StreamId = probe.StreamId,
            Task = probe.Task,
            Hash = SHA256.HashData(bytes),
            RowCount = probe.Rows.Count,
            Payloads = bytes,
            Actor = probe.Actor,
            CreatedAt = probe.CreatedAt,
        };
    }

    private static ProbeRecord ToRecord(ProbeRow row, long byteCount) => new()
    {
        StreamId = row.StreamId,
        Task = row.Task,
        Hash = row.Hash,
        RowCount = row.RowCount,
        ByteCount = byteCount,
        CreatedAt = row.CreatedAt,
    };

    private static byte[] Pack(IReadOnlyList<ReadOnlyMemory<byte>> rows)
    {
        var bytes = new byte[rows.Sum(row => sizeof(int) + row.Length)];
        var rest = bytes.AsSpan();
        foreach (var row in rows)
        {
            BinaryPrimitives.WriteInt32LittleEndian(rest, row.Length);
            row.Span.CopyTo(rest[sizeof(int)..]);
            rest = rest[(sizeof(int) + row.Length)..];
        }

        return bytes;
    }

    private static List<ReadOnlyMemory<byte>> Unpack(byte[] bytes)
    {
        var rows = new List<ReadOnlyMemory<byte>>();
        for (var at = 0; at < bytes.Length;)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(at));
            rows.Add(bytes.AsMemory(at + sizeof(int), length));
            at += sizeof(int) + length;
        }

        return rows;
    }
}
