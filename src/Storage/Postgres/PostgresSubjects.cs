using System.Security.Cryptography;
using LifelongApi.Storage.Journal;
using Npgsql;

namespace LifelongApi.Storage.Postgres;

/// <summary>Keys of subjects inside an append. They are locked until the commit, so that a destruction waits and then reaches the new events too.</summary>
internal static class PostgresSubjects
{
    private const string Select = "SELECT name_hash, id, key FROM subjects WHERE stream_id = $1 AND name_hash = ANY($2) AND destroyed_at IS NULL FOR SHARE";

    private static readonly string Insert = PostgresAppend.ByPosition(
        """
        INSERT INTO subjects (stream_id, id, name_hash, sealed_name, key, created_at)
        SELECT @stream, (SELECT COALESCE(max(id), 0) FROM subjects WHERE stream_id = @stream) + n.position::integer, n.name_hash, n.sealed_name, n.key, @created_at
        FROM unnest(@hash, @sealed_name, @key) WITH ORDINALITY AS n(name_hash, sealed_name, key, position)
        RETURNING name_hash, id, key
        """,
        ["stream", "created_at", "hash", "sealed_name", "key"]);

    /// <summary>The key of each name, made where there is none.</summary>
    public static async Task<IReadOnlyDictionary<string, SubjectKey>> FindOrAddAsync(
        NpgsqlConnection connection, AppendRequest request, IReadOnlyList<string> names, byte[] salt)
    {
        var nameByHash = names.ToDictionary(name => AppendBatch.HashKey(PayloadDigest.OfSubject(name, salt)));
        var keys = new Dictionary<string, SubjectKey>(StringComparer.Ordinal);
        await using (var select = new NpgsqlCommand(Select, connection))
        {
            PostgresAppend.Add(select, request.StreamId);
            PostgresAppend.AddBytes(select, [.. names.Select(name => PayloadDigest.OfSubject(name, salt))]);
            await ReadAsync(select, nameByHash, keys).ConfigureAwait(false);
        }

        var added = names.Where(name => !keys.ContainsKey(name)).Select(name => (Name: name, Key: RandomNumberGenerator.GetBytes(SubjectSeal.KeyLength))).ToList();
        if (added.Count > 0)
        {
            await using var insert = new NpgsqlCommand(Insert, connection);
            PostgresAppend.Add(insert, request.StreamId);
            PostgresAppend.Add(insert, request.Events[0].ReceivedAt);
            PostgresAppend.AddBytes(insert, [.. added.Select(subject => PayloadDigest.OfSubject(subject.Name, salt))]);
            PostgresAppend.AddBytes(insert, [.. added.Select(subject => SubjectSeal.CloseName(subject.Key, request.StreamId, subject.Name))]);
            PostgresAppend.AddBytes(insert, [.. added.Select(subject => subject.Key)]);
            await ReadAsync(insert, nameByHash, keys).ConfigureAwait(false);
        }

        return keys;
    }

    private static async Task ReadAsync(NpgsqlCommand command, Dictionary<UInt128, string> nameByHash, Dictionary<string, SubjectKey> keys)
    {
        await using var reader = await command.ExecuteReaderAsync().ConfigureAwait(false);
        while (await reader.ReadAsync().ConfigureAwait(false))
        {
            keys[nameByHash[AppendBatch.HashKey(reader.GetFieldValue<byte[]>(0))]] = new SubjectKey(reader.GetInt32(1), reader.GetFieldValue<byte[]>(2));
        }
    }
}
