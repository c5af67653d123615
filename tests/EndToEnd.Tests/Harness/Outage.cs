using LifelongApi.Testing;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace LifelongApi.EndToEnd.Tests.Harness;

/// <summary>Ways in which a database goes away.</summary>
public enum OutageKind
{
    /// <summary>SQLite: somebody else holds the write lock and does not let go.</summary>
    LockedFile,

    /// <summary>Postgres: connections are reset and new ones refused.</summary>
    CutConnection,

    /// <summary>Postgres: the server is stopped as a crash would.</summary>
    StoppedServer,
}

/// <summary>An empty database that can be taken from a running service and given back.</summary>
internal abstract class Outage : IAsyncDisposable
{
    /// <summary>The database as the service has to reach it.</summary>
    public abstract string ConnectionString { get; }

    /// <summary>Makes the database.</summary>
    public static async Task<Outage> PrepareAsync(OutageKind kind)
    {
        switch (kind)
        {
            case OutageKind.LockedFile:
                return new LockedFile(await TestStore.CreateAsync(StoreKind.Sqlite));

            // A server that the tests may not stop is cut off twice instead.
            case OutageKind.StoppedServer when (await PostgresServer.SharedAsync()).CanStop:
                var server = await PostgresServer.StartOwnAsync();
                return new StoppedServer(server, await server.CreateDatabaseAsync());
            default:
                return new CutConnection(await TestStore.CreateAsync(StoreKind.Postgres));
        }
    }

    /// <summary>From now on the service cannot write.</summary>
    public abstract Task BeginAsync();

    /// <summary>From now on it can.</summary>
    public abstract Task EndAsync();

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();

    private sealed class LockedFile(TestStore store) : Outage
    {
        private readonly SqliteConnection _connection = new(store.ConnectionString + ";Pooling=False");

        // The service waits for a lock for as long as its connection string says.
        public override string ConnectionString => store.ConnectionString + ";Default Timeout=1";

        public override async Task BeginAsync()
        {
            await _connection.OpenAsync(TestContext.Current.CancellationToken);
            await ExecuteAsync("BEGIN IMMEDIATE");
        }

        public override Task EndAsync() => ExecuteAsync("ROLLBACK");

        public override async ValueTask DisposeAsync()
        {
            await _connection.DisposeAsync();
            await store.DisposeAsync();
        }

        private async Task ExecuteAsync(string sql)
        {
            await using var command = _connection.CreateCommand();
#pragma warning disable CA2100 // Two constants.
            command.CommandText = sql;
#pragma warning restore CA2100
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }
    }

    private sealed class CutConnection : Outage
    {
        private readonly TestStore _store;
        private readonly TcpRelay _relay;

        public CutConnection(TestStore store)
        {
            _store = store;
            var target = new NpgsqlConnectionStringBuilder(store.ConnectionString);
            _relay = new TcpRelay(target.Host ?? "localhost", target.Port);
            target.Host = "127.0.0.1";
            target.Port = _relay.Port;
            ConnectionString = target.ConnectionString;
        }

        public override string ConnectionString { get; }

        public override Task BeginAsync()
        {
            _relay.Cut();
            return Task.CompletedTask;
        }

        public override Task EndAsync()
        {
            _relay.Mend();
            return Task.CompletedTask;
        }

        public override ValueTask DisposeAsync()
        {
            _relay.Dispose();
            return _store.DisposeAsync();
        }
    }

    // The cluster goes with the test process.
    private sealed class StoppedServer(PostgresServer server, string connectionString) : Outage
    {
        private bool _stopped;

        public override string ConnectionString => connectionString;

        public override async Task BeginAsync()
        {
            await server.StopAsync();
            _stopped = true;
        }

        public override async Task EndAsync()
        {
            await server.StartAsync();
            _stopped = false;
        }

        public override async ValueTask DisposeAsync()
        {
            if (!_stopped)
            {
                await server.StopAsync();
            }
        }
    }
}
