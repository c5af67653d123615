using System.Data.Common;

namespace LifelongApi.Storage.Journal;

/// <summary>A live id with what is needed to compare the event that it belongs to.</summary>
/// <param name="Sequence">The event.</param>
/// <param name="PayloadHash">Its stored hash; null where the event is in a parent stream.</param>
/// <param name="SubjectId">Its subject.</param>
/// <param name="SubjectKey">The subject's key; null where there is no subject or its key is destroyed.</param>
internal sealed record StoredId(long Sequence, byte[]? PayloadHash, int? SubjectId, byte[]? SubjectKey)
{
    /// <summary>Finds ids; each database adds its own condition on <c>i.id_key</c>. Parameter <c>@stream</c>.</summary>
    public const string Select =
        """
        SELECT i.id_key, i.sequence, e.payload_hash, e.subject_id, s.key
        FROM event_ids i
        LEFT JOIN events e ON e.stream_id = i.stream_id AND e.sequence = i.sequence
        LEFT JOIN subjects s ON s.stream_id = e.stream_id AND s.id = e.subject_id
        WHERE i.stream_id = @stream AND i.id_key
        """;

    /// <summary>The present row of <see cref="Select"/>.</summary>
    public static (byte[] Key, StoredId Id) Read(DbDataReader reader) => (
        reader.GetFieldValue<byte[]>(0),
        new StoredId(
            reader.GetInt64(1),
            reader.IsDBNull(2) ? null : reader.GetFieldValue<byte[]>(2),
            reader.IsDBNull(3) ? null : reader.GetInt32(3),
            reader.IsDBNull(4) ? null : reader.GetFieldValue<byte[]>(4)));
}
