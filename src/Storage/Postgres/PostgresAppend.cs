using System.Globalization;
using System.Text.RegularExpressions;
using LifelongApi.Storage.Journal;
using Npgsql;
using NpgsqlTypes;

namespace LifelongApi.Storage.Postgres;

/// <summary>
/// The append in one statement. <c>fence</c> takes the stream's row and is empty where the epoch is old (a take-over that commits first is seen,
/// because the row is read again after waiting); everything else is joined to it.
/// </summary>
/// <remarks>
/// Nearly every batch holds new ids only: a host asks before. Such a batch is inserted as it is, and an id that is live already fails the statement, which then has written nothing.
/// The second form writes what is new and says what is not, for which it joins the batch with the ids that were written. Postgres plans a statement that is prepared without knowing how many rows
/// an array has, takes it for few, and compares every row with every other: for a thousand events that took longer than to write them.
/// </remarks>
internal static class PostgresAppend
{
    private static readonly string[] Fence = ["stream", "epoch", "first"];
    private static readonly string[] Rows =
        ["sequence", "event_id", "id_key", "kind", "task_id", "entity", "subject_id", "actor", "occurred_at", "received_at", "weight", "payload", "payload_hash"];
    private static readonly string[] Total = ["last", "count"];

    /// <summary>Parameters that <see cref="AddOutcomes"/> adds.</summary>
    public static readonly string[] Outcomes = ["outcome_model", "outcome_lineage", "outcome_sequence", "outcome"];

    /// <summary>Parameters that <see cref="AddNames"/> adds.</summary>
    public static readonly string[] Names = ["new_task_id", "new_task_name", "name_id", "name"];

    private const string EventColumns =
        "stream_id, sequence, event_id, id_key, kind, task_id, entity, subject_id, actor, occurred_at, received_at, weight, payload, payload_hash";

    private const string NewNames =
        """
        , new_tasks AS (
            INSERT INTO tasks (stream_id, id, name)
            SELECT f.id, t.id, t.name FROM unnest(@new_task_id, @new_task_name) AS t(id, name) CROSS JOIN fence f
        ), new_names AS (
            INSERT INTO feature_names (stream_id, id, name)
            SELECT f.id, n.id, n.name FROM unnest(@name_id, @name) AS n(id, name) CROSS JOIN fence f
            ON CONFLICT (stream_id, id) DO NOTHING
        )
        """;

    private const string NewOutcomes =
        """
        , new_outcomes AS (
            INSERT INTO outcomes (model_id, lineage, sequence, payload)
            SELECT unnest(@outcome_model), unnest(@outcome_lineage), unnest(@outcome_sequence), unnest(@outcome) FROM fence f
        )
        """;

    // The fence counts as well, arrays become rows as they are read, and the statement is an insert, whose answer is a number: half the time of a batch that is
    // put together first and selected from at the end. Columns that are usually empty cost a few bytes as arrays of nulls.
    private const string Fenced =
        """
        WITH fence AS (
            UPDATE streams SET last_sequence = @last, event_count = event_count + @count
            WHERE id = @stream AND epoch = @epoch AND last_sequence < @first
            RETURNING id
        ), ids AS (
            INSERT INTO event_ids (stream_id, id_key, sequence)
            SELECT f.id, unnest(@id_key), unnest(@sequence) FROM fence f
        )
        """;

    private const string Events =
        $"""
        INSERT INTO events ({EventColumns})
        SELECT f.id, unnest(@sequence), unnest(@event_id), unnest(@id_key), unnest(@kind), unnest(@task_id), unnest(@entity), unnest(@subject_id), unnest(@actor),
            unnest(@occurred_at), unnest(@received_at), unnest(@weight), unnest(@payload), unnest(@payload_hash)
        FROM fence f
        """;

    // What a commit does not bring is not in its statement: each table costs 10 to 20 microseconds, rows or none.
    private static readonly string EventsOnly = ByPosition(Fenced + Events, [.. Fence, .. Rows, .. Total]);
    private static readonly string EventsAndOutcomes = ByPosition(Fenced + NewOutcomes + Events, [.. Fence, .. Rows, .. Total, .. Outcomes]);
    private static readonly string Everything = ByPosition(Fenced + NewOutcomes + NewNames + Events, [.. Fence, .. Rows, .. Total, .. Outcomes, .. Names]);

