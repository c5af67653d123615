using LifelongApi.Storage.Connections;
using LifelongApi.Storage.Schema;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;

namespace LifelongApi.Storage.Postgres;

/// <summary>A Postgres database (15 or newer).</summary>
internal sealed class PostgresDatabase : LifelongDatabase
{
    // Any two numbers, as long as they stay the same: every host of a database must ask for the same locks.
    private const long MigrationLock = 0x4C4C_4D49_4752;
    private const long PagesLock = 0x4C4C_5041_4745;
    private const long EncodersLock = 0x4C4C_454E_434F;
    private readonly DbContextOptions<PostgresLifelongContext> _options;

    /// <summary>Takes a connection string; nothing is opened.</summary>
    public PostgresDatabase(string connectionString)
    {
        var connection = new NpgsqlConnectionStringBuilder(connectionString);

        // ShouldSerialize says what was given; ContainsKey says yes to whatever there is a word for.
        if (!connection.ShouldSerialize("Max Auto Prepare"))
        {
            connection.MaxAutoPrepare = 32;
            connection.AutoPrepareMinUsages = 2;
        }

        Source = NpgsqlDataSource.Create(connection);
        Appends = NpgsqlDataSource.Create(ForAppends(connection));
        _options = PostgresLifelongContext.Configure(Source);
    }

    /// <inheritdoc/>
    public override string Provider => "postgres";

    /// <summary>Pooled connections.</summary>
    public NpgsqlDataSource Source { get; }

    /// <summary>
    /// Connections of the appends alone, which leave nothing behind in a session: one stream has the same one each time, with its statement planned and its tables at hand,
    /// and none is reset before the next commit.
    /// </summary>
    public NpgsqlDataSource Appends { get; }

    /// <inheritdoc/>
    protected override int LongCommandSeconds => 600;

    /// <inheritdoc/>
    protected override async Task<IDbContextTransaction> BeginAheadAsync(LifelongContext context, CancellationToken cancellation)
    {
        var transaction = await context.Database.BeginTransactionAsync(cancellation).ConfigureAwait(false);

        // Of the transaction, not of the session: a pool that does not reset its connections would hand it to whoever commits events next.
        await context.Database.ExecuteSqlRawAsync("SET LOCAL synchronous_commit = off", cancellation).ConfigureAwait(false);
        return transaction;
    }

    /// <inheritdoc/>
    public override LifelongContext CreateContext() => new PostgresLifelongContext(_options);

    /// <inheritdoc/>
    public override async Task<StreamRow?> LockStreamAsync(LifelongContext context, long streamId, bool exclusive, CancellationToken cancellation)
    {
        var rows = exclusive
            ? context.Streams.FromSql($"SELECT * FROM streams WHERE id = {streamId} FOR UPDATE")
            : context.Streams.FromSql($"SELECT * FROM streams WHERE id = {streamId} FOR SHARE");
        var found = await rows.AsNoTracking().ToListAsync(cancellation).ConfigureAwait(false);
        return found.SingleOrDefault();
    }

    /// <inheritdoc/>
    public override Task LockPagesAsync(LifelongContext context, bool exclusive, CancellationToken cancellation)
        => exclusive
            ? context.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock({PagesLock})", cancellation)
            : context.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock_shared({PagesLock})", cancellation);

    /// <inheritdoc/>
    public override Task LockEncodersAsync(LifelongContext context, CancellationToken cancellation)
        => context.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock({EncodersLock})", cancellation);

    /// <inheritdoc/>
    public override Task MigrateAsync(CancellationToken cancellation)
        => StoreFailure.GuardAsync("migrating the schema", async () =>
        {
            await using var context = CreateContext();
            await CreateIfMissingAsync(context, cancellation).ConfigureAwait(false);
            // Hosts that start together queue here. The lock belongs to the session: a kill gives it back.
            await using var alone = await Source.OpenConnectionAsync(cancellation).ConfigureAwait(false);
            await using var command = alone.CreateCommand();
            command.CommandTimeout = 0;
            command.CommandText = "SELECT pg_advisory_lock($1)";
            command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = MigrationLock });
            await command.ExecuteNonQueryAsync(cancellation).ConfigureAwait(false);
            try
            {
                context.Database.SetCommandTimeout(LongCommandSeconds);
                await context.Database.MigrateAsync(cancellation).ConfigureAwait(false);
            }
            finally
            {
                command.CommandText = "SELECT pg_advisory_unlock($1)";
                await command.ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
            }

            return true;
        });

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await Appends.DisposeAsync().ConfigureAwait(false);
        await Source.DisposeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override ValueTask<IDisposable?> EnterWriterAsync(CancellationToken cancellation) => ValueTask.FromResult<IDisposable?>(null);

    private static NpgsqlConnectionStringBuilder ForAppends(NpgsqlConnectionStringBuilder connection)
    {
        var appends = new NpgsqlConnectionStringBuilder(connection.ConnectionString);
        if (!connection.ShouldSerialize("No Reset On Close"))
        {
            appends.NoResetOnClose = true;
        }

        // More commits at once than this wait for the same disk; a server takes a hundred connections unless told otherwise.
        if (!connection.ShouldSerialize("Maximum Pool Size"))
        {
            appends.MaxPoolSize = 32;
        }

        return appends;
    }

    private static async Task CreateIfMissingAsync(LifelongContext context, CancellationToken cancellation)
    {
        var creator = context.GetService<IRelationalDatabaseCreator>();
        if (await creator.ExistsAsync(cancellation).ConfigureAwait(false))
        {
            return;
        }

        try
        {
            await creator.CreateAsync(cancellation).ConfigureAwait(false);
        }
        catch (PostgresException taken) when (taken.SqlState is PostgresErrorCodes.DuplicateDatabase or PostgresErrorCodes.UniqueViolation)
        {
            // Another host that starts at the same time was first, which is as good.
            await creator.ExistsAsync(cancellation).ConfigureAwait(false);
        }
    }
}
