using System.Text;
using LifelongApi.Storage.Journal;

namespace LifelongApi.Storage.Tests;

public sealed class SubjectTests
{
    private const string Secret = "diagnosis: very private";

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task What_belongs_to_a_subject_is_unreadable_in_the_tables_and_readable_through_the_store(string provider)
    {
        await using var store = await StoreFixture.CreateAsync(provider);
        await store.AppendAsync(StoreFixture.Event(1, payload: Secret) with { Subject = "ann@example.org" }, StoreFixture.Event(2, payload: Secret));

        var read = await store.ReadAsync();

        Assert.Equal("ann@example.org", read[0].Subject);
        Assert.Equal(Secret, Encoding.UTF8.GetString(read[0].Payload.Span));
        var stored = (byte[])(await RawSql.ScalarAsync(store, "SELECT payload FROM events WHERE sequence = 1"))!;
        Assert.Equal(12 + 16 + Secret.Length, stored.Length);
        Assert.True(stored.AsSpan().IndexOf("private"u8) < 0);
        var plainHash = (byte[])(await RawSql.ScalarAsync(store, "SELECT payload_hash FROM events WHERE sequence = 2"))!;
        var commitment = (byte[])(await RawSql.ScalarAsync(store, "SELECT payload_hash FROM events WHERE sequence = 1"))!;
        Assert.NotEqual(plainHash, commitment);
        var name = (byte[])(await RawSql.ScalarAsync(store, "SELECT sealed_name FROM subjects"))!;
        Assert.True(name.AsSpan().IndexOf("ann"u8) < 0);
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task A_subject_has_one_key_over_batches_and_sizes_and_its_duplicates_are_compared(string provider)
    {
        await using var store = await StoreFixture.CreateAsync(provider);
        await store.AppendAsync(StoreFixture.Event(1, "a", Secret) with { Subject = "ann" }, StoreFixture.Event(2, "b", Secret) with { Subject = "bob" });
        var large = StoreFixture.Events(3, 20).Select(item => item with { Payload = new byte[3_000], Subject = "ann" }).ToArray();
        await store.AppendAsync(large);

        var result = await store.AppendAsync(
            StoreFixture.Event(30, "a", Secret) with { Subject = "ann" }, StoreFixture.Event(31, "b", "other") with { Subject = "bob" });

        Assert.Equal([new DuplicateEvent(0, 1, true), new DuplicateEvent(1, 2, false)], result.Duplicates);
        Assert.Equal(2L, await RawSql.ScalarAsync(store, "SELECT count(*) FROM subjects"));
        Assert.All((await store.ReadAsync(new SequenceRange(3, 22))), item => Assert.Equal(("ann", 3_000), (item.Subject!, item.Payload.Length)));
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task Once_the_key_is_destroyed_payloads_come_empty_and_the_name_may_come_back_with_a_new_key(string provider)
    {
        await using var store = await StoreFixture.CreateAsync(provider);
        await store.AppendAsync(StoreFixture.Event(1, "a", Secret) with { Subject = "ann" }, StoreFixture.Event(2, "b", Secret) with { Subject = "bob" });

        await RawSql.ScalarAsync(store, "UPDATE subjects SET key = NULL, sealed_name = NULL, destroyed_at = 99 WHERE id = 1");
        var result = await store.AppendAsync(StoreFixture.Event(3, "c", Secret) with { Subject = "ann" }, StoreFixture.Event(4, "a", "anything"));

        // Nothing is left to compare with: the id alone decides.
        Assert.Equal([new DuplicateEvent(1, 1, true)], result.Duplicates);
        var read = await store.ReadAsync();
        Assert.Equal([0, Secret.Length, Secret.Length], read.Select(item => item.Payload.Length));
        Assert.Equal([null, "bob", "ann"], read.Select(item => item.Subject));
        Assert.Equal(3L, await RawSql.ScalarAsync(store, "SELECT count(*) FROM subjects"));
    }
}
