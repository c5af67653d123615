using LifelongApi.Storage.Journal;
using Npgsql;
using NpgsqlTypes;

namespace LifelongApi.Storage.Postgres;

/// <summary>
/// The append in one statement. <c>fence</c> locks the stream's row and is empty where the epoch is old (a take-over that commits first is seen,
/// because the row is read again after waiting); everything else is joined to it.
/// </summary>
/// <remarks>
/// Nearly every batch holds new ids only: a host asks before. Such a batch is inserted as it is, and an id that is live already fails the statement, which then has written nothing.
/// The second form writes what is new and says what is not, for which it joins the batch with the ids that were written. Postgres plans a statement that is prepared without knowing how many rows
/// an array has, takes it for few, and compares every row with every other: for a thousand events that took longer than to write them.
/// </remarks>
internal static class PostgresAppend
{
    // Columns that are usually empty cost a few bytes as arrays of nulls; a form of the statement without them would cost more in care.
    private const string Batch =
        """
        WITH fence AS MATERIALIZED (
            SELECT id FROM streams WHERE id = @stream AND epoch = @epoch AND last_sequence < @first FOR NO KEY UPDATE
        ), batch AS MATERIALIZED (
            SELECT * FROM unnest(@sequence, @event_id, @id_key, @kind, @task_id, @entity, @subject_id, @actor, @occurred_at, @received_at, @weight, @payload, @payload_hash)
                AS b(sequence, event_id, id_key, kind, task_id, entity, subject_id, actor, occurred_at, received_at, weight, payload, payload_hash)
        )
        """;

    private const string Event =
        """
        INSERT INTO events (stream_id, sequence, event_id, id_key, kind, task_id, entity, subject_id, actor, occurred_at, received_at, weight, payload, payload_hash)
            SELECT @stream, b.sequence, b.event_id, b.id_key, b.kind, b.task_id, b.entity, b.subject_id, b.actor, b.occurred_at, b.received_at, b.weight, b.payload, b.payload_hash
        """;

    private const string Extras =
        """
        new_tasks AS (
            INSERT INTO tasks (stream_id, id, name)
            SELECT f.id, t.id, t.name FROM unnest(@new_task_id, @new_task_name) AS t(id, name) CROSS JOIN fence f
        ), new_names AS (
            INSERT INTO feature_names (stream_id, id, name)
            SELECT f.id, n.id, n.name FROM unnest(@name_id, @name) AS n(id, name) CROSS JOIN fence f
            ON CONFLICT (stream_id, id) DO NOTHING
        ), new_outcomes AS (
            INSERT INTO outcomes (model_id, lineage, sequence, payload)
            SELECT o.model_id, o.lineage, o.sequence, o.payload
            FROM unnest(@outcome_model, @outcome_lineage, @outcome_sequence, @outcome) AS o(model_id, lineage, sequence, payload) CROSS JOIN fence f
            ON CONFLICT (model_id, lineage, sequence) DO NOTHING
        )
        """;

    private const string AllNew =
        $"""
        {Batch}, ids AS (
            INSERT INTO event_ids (stream_id, id_key, sequence)
            SELECT f.id, b.id_key, b.sequence FROM batch b CROSS JOIN fence f
        ), written AS (
            {Event}
            FROM batch b CROSS JOIN fence f
        ), counted AS (
            UPDATE streams s SET last_sequence = greatest(s.last_sequence, @last), event_count = s.event_count + @count
            FROM fence f WHERE s.id = f.id AND @count > 0
        ), {Extras}
        SELECT NULL::bigint FROM fence
        """;

    private const string SomeNew =
        $"""
        {Batch}, ids AS (
            INSERT INTO event_ids (stream_id, id_key, sequence)
            SELECT f.id, b.id_key, b.sequence FROM batch b CROSS JOIN fence f
            ON CONFLICT (stream_id, id_key) DO NOTHING
            RETURNING sequence
        ), written AS (
            {Event}
            FROM batch b JOIN ids i ON i.sequence = b.sequence
        ), counted AS (
            UPDATE streams s SET last_sequence = i.last, event_count = s.event_count + i.count
            FROM (SELECT max(sequence) AS last, count(*) AS count FROM ids) i
            WHERE s.id = @stream AND i.count > 0
        ), {Extras}
        SELECT b.sequence FROM fence f LEFT JOIN batch b ON NOT EXISTS (SELECT 1 FROM ids i WHERE i.sequence = b.sequence)
        """;

    /// <summary>Takes the stream's row for the rest of the transaction, or throws because the epoch is old.</summary>
    public static async Task LockAsync(NpgsqlConnection connection, AppendRequest request)
    {
        await using var command = new NpgsqlCommand("SELECT 1 FROM streams WHERE id = @stream AND epoch = @epoch AND last_sequence < @first FOR NO KEY UPDATE", connection);
        AddFence(command, request);
        if (await command.ExecuteScalarAsync().ConfigureAwait(false) is null)
        {
            throw await RefuseAsync(connection, request).ConfigureAwait(false);
        }
    }

    /// <summary>Writes the batch, of which every id is new; false, and nothing is written, where one is not. Only outside of a transaction, which could not go on.</summary>
    public static async Task<bool> TryWriteNewAsync(NpgsqlConnection connection, AppendRequest request, AppendBatch batch)
    {
        try
        {
            await WriteAsync(connection, request, batch, AllNew).ConfigureAwait(false);
            return true;
        }
        catch (PostgresException duplicate) when (duplicate.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            return false;
        }
    }

