using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using LifelongApi.Contracts.Journal;
using LifelongApi.Storage.Journal;
using LifelongApi.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

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

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task Ids_of_a_stream_from_before_they_had_an_order_are_still_duplicates(string provider)
    {
        await using var database = await TestDatabase.CreateAsync(provider);
        await using (var context = Contexts.Create(database))
        {
            await context.Database.GetService<IMigrator>().MigrateAsync("Entities", cancellationToken: StoreFixture.Cancellation);
        }

        await ExecuteAsync(database, Earlier(database.Provider, StoreFixture.Event(1, "a"), StoreFixture.Event(2, "file:1"), StoreFixture.Event(3, "0199f3a0-1c2b-7d3e-8f40-abcdef012345")));
        await using var store = LifelongStore.Open(database.ConnectionString);
        await store.MigrateAsync(StoreFixture.Cancellation);
        var model = (await store.Models.FindAsync("elec", StoreFixture.Cancellation))!;
        var epoch = (await store.Journal.OpenStreamAsync(model.StreamId, StoreFixture.Cancellation)).Epoch;
        async Task<IReadOnlyList<DuplicateEvent>> AppendAsync(params JournalEvent[] events) => (await store.Journal.AppendAsync(
            new AppendRequest { StreamId = model.StreamId, Epoch = epoch, Events = events }, StoreFixture.Cancellation)).Duplicates;

        var repeated = new[] { StoreFixture.Event(4, "a"), StoreFixture.Event(5, "file:1", "other"), StoreFixture.Event(6, "0199f3a0-1c2b-7d3e-8f40-abcdef012345"), StoreFixture.Event(7, "file:2") };
        Assert.Equal([new(0, 1, true), new(1, 2, false), new(2, 3, true)], await store.Journal.FindDuplicatesAsync(model.StreamId, repeated, StoreFixture.Cancellation));
        Assert.Equal([new(0, 1, true), new(1, 2, false), new(2, 3, true)], await AppendAsync(repeated));
        Assert.Equal([new DuplicateEvent(0, 7, true)], await AppendAsync(StoreFixture.Event(8, "file:2")));
        Assert.Equal(2, (await store.Journal.FindEventsAsync(model.StreamId, ["file:1"], StoreFixture.Cancellation)).Values.Single().Sequence);

        // A restore makes ids live again from the events, and a fork takes them over.
        await store.Journal.RestoreAsync(
            model.StreamId, epoch, StoreFixture.Event(9, "restore") with { Kind = EventKind.Restored }, StoreFixture.Lineage(model.Id, 2, 1, 2, 9), [new(1, 2), new(10, long.MaxValue)], StoreFixture.Cancellation);
        Assert.Equal([new(1, 2, true), new(2, 9, false)], await AppendAsync(StoreFixture.Event(10, "file:2"), StoreFixture.Event(11, "file:1"), StoreFixture.Event(12, "restore")));
        var version = await store.Versions.SaveAsync(VersionTests.Version(model.Id, 10) with { Lineage = 2 }, [VersionTests.Page(1)], epoch, StoreFixture.Cancellation);
        var fork = (await store.Models.ForkAsync(StoreFixture.NewModel("fork"), model.Id, version.Number, [new(1, 2), new(10, 10)], StoreFixture.Cancellation))!;
        Assert.Equal(
            [new(0, 2, true), new(1, 10, true)],
            await store.Journal.FindDuplicatesAsync(fork.StreamId, [StoreFixture.Event(1, "file:1"), StoreFixture.Event(2, "file:2"), StoreFixture.Event(3, "new")], StoreFixture.Cancellation));

        // A stream that begins now has the keys of now.
        await store.Models.CreateLeaderAsync(StoreFixture.NewModel("new"), StoreFixture.Cancellation);
        Assert.Equal(["elec:0", "fork:0", "new:1"], await ListAsync(database, "SELECT name || ':' || id_scheme FROM streams ORDER BY name"));
    }

    /// <summary>A stream with a model and these events, as it was written when every key of an id was a hash.</summary>
    private static string Earlier(string provider, params JournalEvent[] events)
    {
        string Bytes(byte[] bytes) => provider == "sqlite" ? $"x'{Convert.ToHexString(bytes)}'" : $"'\\x{Convert.ToHexString(bytes)}'::bytea";
        var yes = provider == "sqlite" ? "1" : "TRUE";
        var sql = new StringBuilder(
            $"""
            INSERT INTO streams (id, name, epoch, last_sequence, event_count, base_sequence, salt, created_at) VALUES (7, 'elec', 1, {events.Length}, {events.Length}, 0, {Bytes(new byte[32])}, 1);
            INSERT INTO models (id, name, stream_id, is_leader, spec, lineage, last_version, created_at) VALUES (7, 'elec', 7, {yes}, '[]', 1, 0, 1);
            INSERT INTO lineages (model_id, number, parent_sequence, start_sequence, cause, skipped_ranges, created_at) VALUES (7, 1, 0, 0, 'created', '[]', 1);
            """);
        foreach (var item in events)
        {
            var hash = Bytes(SHA256.HashData(Encoding.UTF8.GetBytes(item.EventId))[..16]);
            sql.Append(
                CultureInfo.InvariantCulture,
                $"""
                INSERT INTO events (stream_id, sequence, event_id, id_hash, kind, received_at, weight, payload, payload_hash)
                VALUES (7, {item.Sequence}, '{item.EventId}', {hash}, {(int)item.Kind}, 1, 1, {Bytes(item.Payload.ToArray())}, {Bytes(PayloadDigest.OfContent(item, null))});
                INSERT INTO event_ids (stream_id, id_hash, sequence) VALUES (7, {hash}, {item.Sequence});
                """);
        }

        return sql.ToString();
    }

    private static async Task<List<string>> ListAsync(TestDatabase database, string sql)
    {
        await using var context = Contexts.Create(database);
        return await context.Database.SqlQueryRaw<string>(sql).ToListAsync(StoreFixture.Cancellation);
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
