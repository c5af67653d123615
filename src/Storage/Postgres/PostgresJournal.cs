using System.Runtime.CompilerServices;
using LifelongApi.Storage.Journal;
using LifelongApi.Storage.Schema;
using Npgsql;
using NpgsqlTypes;

namespace LifelongApi.Storage.Postgres;

/// <summary>
/// The journal on Postgres. A usual append is one statement and so one round trip and one commit; large payloads go through COPY,
/// and events with a subject need the subject's key first: both in a transaction that takes the same row lock.
/// </summary>
internal sealed class PostgresJournal(PostgresDatabase database) : JournalStore(database)
{
    private const int CopyFromRows = 16;
    private const int CopyFromMeanBytes = 2048;

    /// <inheritdoc/>
    protected override async Task<IReadOnlyList<int>> WriteAsync(AppendRequest request, AppendBatch batch)
    {
        await using var connection = await database.Appends.OpenConnectionAsync().ConfigureAwait(false);
        if (!batch.HasSubjects && !IsForCopy(batch))
        {
            return batch.Rows.Count > 0 && await PostgresAppend.TryWriteNewAsync(connection, request, batch).ConfigureAwait(false)
                ? []
                : await PostgresAppend.WriteAsync(connection, request, batch).ConfigureAwait(false);
        }

        await using var transaction = await connection.BeginTransactionAsync().ConfigureAwait(false);
        await PostgresAppend.LockAsync(connection, request).ConfigureAwait(false);
        if (batch.HasSubjects)
        {
            var traits = await Traits.FindAsync(request.StreamId, CancellationToken.None).ConfigureAwait(false)
                ?? throw Refusal(request, epoch: null, lastSequence: 0);
            batch.Seal(request, await PostgresSubjects.FindOrAddAsync(connection, request, batch.SubjectNames(request), traits.Salt).ConfigureAwait(false));
        }

        var refused = IsForCopy(batch)
            ? await PostgresCopy.WriteAsync(connection, request, batch).ConfigureAwait(false)
            : await PostgresAppend.WriteAsync(connection, request, batch).ConfigureAwait(false);
        await transaction.CommitAsync().ConfigureAwait(false);
        return refused;
    }

    /// <inheritdoc/>
    protected override async Task<Dictionary<byte[], StoredId>> FindIdsAsync(long streamId, IReadOnlyList<byte[]> keys, CancellationToken cancellation)
    {
        await using var command = database.Source.CreateCommand(StoredId.Select + " = ANY(@keys)");
        command.Parameters.Add(new NpgsqlParameter<long>("stream", streamId));
        command.Parameters.Add(new NpgsqlParameter("keys", NpgsqlDbType.Array | NpgsqlDbType.Bytea) { Value = keys.ToArray() });
        await using var reader = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        var found = new Dictionary<byte[], StoredId>(KeyComparer.Instance);
        while (await reader.ReadAsync(cancellation).ConfigureAwait(false))
        {
            var (key, id) = StoredId.Read(reader);
            found[key] = id;
        }

        return found;
    }

    /// <inheritdoc/>
    protected override async Task<bool> HasIdsBetweenAsync(long streamId, byte[] first, byte[] last, CancellationToken cancellation)
    {
        // In the order of the key, so that the planner takes the index and ends at the first.
        await using var command = database.Source.CreateCommand(
            "SELECT id_key FROM event_ids WHERE stream_id = @stream AND id_key BETWEEN @first AND @last ORDER BY id_key LIMIT 1");
        command.Parameters.Add(new NpgsqlParameter<long>("stream", streamId));
        command.Parameters.Add(new NpgsqlParameter<byte[]>("first", first));
        command.Parameters.Add(new NpgsqlParameter<byte[]>("last", last));
        return await command.ExecuteScalarAsync(cancellation).ConfigureAwait(false) is not null;
    }

    /// <inheritdoc/>
    protected override async IAsyncEnumerable<OutcomeEntry> ReadOutcomesAsync(
        long modelId, IReadOnlyList<int> lineages, IReadOnlyList<long> sequences, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await using var command = database.Source.CreateCommand(
            """
            SELECT lineage, sequence, payload FROM outcomes
            WHERE model_id = @model AND lineage = ANY(@lineages) AND sequence = ANY(@sequences)
            """);
        command.Parameters.Add(new NpgsqlParameter<long>("model", modelId));
        command.Parameters.Add(new NpgsqlParameter<int[]>("lineages", [.. lineages]));
        command.Parameters.Add(new NpgsqlParameter<long[]>("sequences", [.. sequences]));
        await using var reader = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        while (await reader.ReadAsync(cancellation).ConfigureAwait(false))
        {
            yield return new OutcomeEntry
            {
                ModelId = modelId,
                Lineage = reader.GetInt32(0),
                Sequence = reader.GetInt64(1),
                Payload = reader.GetFieldValue<byte[]>(2),
            };
        }
    }

    private static bool IsForCopy(AppendBatch batch)
        => batch.Rows.Count >= CopyFromRows && batch.Rows.Sum(row => (long)row.Payload.Length) > (long)CopyFromMeanBytes * batch.Rows.Count;
}
