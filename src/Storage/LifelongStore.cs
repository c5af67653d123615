using System.Data.Common;
using LifelongApi.Storage.Access;
using LifelongApi.Storage.Connections;
using LifelongApi.Storage.Encoders;
using LifelongApi.Storage.Journal;
using LifelongApi.Storage.Models;
using LifelongApi.Storage.Postgres;
using LifelongApi.Storage.Probes;
using LifelongApi.Storage.Sqlite;
using LifelongApi.Storage.Versions;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace LifelongApi.Storage;

/// <summary>Opens a store; the connection string decides which.</summary>
public sealed class LifelongStore : ILifelongStore
{
    private readonly LifelongDatabase _database;

    private LifelongStore(LifelongDatabase database, IJournal journal)
    {
        _database = database;
        Journal = journal;
        Models = new ModelStore(database);
        Versions = new VersionStore(database);
        Probes = new ProbeStore(database);
        Encoders = new EncoderStore(database);
        ApiKeys = new ApiKeyStore(database);
    }

    /// <inheritdoc/>
    public string Provider => _database.Provider;

    /// <inheritdoc/>
    public IJournal Journal { get; }

    /// <inheritdoc/>
    public IModelStore Models { get; }

    /// <inheritdoc/>
    public IVersionStore Versions { get; }

    /// <inheritdoc/>
    public IProbeStore Probes { get; }

    /// <inheritdoc/>
    public IEncoderStore Encoders { get; }

    /// <inheritdoc/>
    public IApiKeyStore ApiKeys { get; }

    /// <summary>
    /// Opens a store. <c>Data Source=file</c> is SQLite: the directory is made where it is missing. <c>Host=…</c> or <c>Server=…</c> is Postgres.
    /// Nothing is connected before the first call.
    /// </summary>
    /// <param name="connectionString">ADO.NET connection string.</param>
    /// <returns>The store; call <see cref="MigrateAsync"/> before anything else.</returns>
    /// <exception cref="ArgumentException">The string is neither, or cannot be read; the message says what to write.</exception>
    public static ILifelongStore Open(string connectionString)
    {
        ArgumentNullException.ThrowIfNull(connectionString);
        var settings = Parse(connectionString);
        if (settings.ContainsKey("Host") || settings.ContainsKey("Server"))
        {
            return OpenPostgres(connectionString);
        }

        if (settings.ContainsKey("Data Source") || settings.ContainsKey("DataSource") || settings.ContainsKey("Filename"))
        {
            return OpenSqlite(connectionString);
        }

        throw new ArgumentException("The connection string names no database: write \"Data Source=<file>\" for SQLite or \"Host=<host>;Database=<name>\" for Postgres.", nameof(connectionString));
    }

    /// <inheritdoc/>
    public async Task MigrateAsync(CancellationToken cancellation)
    {
        await _database.MigrateAsync(cancellation).ConfigureAwait(false);
        await PageSweep.SweepAsync(_database, cancellation).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<bool> IsReachableAsync(CancellationToken cancellation)
    {
        try
        {
            await _database.ReadAsync("asking for an answer", context => context.Streams.AnyAsync(cancellation)).ConfigureAwait(false);
            return true;
        }
        catch (StoreUnavailableException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _database.DisposeAsync();

    private static DbConnectionStringBuilder Parse(string connectionString)
    {
        try
        {
            return new DbConnectionStringBuilder { ConnectionString = connectionString };
        }
        catch (ArgumentException unreadable)
        {
            throw new ArgumentException($"The connection string cannot be read: {unreadable.Message}", nameof(connectionString), unreadable);
        }
    }

    private static LifelongStore OpenPostgres(string connectionString)
    {
        try
        {
            var database = new PostgresDatabase(connectionString);
            return new LifelongStore(database, new PostgresJournal(database));
        }
        catch (Exception unreadable) when (unreadable is ArgumentException or FormatException or InvalidCastException)
        {
            throw new ArgumentException($"The Postgres connection string is wrong: {unreadable.Message}", nameof(connectionString), unreadable);
        }
    }

    private static LifelongStore OpenSqlite(string connectionString)
    {
        SqliteConnectionStringBuilder settings;
        try
        {
            settings = new SqliteConnectionStringBuilder(connectionString);
        }
        catch (Exception unreadable) when (unreadable is ArgumentException or FormatException or InvalidCastException)
        {
            throw new ArgumentException($"The SQLite connection string is wrong: {unreadable.Message}", nameof(connectionString), unreadable);
        }

        if (settings.DataSource.Length == 0
            || settings.Mode == SqliteOpenMode.Memory
            || settings.DataSource.Contains(":memory:", StringComparison.Ordinal)
            || settings.DataSource.StartsWith("file:", StringComparison.OrdinalIgnoreCase))
        {
            throw new ArgumentException("A journal needs a file: write \"Data Source=<path>\".", nameof(connectionString));
        }

        var database = new SqliteDatabase(settings);
        return new LifelongStore(database, new SqliteJournal(database));
    }
}
