using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace LifelongApi.Storage.Sqlite;

/// <summary>
/// Brings the log back into the file while events are committed (sqlite.org/wal.html, passive checkpoints): on a connection of its own, where copying pages and waiting for the disk holds up nobody,
/// and at last in the writer's turn, for the little that was appended meanwhile, so that the log begins anew. Without it a commit does all of that, and every event waits.
/// </summary>
/// <remarks>Whatever fails here is left to the next one, and to SQLite, which does it at a commit once the log is twice as long.</remarks>
internal sealed class SqliteCheckpoint(SqliteDatabase database) : IAsyncDisposable
{
    /// <summary>Pages that it begins at: 32 MiB.</summary>
    private const int PageLimit = 8192;

    // Each finds what was appended during the last.
    private const int PassesBeside = 2;
    private SqliteConnection? _connection;
    private Task _running = Task.CompletedTask;
    private int _pages;

    /// <summary>Ends when nothing goes back into the file.</summary>
    public Task Running => _running;

    /// <summary>Counts what the writer put into the log, and begins when it is enough. Only in the writer's turn.</summary>
    /// <param name="writer">The writer's connection, after a commit.</param>
    public void Count(SqliteConnection writer)
    {
        raw.sqlite3_db_status(writer.Handle, raw.SQLITE_DBSTATUS_CACHE_WRITE, out var written, out _, resetFlg: 1);
        _pages += written;
        if (_pages >= PageLimit && _running.IsCompleted)
        {
            _pages = 0;
            _running = RunAsync();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _running.ConfigureAwait(false);
        _connection?.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            // A thread of its own: a pool on one core may have no other.
            await Task.Factory.StartNew(PassBeside, CancellationToken.None, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach, TaskScheduler.Default).ConfigureAwait(false);
            using var turn = await database.Writer.EnterAsync(CancellationToken.None).ConfigureAwait(false);
            Pass(_connection!);

            // What came meanwhile is in the file too.
            _pages = 0;
        }
        catch (SqliteException)
        {
            _connection?.Dispose();
            _connection = null;
        }
    }

    private void PassBeside()
    {
        _connection ??= database.OpenAlone();
        for (var pass = 0; pass < PassesBeside; pass++)
        {
            Pass(_connection);
        }
    }

    private static void Pass(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA wal_checkpoint(PASSIVE)";
        command.ExecuteNonQuery();
    }
}