    private static readonly string SomeNew = ByPosition(
        $"""
        WITH fence AS MATERIALIZED (
            SELECT id FROM streams WHERE id = @stream AND epoch = @epoch AND last_sequence < @first FOR NO KEY UPDATE
        ), batch AS MATERIALIZED (
            SELECT * FROM unnest(@sequence, @event_id, @id_key, @kind, @task_id, @entity, @subject_id, @actor, @occurred_at, @received_at, @weight, @payload, @payload_hash)
                AS b(sequence, event_id, id_key, kind, task_id, entity, subject_id, actor, occurred_at, received_at, weight, payload, payload_hash)
        ), ids AS (
            INSERT INTO event_ids (stream_id, id_key, sequence)
            SELECT f.id, b.id_key, b.sequence FROM batch b CROSS JOIN fence f
            ON CONFLICT (stream_id, id_key) DO NOTHING
            RETURNING sequence
        ), written AS (
            INSERT INTO events ({EventColumns})
            SELECT @stream, b.sequence, b.event_id, b.id_key, b.kind, b.task_id, b.entity, b.subject_id, b.actor, b.occurred_at, b.received_at, b.weight, b.payload, b.payload_hash
            FROM batch b JOIN ids i ON i.sequence = b.sequence
        ), counted AS (
            UPDATE streams s SET last_sequence = i.last, event_count = s.event_count + i.count
            FROM (SELECT max(sequence) AS last, count(*) AS count FROM ids) i
            WHERE s.id = @stream AND i.count > 0
        ), new_outcomes AS (
            INSERT INTO outcomes (model_id, lineage, sequence, payload)
            SELECT o.model_id, o.lineage, o.sequence, o.payload
            FROM unnest(@outcome_model, @outcome_lineage, @outcome_sequence, @outcome) AS o(model_id, lineage, sequence, payload) CROSS JOIN fence f
            ON CONFLICT (model_id, lineage, sequence) DO NOTHING
        ){NewNames}
        SELECT b.sequence FROM fence f LEFT JOIN batch b ON NOT EXISTS (SELECT 1 FROM ids i WHERE i.sequence = b.sequence)
        """,
        [.. Fence, .. Rows, .. Outcomes, .. Names]);

    private static readonly string Lock = ByPosition("SELECT 1 FROM streams WHERE id = @stream AND epoch = @epoch AND last_sequence < @first FOR NO KEY UPDATE", Fence);

    /// <summary>The statement with its parameters by their place: one with names is parsed by the driver each time it runs.</summary>
    /// <param name="sql">With parameters as <c>@name</c>.</param>
    /// <param name="order">The names in the order in which the parameters are added.</param>
    public static string ByPosition(string sql, string[] order) =>
        Regex.Replace(sql, "@([a-z_]+)", found => string.Create(CultureInfo.InvariantCulture, $"${order.Index().Single(name => name.Item == found.Groups[1].Value).Index + 1}"));

