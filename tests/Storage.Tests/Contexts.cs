using LifelongApi.Storage.Schema;
using LifelongApi.Testing;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace LifelongApi.Storage.Tests;

/// <summary>Contexts of one's own over a test database, without pooled connections that would outlive the test.</summary>
internal static class Contexts
{
    public static LifelongContext Create(TestDatabase database) => database.Provider == "sqlite"
        ? new SqliteLifelongContext(SqliteLifelongContext.Configure(new SqliteConnectionStringBuilder(database.ConnectionString) { Pooling = false }.ConnectionString))
        : new PostgresLifelongContext(PostgresLifelongContext.Configure(new NpgsqlConnectionStringBuilder(database.ConnectionString) { Pooling = false }.ConnectionString));
}
