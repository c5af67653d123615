namespace LifelongApi.Testing;

/// <summary>An empty database of one's own on one of the two stores, gone when disposed.</summary>
public sealed class TestDatabase : IAsyncDisposable
{
    private readonly Func<Task> _delete;

    private TestDatabase(string provider, string connectionString, Func<Task> delete)
    {
        Provider = provider;
        ConnectionString = connectionString;
        _delete = delete;
    }

    /// <summary>What <see cref="CreateAsync"/> knows: every storage test runs on each.</summary>
    public static IReadOnlyList<string> Providers { get; } = ["sqlite", "postgres"];

    /// <summary><c>sqlite</c> or <c>postgres</c>.</summary>
    public string Provider { get; }

    /// <summary>What the service takes as <c>ConnectionStrings:Lifelong</c>.</summary>
    public string ConnectionString { get; }

    /// <summary>Makes one.</summary>
    /// <param name="provider"><c>sqlite</c> (a file in a folder of its own) or <c>postgres</c> (a database of the shared server).</param>
    /// <returns>The database, without tables.</returns>
    public static async Task<TestDatabase> CreateAsync(string provider)
    {
        switch (provider)
        {
            case "sqlite":
                var folder = Directory.CreateTempSubdirectory("lifelong");
                return new TestDatabase(provider, $"Data Source={Path.Combine(folder.FullName, "lifelong.db")}", () =>
                {
                    folder.Delete(recursive: true);
                    return Task.CompletedTask;
                });
            case "postgres":
                var server = await PostgresServer.SharedAsync();
                var connectionString = await server.CreateDatabaseAsync();
                return new TestDatabase(provider, connectionString, () => server.DropDatabaseAsync(connectionString));
            default:
                throw new ArgumentOutOfRangeException(nameof(provider), provider, "sqlite or postgres");
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await _delete();
}
