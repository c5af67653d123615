using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using LifelongApi.Storage.Journal;
using LifelongApi.Storage.Schema;
using Microsoft.Data.Sqlite;

namespace LifelongApi.Storage.Sqlite;

/// <summary>The journal on SQLite: prepared statements in an immediate transaction, which appends of other streams may share; the epoch is checked inside it.</summary>
internal sealed class SqliteJournal(SqliteDatabase database) : JournalStore(database)
{
    private const string InsertEvent =
        """
        INSERT INTO events (stream_id, sequence, event_id, id_key, kind, task_id, entity, subject_id, actor, occurred_at, received_at, weight, payload, payload_hash)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """;

    /// <inheritdoc/>
    protected override async Task<IReadOnlyList<int>> WriteAsync(AppendRequest request, AppendBatch batch)
    {
        byte[]? salt = null;
        if (batch.HasSubjects)
        {
            var traits = await Traits.FindAsync(request.StreamId, CancellationToken.None).ConfigureAwait(false);
            salt = traits?.Salt ?? throw Refusal(request, epoch: null, lastSequence: 0);
        }

        return await database.Writer.RunAsync(writer => Write(writer, request, batch, salt)).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override async Task<Dictionary<byte[], StoredId>> FindIdsAsync(long streamId, IReadOnlyList<byte[]> keys, CancellationToken cancellation)
    {
        await using var connection = new SqliteConnection(database.ConnectionString);
        await connection.OpenAsync(cancellation).ConfigureAwait(false);
        using var statement = new SqliteStatement(connection, StoredId.Select + " = @key", ["@stream", "@key"]);
        var found = new Dictionary<byte[], StoredId>(KeyComparer.Instance);
        foreach (var wanted in keys)
        {
            using var reader = statement.Query(streamId, wanted);
            if (reader.Read())
            {
                var (key, id) = StoredId.Read(reader);
                found[key] = id;
            }
        }

        return found;
    }

    /// <inheritdoc/>
    protected override async Task<bool> HasIdsBetweenAsync(long streamId, byte[] first, byte[] last, CancellationToken cancellation)
    {
        await using var connection = new SqliteConnection(database.ConnectionString);
        await connection.OpenAsync(cancellation).ConfigureAwait(false);
        using var statement = new SqliteStatement(
            connection, "SELECT 1 FROM event_ids WHERE stream_id = @stream AND id_key BETWEEN @first AND @last LIMIT 1", ["@stream", "@first", "@last"]);
        using var reader = statement.Query(streamId, first, last);
        return reader.Read();
    }

    /// <inheritdoc/>
    protected override async IAsyncEnumerable<OutcomeEntry> ReadOutcomesAsync(
        long modelId, IReadOnlyList<int> lineages, IReadOnlyList<long> sequences, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await using var connection = new SqliteConnection(database.ConnectionString);
        await connection.OpenAsync(cancellation).ConfigureAwait(false);
        using var statement = new SqliteStatement(
            connection, "SELECT payload FROM outcomes WHERE model_id = @model AND lineage = @lineage AND sequence = @sequence", ["@model", "@lineage", "@sequence"]);
        // Newest lineage first: it wins, and older ones need not be asked.
        var newestFirst = lineages.Distinct().OrderDescending().ToList();
        foreach (var sequence in sequences)
        {
            foreach (var lineage in newestFirst)
            {
                using var reader = statement.Query(modelId, lineage, sequence);
                if (reader.Read())
                {
                    yield return new OutcomeEntry { ModelId = modelId, Lineage = lineage, Sequence = sequence, Payload = reader.GetFieldValue<byte[]>(0) };
                    break;
                }
            }
        }
    }

    private static List<int> Write(SqliteWriter writer, AppendRequest request, AppendBatch batch, byte[]? salt)
    {
        CheckFence(writer, request);
        if (salt is not null)
        {
            batch.Seal(request, FindOrAddSubjects(writer, request, batch.SubjectNames(request), salt));
        }

        var refused = new List<int>();
        var last = 0L;
        var insertId = writer.Change("INSERT INTO event_ids (stream_id, id_key, sequence) VALUES (?, ?, ?) ON CONFLICT DO NOTHING");
        var insertEvent = writer.Change(InsertEvent);
        for (var position = 0; position < batch.Rows.Count; position++)
        {
            var row = batch.Rows[position];
            if (insertId.Bind(row.StreamId).Bind(row.IdKey).Bind(row.Sequence).Run() == 0)
            {
                refused.Add(position);
                continue;
            }

            insertEvent
                .Bind(row.StreamId).Bind(row.Sequence).Bind(row.EventId).Bind(row.IdKey).Bind(row.Kind).Bind(row.TaskId).Bind(row.Entity)
                .Bind(row.SubjectId).Bind(row.Actor).Bind(row.OccurredAt).Bind(row.ReceivedAt).Bind((double)row.Weight).Bind(row.Payload).Bind(row.PayloadHash)
                .Run();
            last = row.Sequence;
        }

        if (last > 0)
        {
            writer.Change("UPDATE streams SET last_sequence = ?, event_count = event_count + ? WHERE id = ?")
                .Bind(last).Bind(batch.Rows.Count - refused.Count).Bind(request.StreamId).Run();
        }

        WriteExtras(writer, request, batch);
        return refused;
    }

    private static void CheckFence(SqliteWriter writer, AppendRequest request)
    {
        Span<long> found = stackalloc long[2];
        if (!writer.Change("SELECT epoch, last_sequence FROM streams WHERE id = ?").Bind(request.StreamId).TryRead(found))
        {
            throw Refusal(request, epoch: null, lastSequence: 0);
        }

        var (epoch, last) = (found[0], found[1]);
        if (epoch != request.Epoch || (request.Events.Count > 0 && request.Events[0].Sequence <= last))
        {
            throw Refusal(request, epoch, last);
        }
    }

    private static void WriteExtras(SqliteWriter writer, AppendRequest request, AppendBatch batch)
    {
        foreach (var task in batch.NewTasks)
        {
            writer.Statement("INSERT INTO tasks (stream_id, id, name) VALUES (@a, @b, @c)", "@a", "@b", "@c").Execute(task.StreamId, task.Id, task.Name);
        }

        foreach (var name in request.Names)
        {
            writer.Statement("INSERT INTO feature_names (stream_id, id, name) VALUES (@a, @b, @c) ON CONFLICT DO NOTHING", "@a", "@b", "@c")
                .Execute(request.StreamId, name.Id, name.Name);
        }

        var insertOutcome = writer.Change("INSERT INTO outcomes (model_id, lineage, sequence, payload) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING");
        foreach (var outcome in request.Outcomes)
        {
            insertOutcome.Bind(outcome.ModelId).Bind(outcome.Lineage).Bind(outcome.Sequence).Bind(outcome.Payload.Span).Run();
        }
    }

    private static Dictionary<string, SubjectKey> FindOrAddSubjects(SqliteWriter writer, AppendRequest request, IReadOnlyList<string> names, byte[] salt)
    {
        var keys = new Dictionary<string, SubjectKey>(StringComparer.Ordinal);
        foreach (var name in names)
        {
            var hash = PayloadDigest.OfSubject(name, salt);
            keys[name] = FindSubject(writer, request.StreamId, hash) ?? AddSubject(writer, request, name, hash);
        }

        return keys;
    }

    private static SubjectKey? FindSubject(SqliteWriter writer, long streamId, byte[] hash)
    {
        using var reader = writer.Statement("SELECT id, key FROM subjects WHERE stream_id = @a AND name_hash = @b AND destroyed_at IS NULL", "@a", "@b")
            .Query(streamId, hash);
        return reader.Read() ? new SubjectKey(reader.GetInt32(0), reader.GetFieldValue<byte[]>(1)) : null;
    }

    private static SubjectKey AddSubject(SqliteWriter writer, AppendRequest request, string name, byte[] hash)
    {
        var key = RandomNumberGenerator.GetBytes(SubjectSeal.KeyLength);
        using var reader = writer.Statement(
            """
            INSERT INTO subjects (stream_id, id, name_hash, sealed_name, key, created_at)
            SELECT @a, COALESCE(MAX(id), 0) + 1, @b, @c, @d, @e FROM subjects WHERE stream_id = @a
            RETURNING id
            """,
            "@a", "@b", "@c", "@d", "@e").Query(request.StreamId, hash, SubjectSeal.CloseName(key, request.StreamId, name), key, request.Events[0].ReceivedAt);
        reader.Read();
        return new SubjectKey(reader.GetInt32(0), key);
    }
}
