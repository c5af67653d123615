using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace LifelongApi.Storage.Sqlite;

/// <summary>
/// A prepared statement that changes rows, on SQLite's own interface: values are bound by position, in order, and nothing is looked up or made for each row.
/// Events come by the hundred thousand a second; a command of the provider costs several times the insert itself.
/// </summary>
internal sealed class SqliteChange : IDisposable
{
    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _statement;
    private int _bound;

    /// <summary>Prepares a statement, whose parameters are question marks.</summary>
    /// <exception cref="SqliteException">It cannot be prepared.</exception>
    public SqliteChange(SqliteConnection connection, string sql)
    {
        _database = connection.Handle!;
        Check(raw.sqlite3_prepare_v2(_database, sql, out _statement));
    }

    /// <summary>Binds the next parameter.</summary>
    public SqliteChange Bind(long value) => Bound(raw.sqlite3_bind_int64(_statement, ++_bound, value));

    /// <summary>Binds the next parameter.</summary>
    public SqliteChange Bind(long? value) => value is { } number ? Bind(number) : Bound(raw.sqlite3_bind_null(_statement, ++_bound));

    /// <summary>Binds the next parameter.</summary>
    public SqliteChange Bind(double value) => Bound(raw.sqlite3_bind_double(_statement, ++_bound, value));

    /// <summary>Binds the next parameter.</summary>
    public SqliteChange Bind(string? text) =>
        Bound(text is null ? raw.sqlite3_bind_null(_statement, ++_bound) : raw.sqlite3_bind_text(_statement, ++_bound, text));

    /// <summary>Binds the next parameter; no bytes are a blob of length 0, not null.</summary>
    public SqliteChange Bind(ReadOnlySpan<byte> bytes) =>
        Bound(bytes.IsEmpty ? raw.sqlite3_bind_zeroblob(_statement, ++_bound, 0) : raw.sqlite3_bind_blob(_statement, ++_bound, bytes));

    /// <summary>Runs it with what was bound, and begins again at the first parameter.</summary>
    /// <returns>The rows it changed.</returns>
    /// <exception cref="SqliteException">It failed; the transaction may be rolled back.</exception>
    public int Run()
    {
        _bound = 0;
        var code = raw.sqlite3_step(_statement);
        var changes = raw.sqlite3_changes(_database);
        if (code != raw.SQLITE_DONE)
        {
            try
            {
                Check(code);
            }
            finally
            {
                raw.sqlite3_reset(_statement);
            }
        }

        Check(raw.sqlite3_reset(_statement));
        return changes;
    }

    /// <inheritdoc/>
    public void Dispose() => _statement.Dispose();

    private SqliteChange Bound(int code)
    {
        Check(code);
        return this;
    }

    private void Check(int code) => SqliteException.ThrowExceptionForRC(code, _database);
}
