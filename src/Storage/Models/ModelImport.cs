using System.Globalization;
using System.Text;
using LifelongApi.Storage.Journal;
using LifelongApi.Storage.Probes;
using LifelongApi.Storage.Schema;
using LifelongApi.Storage.Versions;
using Microsoft.EntityFrameworkCore;

namespace LifelongApi.Storage.Models;

/// <summary>One import inside a transaction: what the new model brings along.</summary>
internal sealed class ModelImport(LifelongContext context, ImportedModel imported)
{
    private const int RowsPerInsert = 400;

    /// <summary>Writes version, pages, rows of entities, probe sets, feature names, live ids and the open task.</summary>
    public async Task WriteAsync(ModelRow model, CancellationToken cancellation)
    {
        var newBytes = await VersionStore.AddPagesAsync(context, imported.Pages, cancellation).ConfigureAwait(false);
        var version = new VersionRow
        {
            ModelId = model.Id,
            Number = 1,
            Lineage = 1,
            Sequence = imported.Version.Sequence,
            StateHash = imported.Version.StateHash.ToArray(),
            Manifest = imported.Version.Manifest.ToArray(),
            Statistics = imported.Version.Statistics.ToArray(),
            Engine = imported.Version.Engine,
            // Without it nothing could rebuild the model: thinning must leave it.
            Pinned = true,
            Cause = "import",
            Note = imported.Version.Note,
            ByteCount = imported.Pages.Sum(page => (long)page.Bytes.Length),
            NewByteCount = newBytes,
            CreatedAt = model.CreatedAt,
        };
        context.Versions.Add(version);
        if (imported.OpenTask is { } began)
        {
            await AddOpenTaskAsync(model.StreamId, began, cancellation).ConfigureAwait(false);
        }

        context.Probes.AddRange(imported.Probes.Select(probe => ProbeStore.ToRow(probe with { StreamId = model.StreamId })));
        await context.SaveChangesAsync(cancellation).ConfigureAwait(false);
        for (var first = 0; first < imported.Pages.Count; first += VersionStore.PlacesPerInsert)
        {
            await VersionStore.AddPlacesAsync(context, version.Id, imported.Pages, first, cancellation).ConfigureAwait(false);
        }

        await EntityRows.AddAsync(context, imported.Version with { ModelId = model.Id, Lineage = 1 }, cancellation).ConfigureAwait(false);
        foreach (var names in imported.Names.Chunk(RowsPerInsert))
        {
            await InsertAsync("feature_names (stream_id, id, name)", model.StreamId, names, name => name.Id, name => name.Name, string.Empty, cancellation).ConfigureAwait(false);
        }

        foreach (var ids in imported.Ids.Chunk(RowsPerInsert))
        {
            await InsertAsync(
                "event_ids (stream_id, sequence, id_key)",
                model.StreamId,
                ids,
                id => id.Sequence,
                id => Checked(id).ToArray(),
                " ON CONFLICT (stream_id, id_key) DO NOTHING",
                cancellation).ConfigureAwait(false);
        }
    }

    private ReadOnlyMemory<byte> Checked(LiveEventId id) => id.Scheme == imported.IdScheme
        ? id.Key
        : throw new ArgumentException($"An id of scheme {id.Scheme} comes with a stream of scheme {imported.IdScheme}.", nameof(id));

    private async Task AddOpenTaskAsync(long streamId, Contracts.Journal.JournalEvent began, CancellationToken cancellation)
    {
        context.Tasks.Add(new TaskRow { StreamId = streamId, Id = 1, Name = began.Task! });
        context.Events.Add(AppendBatch.ToRow(streamId, began, EventIdKey.Of(began.EventId, imported.IdScheme), 1));
        await context.Streams.Where(stream => stream.Id == streamId).ExecuteUpdateAsync(stream => stream.SetProperty(row => row.EventCount, 1L), cancellation).ConfigureAwait(false);
    }

    /// <summary>Rows of a stream, a whole number (written into the statement) and a value (a parameter) each.</summary>
    private Task<int> InsertAsync<T>(string table, long streamId, T[] rows, Func<T, long> number, Func<T, object> value, string conflict, CancellationToken cancellation)
    {
        var sql = new StringBuilder("INSERT INTO ").Append(table).Append(" VALUES ");
        var values = new List<object>(rows.Length);
        foreach (var row in rows)
        {
            sql.Append(values.Count == 0 ? "" : ", ").Append(CultureInfo.InvariantCulture, $"({streamId}, {number(row)}, {{{values.Count}}})");
            values.Add(value(row));
        }

        return context.Database.ExecuteSqlRawAsync(sql.Append(conflict).ToString(), values, cancellation);
    }
}
