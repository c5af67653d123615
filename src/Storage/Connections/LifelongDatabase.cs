using LifelongApi.Storage.Schema;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;

namespace LifelongApi.Storage.Connections;

/// <summary>One database: contexts over it, transactions, migration. The two implementations differ in locks only.</summary>
internal abstract class LifelongDatabase : IAsyncDisposable
{
    /// <summary><c>sqlite</c> or <c>postgres</c>.</summary>
    public abstract string Provider { get; }

    /// <summary>A context of its own for one piece of work.</summary>
    public abstract LifelongContext CreateContext();

    /// <summary>Brings the schema up to date.</summary>
    public abstract Task MigrateAsync(CancellationToken cancellation);

    /// <summary>Reads a stream's row so that it stays as it is until the commit; exclusive: and nobody else locks it. Null where there is none.</summary>
    public abstract Task<StreamRow?> LockStreamAsync(LifelongContext context, long streamId, bool exclusive, CancellationToken cancellation);

    /// <summary>Until the commit, pages may be added but none removed (or, exclusive, neither by anyone else).</summary>
    public abstract Task LockPagesAsync(LifelongContext context, bool exclusive, CancellationToken cancellation);

    /// <summary>Until the commit, nobody else adds or removes an encoder.</summary>
    public abstract Task LockEncodersAsync(LifelongContext context, CancellationToken cancellation);

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();

    /// <summary>Reads outside of a transaction.</summary>
    public Task<T> ReadAsync<T>(string what, Func<LifelongContext, Task<T>> read)
        => StoreFailure.GuardAsync(what, async () =>
        {
            await using var context = CreateContext();
            return await read(context).ConfigureAwait(false);
        });

    /// <summary>Writes in one transaction, which is rolled back where the work throws.</summary>
    public Task<T> WriteAsync<T>(string what, Func<LifelongContext, Task<T>> write, CancellationToken cancellation) => WriteAsync(what, write, isLasting: true, cancellation);

    /// <summary>
    /// Writes in one transaction that a loss of power may undo until a later one of the database is committed. Nobody waits for the disk; the log is in order, so that the later one,
    /// which needs what is written here, takes it along.
    /// </summary>
    public Task<T> WriteAheadAsync<T>(string what, Func<LifelongContext, Task<T>> write, CancellationToken cancellation) => WriteAsync(what, write, isLasting: false, cancellation);

    private Task<T> WriteAsync<T>(string what, Func<LifelongContext, Task<T>> write, bool isLasting, CancellationToken cancellation)
        => StoreFailure.GuardAsync(what, async () =>
        {
            using var turn = await EnterWriterAsync(cancellation).ConfigureAwait(false);
            await using var context = CreateContext();
            // Restores and deletions touch as many rows as the stream has.
            context.Database.SetCommandTimeout(LongCommandSeconds);
            await using var transaction = await (isLasting ? context.Database.BeginTransactionAsync(cancellation) : BeginAheadAsync(context, cancellation)).ConfigureAwait(false);
            var result = await write(context).ConfigureAwait(false);
            // From here on the outcome would be unknown: a commit is not cancelled.
            await transaction.CommitAsync(CancellationToken.None).ConfigureAwait(false);
            return result;
        });

    /// <summary>Begins a transaction whose commit does not wait until it is on the disk. No other transaction of the connection, before or after, is meant.</summary>
    protected abstract Task<IDbContextTransaction> BeginAheadAsync(LifelongContext context, CancellationToken cancellation);

    /// <summary>Seconds that one command of a transaction may take, the wait for locks included.</summary>
    protected abstract int LongCommandSeconds { get; }

    /// <summary>Waits for the writer's turn where the database takes one writer at a time.</summary>
    protected abstract ValueTask<IDisposable?> EnterWriterAsync(CancellationToken cancellation);
}
