using LifelongApi.Storage.Postgres;
using LifelongApi.Testing;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace LifelongApi.Storage.Tests;

/// <summary>What need not wait for the disk leaves no trace on what must.</summary>
public sealed class WriteAheadTests
{
    [Fact]
    public async Task On_a_connection_that_its_pool_does_not_reset_only_that_transaction_does_not_wait()
    {
        await using var server = await TestDatabase.CreateAsync("postgres");
        var text = new NpgsqlConnectionStringBuilder(server.ConnectionString) { NoResetOnClose = true, MaxPoolSize = 1 }.ConnectionString;
        await using var database = new PostgresDatabase(text);
        Assert.Equal("off", await database.WriteAheadAsync("asking", context => SettingAsync(context), TestContext.Current.CancellationToken));
        Assert.Equal("on", await database.WriteAsync("asking", context => SettingAsync(context), TestContext.Current.CancellationToken));
    }

    private static async Task<string> SettingAsync(DbContext context) =>
        (await context.Database.SqlQueryRaw<string>("SELECT current_setting('synchronous_commit') AS \"Value\"").ToListAsync(TestContext.Current.CancellationToken))[0];
}
