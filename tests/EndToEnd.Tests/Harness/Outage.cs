using Microsoft.Data.Sqlite;
using Npgsql;

namespace LifelongApi.EndToEnd.Tests.Harness;

/// <summary>A way to take the database from a running service and to give it back.</summary>
internal abstract class Outage : IAsyncDisposable
{
    /// <summary>The store as the service has to reach it.</summary>
    public abstract string ConnectionString { get; }

    /// <summary>The way that fits the store.</summary>
    public static Outage Prepare(TestStore store) => store is SqliteStore ? new LockedFile(store) : new CutConnection(store);

    /// <summary>From now on the service cannot write.</summary>
    public abstract Task BeginAsync();

    /// <summary>From now on it can.</summary>
    public abstract Task EndAsync();

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();

    // Somebody else holds the write lock and does not let go.
    private sealed class LockedFile(TestStore store) : Outage
    {
        private readonly SqliteConnection _connection = new(store.ConnectionString + ";Pooling=False");

        public override string ConnectionString => store.ConnectionString;

        public override async Task BeginAsync()
        {
            await _connection.OpenAsync(TestContext.Current.CancellationToken);
            await ExecuteAsync("BEGIN IMMEDIATE");
        }

        public override Task EndAsync() => ExecuteAsync("ROLLBACK");

        public override ValueTask DisposeAsync() => _connection.DisposeAsync();

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
        private readonly TcpRelay _relay;

        public CutConnection(TestStore store)
        {
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
            return ValueTask.CompletedTask;
        }
    }
}