    /// <summary>Takes the stream's row for the rest of the transaction, or throws because the epoch is old.</summary>
    public static async Task LockAsync(NpgsqlConnection connection, AppendRequest request)
    {
        await using var command = new NpgsqlCommand(Lock, connection);
        AddFence(command, request);
        if (await command.ExecuteScalarAsync().ConfigureAwait(false) is null)
        {
            throw await RefuseAsync(connection, request).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Writes the batch, of which every id is new and no outcome stored; false, and nothing is written, where one is not. Only outside of a transaction, which could not go on.
    /// </summary>
    public static async Task<bool> TryWriteNewAsync(NpgsqlConnection connection, AppendRequest request, AppendBatch batch)
    {
        var (hasNames, hasOutcomes) = (batch.NewTasks.Count > 0 || request.Names.Count > 0, request.Outcomes.Count > 0);
        await using var command = new NpgsqlCommand(hasNames ? Everything : hasOutcomes ? EventsAndOutcomes : EventsOnly, connection);
        AddFence(command, request);
        AddRows(command, batch);
        Add(command, batch.Rows[^1].Sequence);
        Add(command, (long)batch.Rows.Count);
        if (hasNames || hasOutcomes)
        {
            AddOutcomes(command, request);
        }

        if (hasNames)
        {
            AddNames(command, request, batch);
        }

        try
        {
            return await command.ExecuteNonQueryAsync().ConfigureAwait(false) > 0
                ? true
                : throw await RefuseAsync(connection, request).ConfigureAwait(false);
        }
        catch (PostgresException known) when (known.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            return false;
        }
    }

    /// <summary>Writes the batch; answers the positions of rows whose id was live already.</summary>
    public static async Task<IReadOnlyList<int>> WriteAsync(NpgsqlConnection connection, AppendRequest request, AppendBatch batch)
    {
        await using var command = new NpgsqlCommand(SomeNew, connection);
        AddFence(command, request);
        AddRows(command, batch);
        AddOutcomes(command, request);
        AddNames(command, request, batch);
        var written = false;
        var refused = new HashSet<long>();
        await using (var reader = await command.ExecuteReaderAsync().ConfigureAwait(false))
        {
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

    /// <summary>Adds an array of byte strings.</summary>
    public static void AddBytes(NpgsqlCommand command, byte[][] value)
        => command.Parameters.Add(new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea, Value = value });

    /// <summary>Adds a typed parameter.</summary>
    public static void Add<T>(NpgsqlCommand command, T value) => command.Parameters.Add(new NpgsqlParameter<T> { TypedValue = value });

    /// <summary>Adds the outcomes.</summary>
    public static void AddOutcomes(NpgsqlCommand command, AppendRequest request)
    {
        var outcomes = request.Outcomes;
        Add<long[]>(command, [.. outcomes.Select(outcome => outcome.ModelId)]);
        Add<int[]>(command, [.. outcomes.Select(outcome => outcome.Lineage)]);
        Add<long[]>(command, [.. outcomes.Select(outcome => outcome.Sequence)]);
        AddBytes(command, [.. outcomes.Select(outcome => AppendBatch.ToArray(outcome.Payload))]);
    }

    /// <summary>Adds new tasks and feature names.</summary>
    public static void AddNames(NpgsqlCommand command, AppendRequest request, AppendBatch batch)
    {
        Add<int[]>(command, [.. batch.NewTasks.Select(task => task.Id)]);
        Add<string[]>(command, [.. batch.NewTasks.Select(task => task.Name)]);
        Add<int[]>(command, [.. request.Names.Select(name => name.Id)]);
        Add<string[]>(command, [.. request.Names.Select(name => name.Name)]);
    }

    /// <summary>Positions of rows by their sequence.</summary>
    public static IReadOnlyList<int> Positions(AppendBatch batch, Predicate<long> isWanted)
        => [.. Enumerable.Range(0, batch.Rows.Count).Where(position => isWanted(batch.Rows[position].Sequence))];

    private static void AddFence(NpgsqlCommand command, AppendRequest request)
    {
        Add(command, request.StreamId);
        Add(command, request.Epoch);
        Add(command, request.Events.Count == 0 ? long.MaxValue : request.Events[0].Sequence);
    }

    private static void AddRows(NpgsqlCommand command, AppendBatch batch)
    {
        var rows = batch.Rows;
        Add<long[]>(command, [.. rows.Select(row => row.Sequence)]);
        Add<string[]>(command, [.. rows.Select(row => row.EventId)]);
        AddBytes(command, [.. rows.Select(row => row.IdKey)]);
        Add<short[]>(command, [.. rows.Select(row => row.Kind)]);
        Add<int?[]>(command, [.. rows.Select(row => row.TaskId)]);
        Add<string?[]>(command, [.. rows.Select(row => row.Entity)]);
        Add<int?[]>(command, [.. rows.Select(row => row.SubjectId)]);
        Add<string?[]>(command, [.. rows.Select(row => row.Actor)]);
        Add<long?[]>(command, [.. rows.Select(row => row.OccurredAt)]);
        Add<long[]>(command, [.. rows.Select(row => row.ReceivedAt)]);
        Add<float[]>(command, [.. rows.Select(row => row.Weight)]);
        AddBytes(command, [.. rows.Select(row => row.Payload)]);
        AddBytes(command, [.. rows.Select(row => row.PayloadHash)]);
    }

    private static async Task<Exception> RefuseAsync(NpgsqlConnection connection, AppendRequest request)
    {
        await using var command = new NpgsqlCommand("SELECT epoch, last_sequence FROM streams WHERE id = $1", connection);
        Add(command, request.StreamId);
        await using var reader = await command.ExecuteReaderAsync().ConfigureAwait(false);
        return await reader.ReadAsync().ConfigureAwait(false)
            ? JournalStore.Refusal(request, reader.GetInt64(0), reader.GetInt64(1))
            : JournalStore.Refusal(request, null, 0);
    }
}
