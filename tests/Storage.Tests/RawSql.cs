using Microsoft.EntityFrameworkCore;

namespace LifelongApi.Storage.Tests;

/// <summary>Looks at, and damages, tables behind the store's back.</summary>
internal static class RawSql
{
    public static async Task<object?> ScalarAsync(StoreFixture store, string sql)
    {
        await using var context = Contexts.Create(store.Database);
        await context.Database.OpenConnectionAsync(StoreFixture.Cancellation);
        await using var command = context.Database.GetDbConnection().CreateCommand();
        command.CommandText = sql;
        return await command.ExecuteScalarAsync(StoreFixture.Cancellation);
    }
}
