using System.Data.Common;
using LifelongApi.Storage.Connections;
using LifelongApi.Storage.Schema;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Storage;

namespace LifelongApi.Storage.Sqlite;

/// <summary>A SQLite file in write-ahead mode. Writers of this process take turns here instead of colliding in the file.</summary>
internal sealed class SqliteDatabase : LifelongDatabase
{
    private const int DefaultBusySeconds = 5;

    /// <summary>
    /// Where ids have no order their index is written all over, and nearly every commit touches as many of its pages as it has events: 64 MiB of them stay in memory.
    /// </summary>
    private const string WriterSettings = "PRAGMA cache_size = -65536;";
    private readonly DbContextOptions<SqliteLifelongContext> _options;
    private readonly string _path;

    /// <summary>Takes a connection string; the directory is made, the file is not touched.</summary>
    public SqliteDatabase(SqliteConnectionStringBuilder connection)
    {
        _path = Path.GetFullPath(connection.DataSource);
        var busySeconds = connection.ContainsKey("Default Timeout") ? connection.DefaultTimeout : DefaultBusySeconds;
        var text = new SqliteConnectionStringBuilder(connection.ConnectionString)
        {
            DataSource = _path,
            ForeignKeys = true,
            DefaultTimeout = busySeconds,
        };
        ConnectionString = text.ConnectionString;
        BusySeconds = busySeconds;
        _options = new DbContextOptionsBuilder<SqliteLifelongContext>(SqliteLifelongContext.Configure(ConnectionString))
            .AddInterceptors(new ConnectionSettings(this))
            .Options;
        Writer = new SqliteWriter(this);
        Checkpoint = new SqliteCheckpoint(this);
        Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
    }

    /// <inheritdoc/>
    public override string Provider => "sqlite";

    /// <summary>Connection string with every setting filled in.</summary>
    public string ConnectionString { get; }

    /// <summary>How long a call waits for a lock that another process holds.</summary>
    public int BusySeconds { get; }

    /// <summary>The connection that events are appended through, and the turn of all writers.</summary>
    public SqliteWriter Writer { get; }

    /// <summary>What brings the log back into the file.</summary>
    public SqliteCheckpoint Checkpoint { get; }

    /// <inheritdoc/>
    protected override int LongCommandSeconds => BusySeconds;

    /// <inheritdoc/>
    protected override async Task<IDbContextTransaction> BeginAheadAsync(LifelongContext context, CancellationToken cancellation)
    {
        // The setting belongs to the connection and is not taken inside a transaction; whoever opens the connection next sets it back.
        await context.Database.OpenConnectionAsync(cancellation).ConfigureAwait(false);
        await context.Database.ExecuteSqlRawAsync("PRAGMA synchronous = NORMAL", cancellation).ConfigureAwait(false);
        return await context.Database.BeginTransactionAsync(cancellation).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override LifelongContext CreateContext() => new SqliteLifelongContext(_options);

    /// <inheritdoc/>
    public override Task<StreamRow?> LockStreamAsync(LifelongContext context, long streamId, bool exclusive, CancellationToken cancellation)
        => context.Streams.AsNoTracking().SingleOrDefaultAsync(stream => stream.Id == streamId, cancellation); // The transaction has the file.

    /// <inheritdoc/>
    public override Task LockPagesAsync(LifelongContext context, bool exclusive, CancellationToken cancellation)
        => Task.CompletedTask; // There is one writer at a time.

    /// <inheritdoc/>
    public override Task LockEncodersAsync(LifelongContext context, CancellationToken cancellation)
        => Task.CompletedTask; // There is one writer at a time.

    /// <summary>
    /// The writer's own connection. It begins transactions by hand, which a pool does not see: pooled, a connection that was closed
    /// after a failure could keep its transaction, and with it the file's lock.
    /// </summary>
    public SqliteConnection OpenForWriter()
    {
        var connection = OpenAlone();
        using var command = connection.CreateCommand();
        command.CommandText = WriterSettings;
        command.ExecuteNonQuery();
        return connection;
    }

    /// <summary>A connection of no pool.</summary>
    public SqliteConnection OpenAlone()
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder(ConnectionString) { Pooling = false }.ConnectionString);
        connection.Open();
        Apply(connection);
        return connection;
    }

    /// <inheritdoc/>
    public override async Task MigrateAsync(CancellationToken cancellation)
    {
        await StoreFailure.GuardAsync("migrating the schema", async () =>
        {
            await using var alone = await MigrationFile.EnterAsync(_path + ".migration", cancellation).ConfigureAwait(false);
            await using (var connection = new SqliteConnection(ConnectionString))
            {
                await connection.OpenAsync(cancellation).ConfigureAwait(false);
                using var command = connection.CreateCommand();
                // Entity Framework waits for ever on a row in this table. While we hold the file nobody migrates: the row was left by a kill.
                command.CommandText =
                    "PRAGMA journal_mode = WAL; DROP TABLE IF EXISTS \"__EFMigrationsLock\";";
                await command.ExecuteNonQueryAsync(cancellation).ConfigureAwait(false);
            }

            await using var context = CreateContext();
            await context.Database.MigrateAsync(cancellation).ConfigureAwait(false);
            return true;
        }).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await Checkpoint.DisposeAsync().ConfigureAwait(false);
        Writer.Dispose();
        using var connection = new SqliteConnection(ConnectionString);
        SqliteConnection.ClearPool(connection);
    }

    /// <inheritdoc/>
    protected override async ValueTask<IDisposable?> EnterWriterAsync(CancellationToken cancellation)
        => await Writer.EnterAsync(cancellation).ConfigureAwait(false);

    private void Apply(DbConnection connection)
    {
        using var command = connection.CreateCommand();
        // FULL: in write-ahead mode NORMAL may lose the last commits when the power fails, and an acknowledged event must not be lost.
        // The log goes back into the file every 32 MiB beside the commits, where it is events that fill it (SqliteCheckpoint), and at the latest at 64 MiB by whoever commits then, instead of at nearly every large commit as by default (4 MB).
        command.CommandText = FormattableString.Invariant($"PRAGMA synchronous = FULL; PRAGMA busy_timeout = {BusySeconds * 1000}; PRAGMA wal_autocheckpoint = 16384;");
        command.ExecuteNonQuery();
    }

    private sealed class ConnectionSettings(SqliteDatabase database) : DbConnectionInterceptor
    {
        public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData) => database.Apply(connection);

        public override Task ConnectionOpenedAsync(DbConnection connection, ConnectionEndEventData eventData, CancellationToken cancellationToken = default)
        {
            database.Apply(connection);
            return Task.CompletedTask;
        }
    }
}
