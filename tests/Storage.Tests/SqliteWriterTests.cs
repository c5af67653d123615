using LifelongApi.Storage.Sqlite;
using LifelongApi.Testing;
using Microsoft.Data.Sqlite;

namespace LifelongApi.Storage.Tests;

/// <summary>The one writer of a SQLite file: what waits for its turn shares a transaction, and fails alone.</summary>
public sealed class SqliteWriterTests
{
    [Fact]
    public async Task What_waits_together_is_committed_together_and_fails_alone()
    {
        await using var file = await TestDatabase.CreateAsync("sqlite");
        await using var database = new SqliteDatabase(new SqliteConnectionStringBuilder(file.ConnectionString));
        await database.Writer.RunAsync(writer => writer.Change("CREATE TABLE marks (number INTEGER PRIMARY KEY)").Run());

        var ran = 0;
        Task<int>[] marks;
        using (await database.Writer.EnterAsync(TestContext.Current.CancellationToken))
        {
            // Whoever comes next takes along what came by then.
            marks = [.. Enumerable.Range(0, 4).Select(number => database.Writer.RunAsync(writer => Mark(writer, number)))];
        }

        Assert.Equal(1, await marks[0]);
        Assert.Equal(4, Volatile.Read(ref ran));
        Assert.Equal("two", (await Assert.ThrowsAsync<InvalidOperationException>(() => marks[2])).Message);
        Assert.Equal((1, 1), (await marks[1], await marks[3]));
        Assert.Equal("0 1 3", await Numbers());

        // A statement that fails ends its own work only.
        using (await database.Writer.EnterAsync(TestContext.Current.CancellationToken))
        {
            marks = [.. new[] { 5, 1, 6 }.Select(number => database.Writer.RunAsync(writer => Mark(writer, number)))];
        }

        Assert.Equal(1, await marks[0]);
        await Assert.ThrowsAsync<SqliteException>(() => marks[1]);
        Assert.Equal(1, await marks[2]);
        Assert.Equal("0 1 3 5 6", await Numbers());

        int Mark(SqliteWriter writer, int number)
        {
            Interlocked.Increment(ref ran);
            var changed = writer.Change("INSERT INTO marks (number) VALUES (?)").Bind((long)number).Run();
            return number == 2 ? throw new InvalidOperationException("two") : changed;
        }

        async Task<string> Numbers() => await database.Writer.RunAsync(writer =>
        {
            var numbers = new List<long>();
            using var reader = writer.Statement("SELECT number FROM marks ORDER BY number").Query();
            while (reader.Read())
            {
                numbers.Add(reader.GetInt64(0));
            }

            return string.Join(' ', numbers);
        });
    }

    [Fact]
    public async Task Who_waits_when_the_file_is_closed_is_told()
    {
        await using var file = await TestDatabase.CreateAsync("sqlite");
        await using var database = new SqliteDatabase(new SqliteConnectionStringBuilder(file.ConnectionString));
        await database.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => database.Writer.RunAsync(_ => 0));
    }
}
