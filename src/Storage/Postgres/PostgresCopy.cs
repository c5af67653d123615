using LifelongApi.Storage.Journal;
using LifelongApi.Storage.Schema;
using Npgsql;
using NpgsqlTypes;

namespace LifelongApi.Storage.Postgres;

/// <summary>The append of large payloads: ids first, then the events whose id was new through binary COPY. The caller holds the stream's row.</summary>
internal static class PostgresCopy
{
    private static readonly string Ids = PostgresAppend.ByPosition(
        """
        INSERT INTO event_ids (stream_id, id_key, sequence)
        SELECT @stream, b.id_key, b.sequence FROM unnest(@id_key, @sequence) AS b(id_key, sequence)
        ON CONFLICT (stream_id, id_key) DO NOTHING
        RETURNING sequence
        """,
        ["stream", "id_key", "sequence"]);

    private const string Events =
        """
        COPY events (stream_id, sequence, event_id, id_key, kind, task_id, entity, subject_id, actor, occurred_at, received_at, weight, payload, payload_hash)
        FROM STDIN (FORMAT BINARY)
        """;

    private static readonly string Rest = PostgresAppend.ByPosition(
        """
        WITH counted AS (
            UPDATE streams SET last_sequence = greatest(last_sequence, @last), event_count = event_count + @count WHERE id = @stream
        ), new_tasks AS (
            INSERT INTO tasks (stream_id, id, name)
            SELECT @stream, t.id, t.name FROM unnest(@new_task_id, @new_task_name) AS t(id, name)
        ), new_names AS (
            INSERT INTO feature_names (stream_id, id, name)
            SELECT @stream, n.id, n.name FROM unnest(@name_id, @name) AS n(id, name)
            ON CONFLICT (stream_id, id) DO NOTHING
        )
        INSERT INTO outcomes (model_id, lineage, sequence, payload)
        SELECT o.model_id, o.lineage, o.sequence, o.payload
        FROM unnest(@outcome_model, @outcome_lineage, @outcome_sequence, @outcome) AS o(model_id, lineage, sequence, payload)
        ON CONFLICT (model_id, lineage, sequence) DO NOTHING
        """,
        ["stream", "last", "count", .. PostgresAppend.Outcomes, .. PostgresAppend.Names]);

    /// <summary>Writes the batch; answers the positions of rows whose id was live already.</summary>
    public static async Task<IReadOnlyList<int>> WriteAsync(NpgsqlConnection connection, AppendRequest request, AppendBatch batch)
    {
        var written = await WriteIdsAsync(connection, request, batch).ConfigureAwait(false);
        var last = 0L;
        await using (var import = await connection.BeginBinaryImportAsync(Events).ConfigureAwait(false))
        {
            foreach (var row in batch.Rows.Where(row => written.Contains(row.Sequence)))
            {
                await WriteRowAsync(import, row).ConfigureAwait(false);
                last = row.Sequence;
            }

            await import.CompleteAsync().ConfigureAwait(false);
        }

        await using var rest = new NpgsqlCommand(Rest, connection);
        PostgresAppend.Add(rest, request.StreamId);
        PostgresAppend.Add(rest, last);
        PostgresAppend.Add(rest, (long)written.Count);
        PostgresAppend.AddOutcomes(rest, request);
        PostgresAppend.AddNames(rest, request, batch);
        await rest.ExecuteNonQueryAsync().ConfigureAwait(false);
        return PostgresAppend.Positions(batch, sequence => !written.Contains(sequence));
    }

    private static async Task<HashSet<long>> WriteIdsAsync(NpgsqlConnection connection, AppendRequest request, AppendBatch batch)
    {
        await using var command = new NpgsqlCommand(Ids, connection);
        PostgresAppend.Add(command, request.StreamId);
        PostgresAppend.AddBytes(command, [.. batch.Rows.Select(row => row.IdKey)]);
        PostgresAppend.Add<long[]>(command, [.. batch.Rows.Select(row => row.Sequence)]);
        var written = new HashSet<long>(batch.Rows.Count);
        await using var reader = await command.ExecuteReaderAsync().ConfigureAwait(false);
        while (await reader.ReadAsync().ConfigureAwait(false))
        {
            written.Add(reader.GetInt64(0));
        }

        return written;
    }

    private static async Task WriteRowAsync(NpgsqlBinaryImporter import, EventRow row)
    {
        await import.StartRowAsync().ConfigureAwait(false);
        await import.WriteAsync(row.StreamId, NpgsqlDbType.Bigint).ConfigureAwait(false);
        await import.WriteAsync(row.Sequence, NpgsqlDbType.Bigint).ConfigureAwait(false);
        await import.WriteAsync(row.EventId, NpgsqlDbType.Text).ConfigureAwait(false);
        await import.WriteAsync(row.IdKey, NpgsqlDbType.Bytea).ConfigureAwait(false);
        await import.WriteAsync(row.Kind, NpgsqlDbType.Smallint).ConfigureAwait(false);
        await import.WriteAsync(row.TaskId, NpgsqlDbType.Integer).ConfigureAwait(false);
        await import.WriteAsync(row.Entity, NpgsqlDbType.Text).ConfigureAwait(false);
        await import.WriteAsync(row.SubjectId, NpgsqlDbType.Integer).ConfigureAwait(false);
        await import.WriteAsync(row.Actor, NpgsqlDbType.Text).ConfigureAwait(false);
        await import.WriteAsync(row.OccurredAt, NpgsqlDbType.Bigint).ConfigureAwait(false);
        await import.WriteAsync(row.ReceivedAt, NpgsqlDbType.Bigint).ConfigureAwait(false);
        await import.WriteAsync(row.Weight, NpgsqlDbType.Real).ConfigureAwait(false);
        await import.WriteAsync(row.Payload, NpgsqlDbType.Bytea).ConfigureAwait(false);
        await import.WriteAsync(row.PayloadHash, NpgsqlDbType.Bytea).ConfigureAwait(false);
    }
}
