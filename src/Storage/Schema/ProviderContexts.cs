using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

namespace LifelongApi.Storage.Schema;

/// <summary>The tables on SQLite. A class of its own so that each database has its own migrations.</summary>
internal sealed class SqliteLifelongContext(DbContextOptions<SqliteLifelongContext> options) : LifelongContext(options)
{
    /// <summary>Options for a connection string.</summary>
    public static DbContextOptions<SqliteLifelongContext> Configure(string connectionString)
        => new DbContextOptionsBuilder<SqliteLifelongContext>()
            .UseSqlite(connectionString)
            .UseSnakeCaseNamingConvention()
            .Options;
}

/// <summary>The tables on Postgres.</summary>
internal sealed class PostgresLifelongContext(DbContextOptions<PostgresLifelongContext> options) : LifelongContext(options)
{
    /// <summary>Options for a data source, whose connections are shared with the hand-written SQL.</summary>
    public static DbContextOptions<PostgresLifelongContext> Configure(Npgsql.NpgsqlDataSource source)
        => new DbContextOptionsBuilder<PostgresLifelongContext>()
            .UseNpgsql(source, options => options.SetPostgresVersion(15, 0))
            .UseSnakeCaseNamingConvention()
            .Options;

    /// <summary>Options without a database, for the migration tool.</summary>
    public static DbContextOptions<PostgresLifelongContext> Configure(string connectionString)
        => new DbContextOptionsBuilder<PostgresLifelongContext>()
            .UseNpgsql(connectionString, options => options.SetPostgresVersion(15, 0))
            .UseSnakeCaseNamingConvention()
            .Options;

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        base.OnModelCreating(modelBuilder);
        // Lists are paged by name: the order must be that of the code points, as on SQLite, whatever the server's locale.
        modelBuilder.Entity<StreamRow>().Property(row => row.Name).UseCollation("C");
        modelBuilder.Entity<ModelRow>().Property(row => row.Name).UseCollation("C");
        modelBuilder.Entity<ApiKeyRow>().Property(row => row.Name).UseCollation("C");
        modelBuilder.Entity<ProbeRow>().Property(row => row.Task).UseCollation("C");
    }
}

/// <summary>Lets <c>dotnet ef</c> make SQLite migrations.</summary>
internal sealed class SqliteContextFactory : IDesignTimeDbContextFactory<SqliteLifelongContext>
{
    public SqliteLifelongContext CreateDbContext(string[] args) => new(SqliteLifelongContext.Configure("Data Source=design.db"));
}

/// <summary>Lets <c>dotnet ef</c> make Postgres migrations.</summary>
internal sealed class PostgresContextFactory : IDesignTimeDbContextFactory<PostgresLifelongContext>
{
    public PostgresLifelongContext CreateDbContext(string[] args) => new(PostgresLifelongContext.Configure("Host=localhost;Database=design"));
}
