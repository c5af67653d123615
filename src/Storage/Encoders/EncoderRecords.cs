namespace LifelongApi.Storage.Encoders;

/// <summary>An encoder to store.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Hash">SHA-256 of the file.</param>
/// <param name="Runtime">Runtime with which it was tried.</param>
/// <param name="OutputLength">Numbers of its first output.</param>
/// <param name="Description">Description, JSON; opaque here.</param>
/// <param name="Bytes">The file.</param>
/// <param name="CreatedAt">Microseconds since 1970-01-01 UTC.</param>
public sealed record NewEncoder(string Name, ReadOnlyMemory<byte> Hash, string Runtime, int OutputLength, string Description, ReadOnlyMemory<byte> Bytes, long CreatedAt);

/// <summary>A stored encoder without its file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Hash">SHA-256 of the file.</param>
/// <param name="Runtime">Runtime with which it was tried.</param>
/// <param name="OutputLength">Numbers of its first output.</param>
/// <param name="Description">Description, JSON; opaque here.</param>
/// <param name="ByteCount">Bytes of the file.</param>
/// <param name="CreatedAt">Microseconds since 1970-01-01 UTC.</param>
public sealed record EncoderRecord(string Name, ReadOnlyMemory<byte> Hash, string Runtime, int OutputLength, string Description, long ByteCount, long CreatedAt);

/// <summary>What became of a deletion.</summary>
public enum EncoderDeletion
{
    /// <summary>It is gone.</summary>
    Deleted,

    /// <summary>There is no such encoder.</summary>
    NotFound,

    /// <summary>A model uses it; nothing changed.</summary>
    InUse,
}
