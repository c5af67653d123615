using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace LifelongApi.Storage.Sqlite;

/// <summary>
/// A prepared statement that changes rows or reads one, on SQLite's own functions: values are bound by position, in order, and nothing is looked up or made for each row.
/// Events come by the hundred thousand a second; a command of the provider costs several times the insert itself.
/// </summary>
internal sealed partial class SqliteChange : IDisposable
{
    private const int BufferBytes = 16 * 1024;

    // What the two functions that take bytes are told of them: they stay where they are until the statement is run, or they are to be copied.
    private static readonly nint Stays = 0;
    private static readonly nint Copy = -1;

    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _owner;
    private readonly nint _statement;
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(BufferBytes, pinned: true);
    private readonly nint _address;
    private int _used;
    private int _bound;

    /// <summary>Prepares a statement, whose parameters are question marks.</summary>
    /// <exception cref="SqliteException">It cannot be prepared.</exception>
    public SqliteChange(SqliteConnection connection, string sql)
    {
        _database = connection.Handle!;
        Check(raw.sqlite3_prepare_v2(_database, sql, out _owner));
        _statement = _owner.DangerousGetHandle();
        _address = Marshal.UnsafeAddrOfPinnedArrayElement(_buffer, 0);
    }

    /// <summary>Binds the next parameter.</summary>
    public SqliteChange Bind(long value) => Bound(BindInteger(_statement, ++_bound, value));

    /// <summary>Binds the next parameter.</summary>
    public SqliteChange Bind(long? value) => value is { } number ? Bind(number) : BindNothing();

    /// <summary>Binds the next parameter.</summary>
    public SqliteChange Bind(double value) => Bound(BindReal(_statement, ++_bound, value));

    /// <summary>Binds the next parameter.</summary>
    public SqliteChange Bind(string? text)
    {
        if (text is null)
        {
            return BindNothing();
        }

        if (Encoding.UTF8.GetMaxByteCount(text.Length) > BufferBytes - _used)
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            return Bound(BindText(_statement, ++_bound, ref MemoryMarshal.GetArrayDataReference(bytes), bytes.Length, Copy));
        }

        var length = Encoding.UTF8.GetBytes(text, _buffer.AsSpan(_used));
        var at = Take(length);
        return Bound(BindText(_statement, ++_bound, at, length, Stays));
    }

    /// <summary>Binds the next parameter; no bytes are a blob of length 0, not null.</summary>
    public SqliteChange Bind(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > BufferBytes - _used)
        {
            return Bound(BindBlob(_statement, ++_bound, ref MemoryMarshal.GetReference(bytes), bytes.Length, Copy));
        }

        bytes.CopyTo(_buffer.AsSpan(_used));
        return Bound(BindBlob(_statement, ++_bound, Take(bytes.Length), bytes.Length, Stays));
    }

    /// <summary>Runs it with what was bound, and begins again at the first parameter.</summary>
    /// <returns>The rows it changed.</returns>
    /// <exception cref="SqliteException">It failed; the transaction may be rolled back.</exception>
    public int Run()
    {
        StepOnce();
        var changes = raw.sqlite3_changes(_database);
        Check(Reset(_statement));
        return changes;
    }

    /// <summary>Runs a query with what was bound, reads integers of its first row, and begins again at the first parameter.</summary>
    /// <param name="columns">Overwritten with the first columns.</param>
    /// <returns>Whether there is a row.</returns>
    /// <exception cref="SqliteException">It failed; the transaction may be rolled back.</exception>
    public bool TryRead(Span<long> columns)
    {
        var hasRow = StepOnce() == raw.SQLITE_ROW;
        for (var column = 0; hasRow && column < columns.Length; column++)
        {
            columns[column] = ColumnInteger(_statement, column);
        }

        Check(Reset(_statement));
        return hasRow;
    }

    /// <inheritdoc/>
    public void Dispose() => _owner.Dispose();

    // SQLite's own library, the one that the provider has loaded. What only notes a number does not tell the collector that it leaves managed code, which would take longer.
    [LibraryImport("e_sqlite3", EntryPoint = "sqlite3_bind_int64"), SuppressGCTransition]
    private static partial int BindInteger(nint statement, int position, long value);

    [LibraryImport("e_sqlite3", EntryPoint = "sqlite3_bind_double"), SuppressGCTransition]
    private static partial int BindReal(nint statement, int position, double value);

    [LibraryImport("e_sqlite3", EntryPoint = "sqlite3_bind_null"), SuppressGCTransition]
    private static partial int BindNull(nint statement, int position);

    [LibraryImport("e_sqlite3", EntryPoint = "sqlite3_bind_text"), SuppressGCTransition]
    private static partial int BindText(nint statement, int position, nint bytes, int length, nint lifetime);

    [LibraryImport("e_sqlite3", EntryPoint = "sqlite3_bind_text")]
    private static partial int BindText(nint statement, int position, ref byte bytes, int length, nint lifetime);

    [LibraryImport("e_sqlite3", EntryPoint = "sqlite3_bind_blob"), SuppressGCTransition]
    private static partial int BindBlob(nint statement, int position, nint bytes, int length, nint lifetime);

    [LibraryImport("e_sqlite3", EntryPoint = "sqlite3_bind_blob")]
    private static partial int BindBlob(nint statement, int position, ref byte bytes, int length, nint lifetime);

    [LibraryImport("e_sqlite3", EntryPoint = "sqlite3_step")]
    private static partial int Step(nint statement);

    [LibraryImport("e_sqlite3", EntryPoint = "sqlite3_reset")]
    private static partial int Reset(nint statement);

    [LibraryImport("e_sqlite3", EntryPoint = "sqlite3_column_int64"), SuppressGCTransition]
    private static partial long ColumnInteger(nint statement, int column);

    private int StepOnce()
    {
        (_bound, _used) = (0, 0);
        var code = Step(_statement);
        try
        {
            Check(code);
            return code;
        }
        catch
        {
            _ = Reset(_statement);
            throw;
        }
    }

    private SqliteChange BindNothing() => Bound(BindNull(_statement, ++_bound));

    private nint Take(int length)
    {
        var at = _address + _used;
        _used += length;
        return at;
    }

    private SqliteChange Bound(int code)
    {
        Check(code);
        return this;
    }

    private void Check(int code)
    {
        if (code is not (raw.SQLITE_OK or raw.SQLITE_DONE or raw.SQLITE_ROW))
        {
            SqliteException.ThrowExceptionForRC(code, _database);
        }
    }
}
