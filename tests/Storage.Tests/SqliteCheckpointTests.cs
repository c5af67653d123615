using LifelongApi.Storage.Sqlite;
using LifelongApi.Testing;
using Microsoft.Data.Sqlite;

namespace LifelongApi.Storage.Tests;

/// <summary>The log of a SQLite file goes back into it beside the commits.</summary>
public sealed class SqliteCheckpointTests
{
    private const int Mebibyte = 1 << 20;

    [Fact]
    public async Task The_log_goes_back_into_the_file_before_a_commit_has_to_do_it_and_begins_anew()
    {
        await using var file = await TestDatabase.CreateAsync("sqlite");
        await using var database = await OpenAsync(file);
        await PutAsync(database, 30);
        Assert.InRange(Length(database, ""), 0, Mebibyte);
        Assert.InRange(Length(database, "-wal"), 30 * Mebibyte, 32 * Mebibyte);

        await PutAsync(database, 4);
        await database.Checkpoint.Running;
        var log = Length(database, "-wal");
        Assert.InRange(Length(database, ""), 30 * Mebibyte, 36 * Mebibyte);

        // Together they are less than what makes SQLite do it at a commit.
        await PutAsync(database, 25);
        Assert.Equal(log, Length(database, "-wal"));
        Assert.Equal("59 ok", await LookAsync(database));
    }

    [Fact]
    public async Task Who_still_reads_an_earlier_state_holds_up_no_commit_and_sees_it_to_the_end()
    {
        await using var file = await TestDatabase.CreateAsync("sqlite");
        await using var database = await OpenAsync(file);
        await PutAsync(database, 1);
        await using var reader = database.OpenAlone();
        using var command = reader.CreateCommand();
        command.CommandText = "BEGIN; SELECT count(*) FROM blocks";
        Assert.Equal(1L, await command.ExecuteScalarAsync(TestContext.Current.CancellationToken));

        await PutAsync(database, 80);
        await database.Checkpoint.Running;
        command.CommandText = "SELECT count(*) FROM blocks";
        Assert.Equal(1L, await command.ExecuteScalarAsync(TestContext.Current.CancellationToken));
        Assert.Equal("81 ok", await LookAsync(database));

        command.CommandText = "COMMIT";
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        await PutAsync(database, 34);
        await database.Checkpoint.Running;
        Assert.InRange(Length(database, ""), 100 * Mebibyte, long.MaxValue);
        Assert.Equal("115 ok", await LookAsync(database));
    }

    private static async Task<SqliteDatabase> OpenAsync(TestDatabase file)
    {
        var database = new SqliteDatabase(new SqliteConnectionStringBuilder(file.ConnectionString));
        await using var connection = database.OpenAlone();
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA journal_mode = WAL; CREATE TABLE blocks (number INTEGER PRIMARY KEY, bytes BLOB)";
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        return database;
    }

    private static async Task PutAsync(SqliteDatabase database, int count)
    {
        for (var n = 0; n < count; n++)
        {
            await database.Writer.RunAsync(writer => writer.Change("INSERT INTO blocks (bytes) VALUES (zeroblob(1048576))").Run());
        }
    }

    private static Task<string> LookAsync(SqliteDatabase database) => database.Writer.RunAsync(writer =>
    {
        using var reader = writer.Statement("SELECT count(*), (SELECT integrity_check FROM pragma_integrity_check) FROM blocks").Query();
        return reader.Read() ? $"{reader.GetInt64(0)} {reader.GetString(1)}" : "nothing";
    });

    private static long Length(SqliteDatabase database, string suffix) =>
        new FileInfo(new SqliteConnectionStringBuilder(database.ConnectionString).DataSource + suffix).Length;
}
