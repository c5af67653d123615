using System.Data.Common;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace LifelongApi.EndToEnd.Tests.Harness;

/// <summary>Holds up every commit of events, for as long as it is not disposed: the service waits, as it would for a slow disk.</summary>
internal sealed class WriteLock : IAsyncDisposable
{
    private readonly DbConnection _connection;

    private WriteLock(DbConnection connection) => _connection = connection;

    /// <summary>A connection string with which the service waits patiently.</summary>
    public static string Patient(TestStore store) => store.Kind == StoreKind.Sqlite ? store.ConnectionString + ";Default Timeout=300" : store.ConnectionString;

    /// <summary>Takes the lock.</summary>
    public static async Task<WriteLock> TakeAsync(TestStore store)
    {
        DbConnection connection = store.Kind == StoreKind.Sqlite
            ? new SqliteConnection(store.ConnectionString + ";Pooling=False")
            : new NpgsqlConnection(store.ConnectionString + ";Pooling=False");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText = store.Kind == StoreKind.Sqlite ? "BEGIN IMMEDIATE" : "BEGIN; LOCK TABLE events IN ACCESS EXCLUSIVE MODE";
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        return new WriteLock(connection);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _connection.DisposeAsync();
}
