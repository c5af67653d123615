using Testcontainers.PostgreSql;

namespace LifelongApi.Testing;

/// <summary>Postgres in Docker.</summary>
internal static class PostgresContainer
{
    /// <summary>Starts a container that ends with the process; answers its connection string, or why it could not be started.</summary>
    public static async Task<(string? ConnectionString, string? Reason)> TryStartAsync()
    {
        try
        {
            var container = new PostgreSqlBuilder("postgres:17-alpine").Build();
            await container.StartAsync();
            return (container.GetConnectionString(), null);
        }
        catch (Exception failure)
        {
            // Docker may fail in any way it likes (absent, not allowed, no network): the next way to a server is tried, and the reason is told at the end.
            return (null, failure.Message);
        }
    }
}
