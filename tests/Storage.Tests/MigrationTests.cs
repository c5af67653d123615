using LifelongApi.Testing;
using Microsoft.EntityFrameworkCore;

namespace LifelongApi.Storage.Tests;

public sealed class MigrationTests
{
    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task The_migrations_say_what_the_model_says(string provider)
    {
        await using var database = await TestDatabase.CreateAsync(provider);
        await using var context = Contexts.Create(database);

        Assert.False(context.Database.HasPendingModelChanges());
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task Hosts_that_start_together_all_find_the_tables(string provider)
    {
        await using var database = await TestDatabase.CreateAsync(provider);
        var hosts = Enumerable.Range(0, 4).Select(_ => LifelongStore.Open(database.ConnectionString)).ToList();
        using var start = new Barrier(hosts.Count);

        await Task.WhenAll(hosts.Select(host => Task.Run(() =>
        {
            start.SignalAndWait(StoreFixture.Cancellation);
            return host.MigrateAsync(StoreFixture.Cancellation);
        })));

        foreach (var host in hosts)
        {
            Assert.Empty(await host.Models.ListAsync(null, 10, StoreFixture.Cancellation));
            await host.DisposeAsync();
        }
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task Migrating_again_changes_nothing(string provider)
    {
        await using var store = await StoreFixture.CreateAsync(provider);
        await store.AppendAsync(StoreFixture.Event(1));

        await store.Store.MigrateAsync(StoreFixture.Cancellation);

        Assert.Single(await store.ReadAsync());
    }

    [Fact]
    public async Task A_lock_row_that_a_kill_left_in_an_unfinished_SQLite_schema_does_not_hang_the_next_start()
    {
        await using var database = await TestDatabase.CreateAsync("sqlite");
        // What a kill leaves: the lock is taken and the history exists, but the transaction of the tables never committed.
        await ExecuteAsync(
            database,
            """
            CREATE TABLE "__EFMigrationsLock" ("Id" INTEGER NOT NULL CONSTRAINT "PK___EFMigrationsLock" PRIMARY KEY, "Timestamp" TEXT NOT NULL);
            INSERT INTO "__EFMigrationsLock" VALUES (1, '2026-01-01 00:00:00+00:00');
            CREATE TABLE "__EFMigrationsHistory" ("migration_id" TEXT NOT NULL CONSTRAINT "pk___ef_migrations_history" PRIMARY KEY, "product_version" TEXT NOT NULL);
            """);
        await using var store = LifelongStore.Open(database.ConnectionString);

        await store.MigrateAsync(StoreFixture.Cancellation).WaitAsync(TimeSpan.FromSeconds(30), StoreFixture.Cancellation);

        Assert.Empty(await store.Models.ListAsync(null, 1, StoreFixture.Cancellation));
    }

    [Fact]
    public async Task A_lock_row_in_a_finished_SQLite_schema_does_not_hang_the_next_start_either()
    {
        await using var store = await StoreFixture.CreateAsync("sqlite");
        await ExecuteAsync(
            store.Database,
            """
            CREATE TABLE IF NOT EXISTS "__EFMigrationsLock" ("Id" INTEGER NOT NULL CONSTRAINT "PK___EFMigrationsLock" PRIMARY KEY, "Timestamp" TEXT NOT NULL);
            INSERT INTO "__EFMigrationsLock" VALUES (1, '2026-01-01 00:00:00+00:00');
            """);

        await store.Store.MigrateAsync(StoreFixture.Cancellation).WaitAsync(TimeSpan.FromSeconds(30), StoreFixture.Cancellation);

        Assert.NotNull(await store.Store.Models.FindAsync("elec", StoreFixture.Cancellation));
    }

    [Fact]
    public async Task A_Postgres_database_that_holds_only_an_empty_history_is_completed()
    {
        await using var database = await TestDatabase.CreateAsync("postgres");
        await ExecuteAsync(
            database,
            """CREATE TABLE "__EFMigrationsHistory" (migration_id character varying(150) NOT NULL CONSTRAINT pk___ef_migrations_history PRIMARY KEY, product_version character varying(32) NOT NULL)""");
        await using var store = LifelongStore.Open(database.ConnectionString);

        await store.MigrateAsync(StoreFixture.Cancellation);

        Assert.Empty(await store.Models.ListAsync(null, 1, StoreFixture.Cancellation));
    }

    [Fact]
    public async Task On_Postgres_the_journal_is_partitioned_by_hash_from_the_first_migration()
    {
        await using var store = await StoreFixture.CreateAsync("postgres");
        foreach (var table in new[] { "events", "event_ids", "outcomes" })
        {
            Assert.Equal(16L, await RawSql.ScalarAsync(store, $"SELECT count(*) FROM pg_inherits WHERE inhparent = '{table}'::regclass"));
        }
    }

    private static async Task ExecuteAsync(TestDatabase database, string sql)
    {
        await using var context = Contexts.Create(database);
        await context.Database.OpenConnectionAsync(StoreFixture.Cancellation);
        await using var command = context.Database.GetDbConnection().CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync(StoreFixture.Cancellation);
    }
}
