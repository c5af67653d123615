using Microsoft.Data.Sqlite;

namespace LifelongApi.Storage.Sqlite;

/// <summary>The one connection that appends, with its prepared statements, and the turn that every writer of the process takes.</summary>
internal sealed class SqliteWriter(SqliteDatabase database) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly Dictionary<string, SqliteStatement> _statements = [];
    private readonly Dictionary<string, SqliteChange> _changes = [];
    private SqliteConnection? _connection;
    private bool _disposed;

    /// <summary>Waits for the turn; dispose the answer to give it back.</summary>
    public async ValueTask<IDisposable> EnterAsync(CancellationToken cancellation)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        await _turn.WaitAsync(cancellation).ConfigureAwait(false);
        return new Turn(_turn);
    }

    /// <summary>Runs work in one immediate transaction, off the caller's thread because SQLite blocks.</summary>
    public async Task<T> RunAsync<T>(Func<SqliteWriter, T> work, CancellationToken cancellation)
    {
        using var turn = await EnterAsync(cancellation).ConfigureAwait(false);
        return await Task.Run(() => Run(work), CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>A prepared statement, made once. Only inside <see cref="RunAsync"/>.</summary>
    public SqliteStatement Statement(string sql, params ReadOnlySpan<string> parameters)
    {
        if (!_statements.TryGetValue(sql, out var statement))
        {
            statement = new SqliteStatement(_connection!, sql, parameters);
            _statements.Add(sql, statement);
        }

        return statement;
    }

    /// <summary>A prepared statement that changes rows, made once. Only inside <see cref="RunAsync"/>.</summary>
    public SqliteChange Change(string sql)
    {
        if (!_changes.TryGetValue(sql, out var change))
        {
            change = new SqliteChange(_connection!, sql);
            _changes.Add(sql, change);
        }

        return change;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _disposed = true;
        Close();
        _turn.Dispose();
    }

    private T Run<T>(Func<SqliteWriter, T> work)
    {
        _connection ??= database.OpenForWriter();
        var began = false;
        try
        {
            Statement("BEGIN IMMEDIATE").Execute();
            began = true;
            var result = work(this);
            Statement("COMMIT").Execute();
            return result;
        }
        catch (Exception failure)
        {
            // A connection whose transaction may still be open is not used again: closing it rolls back.
            if (!began || failure is SqliteException || !TryRollBack())
            {
                Close();
            }

            throw;
        }
    }

    private bool TryRollBack()
    {
        try
        {
            Statement("ROLLBACK").Execute();
            return true;
        }
        catch (SqliteException)
        {
            return false;
        }
    }

    private void Close()
    {
        foreach (var statement in _statements.Values)
        {
            statement.Dispose();
        }

        foreach (var change in _changes.Values)
        {
            change.Dispose();
        }

        _statements.Clear();
        _changes.Clear();
        _connection?.Dispose();
        _connection = null;
    }

    private sealed class Turn(SemaphoreSlim semaphore) : IDisposable
    {
        public void Dispose() => semaphore.Release();
    }
}

/// <summary>A prepared command whose parameters are set by position.</summary>
internal sealed class SqliteStatement : IDisposable
{
    private readonly SqliteCommand _command;
    private readonly SqliteParameter[] _parameters;

    /// <summary>Prepares a statement.</summary>
    public SqliteStatement(SqliteConnection connection, string sql, ReadOnlySpan<string> parameters)
    {
        _command = connection.CreateCommand();
        _command.CommandText = sql;
        _parameters = new SqliteParameter[parameters.Length];
        for (var index = 0; index < parameters.Length; index++)
        {
            _parameters[index] = _command.CreateParameter();
            _parameters[index].ParameterName = parameters[index];
            _command.Parameters.Add(_parameters[index]);
        }
    }

    /// <summary>Runs it; answers the rows it changed.</summary>
    public int Execute(params ReadOnlySpan<object?> values)
    {
        Bind(values);
        return _command.ExecuteNonQuery();
    }

    /// <summary>Runs it for its rows.</summary>
    public SqliteDataReader Query(params ReadOnlySpan<object?> values)
    {
        Bind(values);
        return _command.ExecuteReader();
    }

    /// <inheritdoc/>
    public void Dispose() => _command.Dispose();

    private void Bind(ReadOnlySpan<object?> values)
    {
        for (var index = 0; index < _parameters.Length; index++)
        {
            _parameters[index].Value = values[index] ?? DBNull.Value;
        }
    }
}
