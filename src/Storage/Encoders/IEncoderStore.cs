namespace LifelongApi.Storage.Encoders;

/// <summary>Files of encoders, by name and by the hash of their bytes.</summary>
public interface IEncoderStore
{
    /// <summary>Stores an encoder, where neither its name nor its file is there yet.</summary>
    /// <returns>The encoder with that name, else the one with that file: the new one, or the one that was there before.</returns>
    Task<(EncoderRecord Encoder, bool Created)> SaveAsync(NewEncoder encoder, CancellationToken cancellation);

    /// <summary>All encoders by name.</summary>
    Task<IReadOnlyList<EncoderRecord>> ListAsync(CancellationToken cancellation);

    /// <summary>An encoder by name, or null.</summary>
    Task<EncoderRecord?> FindAsync(string name, CancellationToken cancellation);

    /// <summary>An encoder by the SHA-256 of its file, or null.</summary>
    Task<EncoderRecord?> FindAsync(ReadOnlyMemory<byte> hash, CancellationToken cancellation);

    /// <summary>The file with a SHA-256, or null.</summary>
    Task<byte[]?> ReadAsync(ReadOnlyMemory<byte> hash, CancellationToken cancellation);

    /// <summary>Deletes an encoder unless the spec of a model holds the text <paramref name="mark"/>.</summary>
    Task<EncoderDeletion> DeleteAsync(string name, string mark, CancellationToken cancellation);
}
