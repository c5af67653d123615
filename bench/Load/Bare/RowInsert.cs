using System.Diagnostics;
using Npgsql;
using NpgsqlTypes;

namespace LifelongApi.Bare;

/// <summary>A row for each request, each in a commit of its own, as a service without group commit does it.</summary>
internal sealed class RowInsert
{
    private readonly NpgsqlDataSource _source;

    private RowInsert(NpgsqlDataSource source) => _source = source;

    public static async Task<RowInsert> OpenAsync(string connection)
    {
        var source = NpgsqlDataSource.Create(connection);
        await using var create = source.CreateCommand("CREATE TABLE IF NOT EXISTS rows (id uuid PRIMARY KEY, sequence bigint GENERATED ALWAYS AS IDENTITY UNIQUE, payload bytea NOT NULL)");
        await create.ExecuteNonQueryAsync();
        return new RowInsert(source);
    }

    public async Task AddAsync(byte[] payload, CancellationToken cancel)
    {
        await using var command = _source.CreateCommand("INSERT INTO rows (id, payload) VALUES ($1, $2)");
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = Guid.CreateVersion7() });
        command.Parameters.Add(new NpgsqlParameter { Value = payload, NpgsqlDbType = NpgsqlDbType.Bytea });
        await command.ExecuteNonQueryAsync(cancel);
    }

    /// <summary>Inserts for a while, so many rows a commit, one commit after the other: what group commit could come to.</summary>
    /// <returns>Rows per second.</returns>
    public async Task<double> RateAsync(byte[] payload, int rows, double seconds, CancellationToken cancel)
    {
        await using var connection = await _source.OpenConnectionAsync(cancel);
        await using var command = new NpgsqlCommand("INSERT INTO rows (id, payload) SELECT * FROM unnest($1, $2)", connection);
        var ids = new NpgsqlParameter<Guid[]> { TypedValue = new Guid[rows] };
        command.Parameters.Add(ids);
        command.Parameters.Add(new NpgsqlParameter<byte[][]> { TypedValue = [.. Enumerable.Repeat(payload, rows)] });
        await command.PrepareAsync(cancel);
        var (count, watch) = (0L, Stopwatch.StartNew());
        while (watch.Elapsed.TotalSeconds < seconds)
        {
            for (var i = 0; i < rows; i++)
            {
                ids.TypedValue[i] = Guid.CreateVersion7();
            }

            count += await command.ExecuteNonQueryAsync(cancel);
        }

        return count / watch.Elapsed.TotalSeconds;
    }
}
