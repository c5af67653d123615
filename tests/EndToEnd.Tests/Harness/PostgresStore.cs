using Npgsql;

namespace LifelongApi.EndToEnd.Tests.Harness;

internal sealed class PostgresStore : TestStore
{
    public override string ConnectionString => new NpgsqlConnectionStringBuilder("Host=x").ToString();
    public static Task<PostgresStore> CreateAsync() => Task.FromResult(new PostgresStore());
    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
