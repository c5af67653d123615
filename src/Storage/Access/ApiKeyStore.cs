using LifelongApi.Storage.Connections;
using LifelongApi.Storage.Schema;
using Microsoft.EntityFrameworkCore;

namespace LifelongApi.Storage.Access;

/// <summary>API keys on either database.</summary>
internal sealed class ApiKeyStore(LifelongDatabase database) : IApiKeyStore
{
    /// <inheritdoc/>
    public async Task<bool> AddAsync(ApiKeyRecord key, CancellationToken cancellation)
    {
        try
        {
            return await database.WriteAsync("adding an API key", async context =>
            {
                context.ApiKeys.Add(new ApiKeyRow
                {
                    Name = key.Name,
                    Hash = key.Hash.ToArray(),
                    Scopes = key.Scopes,
                    CreatedAt = key.CreatedAt,
                    RevokedAt = key.RevokedAt,
                });
                await context.SaveChangesAsync(cancellation).ConfigureAwait(false);
                return true;
            }, cancellation).ConfigureAwait(false);
        }
        catch (DbUpdateException taken) when (StoreFailure.IsTaken(taken))
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public Task<ApiKeyRecord?> FindAsync(ReadOnlyMemory<byte> hash, CancellationToken cancellation)
        => database.ReadAsync("finding an API key", async context =>
        {
            var wanted = hash.ToArray();
            var row = await context.ApiKeys.AsNoTracking()
                .SingleOrDefaultAsync(key => key.Hash == wanted && key.RevokedAt == null, cancellation).ConfigureAwait(false);
            return row is null ? null : ToRecord(row);
        });

    /// <inheritdoc/>
    public Task<IReadOnlyList<ApiKeyRecord>> ListAsync(CancellationToken cancellation)
        => database.ReadAsync<IReadOnlyList<ApiKeyRecord>>("listing API keys", async context =>
        {
            var rows = await context.ApiKeys.AsNoTracking().OrderBy(key => key.Name).ToListAsync(cancellation).ConfigureAwait(false);
            return rows.ConvertAll(ToRecord);
        });

    /// <inheritdoc/>
    public async Task<bool> RevokeAsync(string name, long revokedAt, CancellationToken cancellation)
        => await database.WriteAsync("revoking an API key", context => context.ApiKeys.Where(key => key.Name == name && key.RevokedAt == null)
            .ExecuteUpdateAsync(key => key.SetProperty(row => row.RevokedAt, revokedAt), cancellation), cancellation).ConfigureAwait(false) > 0;

    private static ApiKeyRecord ToRecord(ApiKeyRow row) => new(row.Name, row.Hash, row.Scopes, row.CreatedAt, row.RevokedAt);
}
