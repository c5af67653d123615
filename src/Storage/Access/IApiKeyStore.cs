namespace LifelongApi.Storage.Access;

/// <summary>API keys that were made through the admin endpoints. Only hashes are stored.</summary>
public interface IApiKeyStore
{
    /// <summary>Adds a key.</summary>
    /// <returns>False where the name is taken.</returns>
    Task<bool> AddAsync(ApiKeyRecord key, CancellationToken cancellation);

    /// <summary>The key with this hash that is not revoked, or null.</summary>
    Task<ApiKeyRecord?> FindAsync(ReadOnlyMemory<byte> hash, CancellationToken cancellation);

    /// <summary>All keys, revoked ones included, by name.</summary>
    Task<IReadOnlyList<ApiKeyRecord>> ListAsync(CancellationToken cancellation);

    /// <summary>Revokes a key.</summary>
    /// <returns>Whether there was one to revoke.</returns>
    Task<bool> RevokeAsync(string name, long revokedAt, CancellationToken cancellation);
}

/// <summary>An API key row.</summary>
/// <param name="Name">Unique name: the actor of its events.</param>
/// <param name="Hash">SHA-256 of the key (32 bytes).</param>
/// <param name="Scopes">Space-separated scopes: predict, learn, read, admin.</param>
/// <param name="CreatedAt">Microseconds since 1970-01-01 UTC.</param>
/// <param name="RevokedAt">Microseconds since 1970-01-01 UTC, or null.</param>
public sealed record ApiKeyRecord(string Name, ReadOnlyMemory<byte> Hash, string Scopes, long CreatedAt, long? RevokedAt);
