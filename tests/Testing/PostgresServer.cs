using Npgsql;

namespace LifelongApi.Testing;

/// <summary>
/// The Postgres of this test process, found or made at the first call: <c>LIFELONG_TEST_POSTGRES</c> (an administrator's connection string),
/// else the server binaries on the machine (a private throw-away cluster), else Docker, else binaries from <c>apt-get</c> where this is root.
/// Where none works it throws: tests that need Postgres fail, they are never skipped.
/// </summary>
public sealed class PostgresServer
{
    /// <summary>Environment variable with an administrator's connection string.</summary>
    public const string Variable = "LIFELONG_TEST_POSTGRES";

    private static readonly Lazy<Task<PostgresServer>> Instance = new(FindAsync);
    private static readonly SemaphoreSlim Creating = new(1, 1);
    private readonly PostgresCluster? _cluster;
    private readonly string _administrator;

    private PostgresServer(string administrator, PostgresCluster? cluster = null)
    {
        _administrator = administrator;
        _cluster = cluster;
    }

    /// <summary>Whether <see cref="StopAsync"/> and <see cref="StartAsync"/> work: only where the server is this process's own.</summary>
    public bool CanStop => _cluster is not null;

    /// <summary>The server that all tests of the process share.</summary>
    public static Task<PostgresServer> SharedAsync() => Instance.Value;

    /// <summary>
    /// A server of one's own to stop and start without disturbing other tests. It needs server binaries on the machine
    /// (installed where that is possible).
    /// </summary>
    /// <param name="isDurable">Whether a commit is on the disk when it is acknowledged; tests are faster without.</param>
    public static async Task<PostgresServer> StartOwnAsync(bool isDurable = false)
    {
        var binaries = PostgresBinaries.Find() ?? await PostgresBinaries.InstallAsync()
            ?? throw new InvalidOperationException("A server to stop and start needs initdb and pg_ctl on the machine: install the package postgresql.");
        var cluster = await PostgresCluster.CreateAsync(binaries, isDurable);
        return new PostgresServer(cluster.ConnectionString, cluster);
    }

    /// <summary>Makes an empty database.</summary>
    /// <returns>Its connection string.</returns>
    public async Task<string> CreateDatabaseAsync()
    {
        var name = "lifelong_" + Guid.NewGuid().ToString("N");
        await ExecuteAsync($"CREATE DATABASE {name} TEMPLATE template0");
        return new NpgsqlConnectionStringBuilder(_administrator) { Database = name }.ConnectionString;
    }

    /// <summary>Drops a database that <see cref="CreateDatabaseAsync"/> made, whoever is connected to it.</summary>
    /// <param name="connectionString">What it returned.</param>
    public Task DropDatabaseAsync(string connectionString)
        => ExecuteAsync($"DROP DATABASE IF EXISTS {new NpgsqlConnectionStringBuilder(connectionString).Database} WITH (FORCE)");

    /// <summary>Stops the server at once, as a crash would: connections break.</summary>
    public Task StopAsync() => Own().StopAsync();

    /// <summary>Starts it again on the same port with the same data.</summary>
    public Task StartAsync() => Own().StartAsync();

    private PostgresCluster Own()
        => _cluster ?? throw new InvalidOperationException("This server is not the test's own; use StartOwnAsync.");

    private async Task ExecuteAsync(string sql)
    {
        await Creating.WaitAsync();
        try
        {
            await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(_administrator) { Pooling = false }.ConnectionString);
            await connection.OpenAsync();
            await using var command = new NpgsqlCommand(sql, connection);
            await command.ExecuteNonQueryAsync();
        }
        finally
        {
            Creating.Release();
        }
    }

    private static async Task<PostgresServer> FindAsync()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } given)
        {
            return new PostgresServer(given);
        }

        if (PostgresBinaries.Find() is { } binaries)
        {
            var cluster = await PostgresCluster.CreateAsync(binaries);
            return new PostgresServer(cluster.ConnectionString, cluster);
        }

        var (container, reason) = await PostgresContainer.TryStartAsync();
        if (container is not null)
        {
            return new PostgresServer(container);
        }

        if (await PostgresBinaries.InstallAsync() is { } installed)
        {
            var cluster = await PostgresCluster.CreateAsync(installed);
            return new PostgresServer(cluster.ConnectionString, cluster);
        }

        throw new InvalidOperationException(
            $"These tests need a Postgres and found none. Set {Variable} to an administrator's connection string, or install the package postgresql, or start Docker. Docker said: {reason}");
    }
}
