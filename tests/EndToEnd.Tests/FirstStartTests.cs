using System.Data.Common;
using System.Diagnostics;
using LifelongApi.EndToEnd.Tests.Data;
using LifelongApi.EndToEnd.Tests.Harness;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace LifelongApi.EndToEnd.Tests;

/// <summary>SIGKILL during the very first start, while the tables are being made.</summary>
public sealed class FirstStartTests
{
    public static TheoryData<StoreKind, int> KillPoints()
    {
        var points = new TheoryData<StoreKind, int>();
        foreach (var kind in new[] { StoreKind.Sqlite, StoreKind.Postgres })
        {
            // As soon as the process exists; as soon as anything is in the database; as soon as every table is.
            points.Add(kind, 0);
            points.Add(kind, 1);
            points.Add(kind, 8);
        }

        return points;
    }

    [Theory]
    [MemberData(nameof(KillPoints))]
    public async Task A_first_start_that_was_killed_is_followed_by_one_that_works(StoreKind kind, int tables)
    {
        await using var store = await TestStore.CreateAsync(kind);
        for (var round = 0; round < 3; round++)
        {
            using var process = Process.Start(BuiltProgram.Api.StartInfo(
                Path.GetTempPath(), ["--urls", "http://127.0.0.1:0", "--ConnectionStrings:Lifelong", store.ConnectionString]))!;
            try
            {
                await Eventually.Async($"{tables} tables", async () => await TablesAsync(store) >= tables ? store : null);
            }
            finally
            {
                process.Kill();
                await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            }
        }

        await using var server = await ServerProcess.StartAsync(store);
        await server.Http.CreateClassifierAsync("market");
        Assert.Equal(20, (await server.Http.LearnAsync("market", ElectricityStream.Events(20, "row"))).Count);
        Assert.Equal(20, (await server.Http.MetricsAsync("market")).Total.Count);
    }

    private static async Task<long> TablesAsync(TestStore store)
    {
        await using DbConnection connection = store.Kind == StoreKind.Sqlite
            ? new SqliteConnection(store.ConnectionString + ";Pooling=False")
            : new NpgsqlConnection(store.ConnectionString + ";Pooling=False");
        try
        {
            await connection.OpenAsync(TestContext.Current.CancellationToken);
            await using var command = connection.CreateCommand();
            command.CommandText = store.Kind == StoreKind.Sqlite
                ? "SELECT count(*) FROM sqlite_master WHERE type = 'table'"
                : "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'";
            return Convert.ToInt64(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken), System.Globalization.CultureInfo.InvariantCulture);
        }
        catch (SqliteException)
        {
            // The file is locked while the tables are made.
            return 0;
        }
    }
}