    /// <summary>Writes the batch; answers the positions of rows whose id was live already.</summary>
    public static Task<IReadOnlyList<int>> WriteAsync(NpgsqlConnection connection, AppendRequest request, AppendBatch batch) => WriteAsync(connection, request, batch, SomeNew);

    private static async Task<IReadOnlyList<int>> WriteAsync(NpgsqlConnection connection, AppendRequest request, AppendBatch batch, string statement)
    {
        var written = false;
        var refused = new HashSet<long>();
        await using (var command = new NpgsqlCommand(statement, connection))
        {
            AddFence(command, request);
            AddRows(command, batch);
            AddExtras(command, request, batch);
            if (statement == AllNew)
            {
                Add(command, "last", batch.Rows.Count == 0 ? 0L : batch.Rows[^1].Sequence);
                Add(command, "count", (long)batch.Rows.Count);
            }

            await using var reader = await command.ExecuteReaderAsync().ConfigureAwait(false);
            while (await reader.ReadAsync().ConfigureAwait(false))
            {
                written = true;
                if (!reader.IsDBNull(0))
                {
                    refused.Add(reader.GetInt64(0));
                }
            }
        }

        return written
            ? Positions(batch, refused.Contains)
            : throw await RefuseAsync(connection, request).ConfigureAwait(false);
    }

    /// <summary>Parameters <c>stream</c>, <c>epoch</c>, <c>first</c>.</summary>
    public static void AddFence(NpgsqlCommand command, AppendRequest request)
    {
        command.Parameters.Add(new NpgsqlParameter<long>("stream", request.StreamId));
        command.Parameters.Add(new NpgsqlParameter<long>("epoch", request.Epoch));
        command.Parameters.Add(new NpgsqlParameter<long>("first", request.Events.Count == 0 ? long.MaxValue : request.Events[0].Sequence));
    }

    /// <summary>Parameters of new tasks, feature names and outcomes.</summary>
    public static void AddExtras(NpgsqlCommand command, AppendRequest request, AppendBatch batch)
    {
        Add<int[]>(command, "new_task_id", [.. batch.NewTasks.Select(task => task.Id)]);
        Add<string[]>(command, "new_task_name", [.. batch.NewTasks.Select(task => task.Name)]);
        Add<int[]>(command, "name_id", [.. request.Names.Select(name => name.Id)]);
        Add<string[]>(command, "name", [.. request.Names.Select(name => name.Name)]);
        Add<long[]>(command, "outcome_model", [.. request.Outcomes.Select(outcome => outcome.ModelId)]);
        Add<int[]>(command, "outcome_lineage", [.. request.Outcomes.Select(outcome => outcome.Lineage)]);
        Add<long[]>(command, "outcome_sequence", [.. request.Outcomes.Select(outcome => outcome.Sequence)]);
        AddBytes(command, "outcome", [.. request.Outcomes.Select(outcome => AppendBatch.ToArray(outcome.Payload))]);
    }

    /// <summary>An array of byte strings.</summary>
    public static void AddBytes(NpgsqlCommand command, string name, byte[][] value)
        => command.Parameters.Add(new NpgsqlParameter(name, NpgsqlDbType.Array | NpgsqlDbType.Bytea) { Value = value });

    /// <summary>A typed parameter.</summary>
    public static void Add<T>(NpgsqlCommand command, string name, T value) => command.Parameters.Add(new NpgsqlParameter<T>(name, value));

    /// <summary>Positions of rows by their sequence.</summary>
    public static IReadOnlyList<int> Positions(AppendBatch batch, Predicate<long> isWanted)
        => [.. Enumerable.Range(0, batch.Rows.Count).Where(position => isWanted(batch.Rows[position].Sequence))];

    private static void AddRows(NpgsqlCommand command, AppendBatch batch)
    {
        var rows = batch.Rows;
        Add<long[]>(command, "sequence", [.. rows.Select(row => row.Sequence)]);
        Add<string[]>(command, "event_id", [.. rows.Select(row => row.EventId)]);
        AddBytes(command, "id_key", [.. rows.Select(row => row.IdKey)]);
        Add<short[]>(command, "kind", [.. rows.Select(row => row.Kind)]);
        Add<int?[]>(command, "task_id", [.. rows.Select(row => row.TaskId)]);
        Add<string?[]>(command, "entity", [.. rows.Select(row => row.Entity)]);
        Add<int?[]>(command, "subject_id", [.. rows.Select(row => row.SubjectId)]);
        Add<string?[]>(command, "actor", [.. rows.Select(row => row.Actor)]);
        Add<long?[]>(command, "occurred_at", [.. rows.Select(row => row.OccurredAt)]);
        Add<long[]>(command, "received_at", [.. rows.Select(row => row.ReceivedAt)]);
        Add<float[]>(command, "weight", [.. rows.Select(row => row.Weight)]);
        AddBytes(command, "payload", [.. rows.Select(row => row.Payload)]);
        AddBytes(command, "payload_hash", [.. rows.Select(row => row.PayloadHash)]);
    }

    private static async Task<Exception> RefuseAsync(NpgsqlConnection connection, AppendRequest request)
    {
        await using var command = new NpgsqlCommand("SELECT epoch, last_sequence FROM streams WHERE id = @stream", connection);
        command.Parameters.Add(new NpgsqlParameter<long>("stream", request.StreamId));
        await using var reader = await command.ExecuteReaderAsync().ConfigureAwait(false);
        return await reader.ReadAsync().ConfigureAwait(false)
            ? JournalStore.Refusal(request, reader.GetInt64(0), reader.GetInt64(1))
            : JournalStore.Refusal(request, null, 0);
    }
}
