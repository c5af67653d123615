using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;

namespace LifelongApi.Storage.Sqlite;

/// <summary>The one connection that appends, with its prepared statements, and the turn that every writer of the process takes.</summary>
internal sealed class SqliteWriter(SqliteDatabase database) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly ConcurrentQueue<Work> _waiting = new();
    private int _isComing;
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

    /// <summary>
    /// Runs work in an immediate transaction, off the caller's thread because SQLite blocks. Whoever has the turn takes along what waits for it: the streams of a file share one commit,
    /// and one wait for the disk. Work that throws is undone alone.
    /// </summary>
    /// <param name="work">What to do; it runs once.</param>
    /// <returns>Its answer, once it is committed.</returns>
    public Task<T> RunAsync<T>(Func<SqliteWriter, T> work)
    {
        var mine = new Work<T>(work);
        _waiting.Enqueue(mine);
        if (Interlocked.Exchange(ref _isComing, 1) == 0)
        {
            _ = ServeAsync();
        }

        return mine.Answer;
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

    /// <summary>A prepared statement without the provider's parameters, made once. Only inside <see cref="RunAsync"/>.</summary>
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

    /// <summary>Takes the turn and runs all that waits by then. What is put later finds somebody coming, or comes itself.</summary>
    private async Task ServeAsync()
    {
        try
        {
            using var turn = await EnterAsync(CancellationToken.None).ConfigureAwait(false);
            Volatile.Write(ref _isComing, 0);
            await Task.Run(() => Finish(Run), CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            Volatile.Write(ref _isComing, 0);
            Finish(_ => throw failure);
        }
    }

    private void Finish(Action<List<Work>> run)
    {
        var taken = new List<Work>();
        while (_waiting.TryDequeue(out var work))
        {
            taken.Add(work);
        }

        if (taken.Count == 0)
        {
            return;
        }

        try
        {
            run(taken);
        }
        catch (Exception failure)
        {
            taken.ForEach(work => work.Fail(failure));
        }

        taken.ForEach(work => work.Tell());
    }

    private void Run(List<Work> works)
    {
        var began = false;
        try
        {
            _connection ??= database.OpenForWriter();
            Statement("BEGIN IMMEDIATE").Execute();
            began = true;
            foreach (var work in works)
            {
                if (works.Count == 1)
                {
                    work.Run(this);
                }
                else
                {
                    RunApart(work);
                }
            }

            Statement("COMMIT").Execute();
            database.Checkpoint.Count(_connection);
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

    /// <summary>Runs one of several. Where it throws, what it did is undone and the others go on; an error that has ended the whole transaction ends the rest too.</summary>
    private void RunApart(Work work)
    {
        Change("SAVEPOINT work").Run();
        try
        {
            work.Run(this);
        }
        catch (Exception failure)
        {
            work.Fail(failure);
            Change("ROLLBACK TO work").Run();
        }

        Change("RELEASE work").Run();
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

    private abstract class Work
    {
        /// <summary>Why it failed, if it did; the first reason stays.</summary>
        protected Exception? Failure { get; private set; }

        public abstract void Run(SqliteWriter writer);

        public void Fail(Exception failure) => Failure ??= failure;

        /// <summary>Tells who waits what became of it.</summary>
        public abstract void Tell();
    }

    private sealed class Work<T>(Func<SqliteWriter, T> work) : Work
    {
        private readonly TaskCompletionSource<T> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private T? _result;

        public Task<T> Answer => _answer.Task;

        public override void Run(SqliteWriter writer) => _result = work(writer);

        public override void Tell()
        {
            if (Failure is { } failure)
            {
                _answer.SetException(failure);
            }
            else
            {
                _answer.SetResult(_result!);
            }
        }
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
