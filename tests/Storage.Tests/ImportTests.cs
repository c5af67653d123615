using System.Security.Cryptography;
using LifelongApi.Contracts.Journal;
using LifelongApi.Storage.Encoders;
using LifelongApi.Storage.Journal;
using LifelongApi.Storage.Models;

namespace LifelongApi.Storage.Tests;

public sealed class ImportTests
{
    private static readonly SequenceRange[] All = [new(1, long.MaxValue)];

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task An_import_brings_state_names_ids_and_the_open_task_and_numbers_on(string provider)
    {
        await using var store = await StoreFixture.CreateAsync(provider);
        var model = (await store.Store.Models.ImportAsync(Imported("abroad"), StoreFixture.Cancellation))!;

        Assert.Equal(("abroad", "abroad", true), (model.Name, model.StreamName, model.IsLeader));
        var lineage = Assert.Single(await store.Store.Models.ListLineagesAsync(model.Id, StoreFixture.Cancellation));
        Assert.Equal((LineageRecord.Imported, 7L, true), (lineage.Cause, lineage.StartSequence, lineage.BeganElsewhere));
        var version = (await store.Store.Versions.FindAsync(model.Id, 1, StoreFixture.Cancellation))!;
        Assert.Equal((7L, 1, true, "import"), (version.Sequence, version.Lineage, version.Pinned, version.Cause));
        var pages = await store.Store.Versions.ReadPagesAsync(version.Id, StoreFixture.Cancellation);
        Assert.Equal([VersionTests.Page(1).Bytes.ToArray(), VersionTests.Page(2).Bytes.ToArray()], pages.Select(page => page.Bytes.ToArray()));
        Assert.Equal(VersionTests.Page(2).Bytes.ToArray(), Assert.Single(await store.Store.Versions.ReadPagesAsync(version.Id, 1, 5, StoreFixture.Cancellation)).Bytes.ToArray());
        Assert.Equal(["price", "länge"], await store.Journal.ListFeatureNamesAsync(model.StreamId, StoreFixture.Cancellation));
        var began = Assert.Single(await store.Journal.ListTaskBoundariesAsync(model.StreamId, StoreFixture.Cancellation));
        Assert.Equal((EventKind.TaskBegan, 2L, "winter"), (began.Kind, began.Sequence, began.Task));

        // The ids answer duplicate whatever the payload, the numbering goes on after the position.
        Assert.Equal(new StreamOpening(1, 7), await store.Journal.OpenStreamAsync(model.StreamId, StoreFixture.Cancellation));
        var append = new AppendRequest { StreamId = model.StreamId, Epoch = 1, Events = [StoreFixture.Event(8, "a", "other"), StoreFixture.Event(9, "b"), StoreFixture.Event(10, "new")] };
        Assert.Equal([(0, 1L), (1, 7L)], (await store.Journal.AppendAsync(append, StoreFixture.Cancellation)).Duplicates.Select(duplicate => (duplicate.Index, duplicate.FirstSequence)));

        // A restore to the import keeps them and takes back what came after.
        await store.Journal.RestoreAsync(
            model.StreamId, 1, StoreFixture.Event(11, "restore") with { Kind = EventKind.Restored }, StoreFixture.Lineage(model.Id, 2, 1, 7, 11), [new(12, long.MaxValue)], StoreFixture.Cancellation);
        var again = append with { Events = [StoreFixture.Event(12, "a"), StoreFixture.Event(13, "new")] };
        Assert.Equal([(0, 1L)], (await store.Journal.AppendAsync(again, StoreFixture.Cancellation)).Duplicates.Select(duplicate => (duplicate.Index, duplicate.FirstSequence)));
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task A_taken_name_stores_nothing_at_all(string provider)
    {
        await using var store = await StoreFixture.CreateAsync(provider);
        var encoder = Encoder("net", [1]);

        Assert.Null(await store.Store.Models.ImportAsync(Imported("elec") with { Encoder = encoder }, StoreFixture.Cancellation));

        Assert.Empty(await store.Store.Encoders.ListAsync(StoreFixture.Cancellation));
        Assert.Empty(await store.Store.Versions.ListAsync(store.Model.Id, null, 10, StoreFixture.Cancellation));
        Assert.Empty(await IdsAsync(store, store.StreamId));
        Assert.Equal(0L, await RawSql.ScalarAsync(store, "SELECT count(*) FROM pages"));
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task An_encoder_is_stored_where_its_file_is_missing_and_never_takes_anothers_name(string provider)
    {
        await using var store = await StoreFixture.CreateAsync(provider);
        await store.Store.Encoders.SaveAsync(Encoder("net", [1]), StoreFixture.Cancellation);
        await store.Store.Models.ImportAsync(Imported("one") with { Encoder = Encoder("other", [1]) }, StoreFixture.Cancellation);
        await store.Store.Models.ImportAsync(Imported("two") with { Encoder = Encoder("net", [2]) }, StoreFixture.Cancellation);
        await store.Store.Models.ImportAsync(Imported("three") with { Encoder = Encoder(new string('n', 128), [3]) }, StoreFixture.Cancellation);
        await store.Store.Models.ImportAsync(Imported("four") with { Encoder = Encoder(new string('n', 128), [4]) }, StoreFixture.Cancellation);

        string[] expected = ["net", $"net-{Hex(2)}", new string('n', 119) + $"-{Hex(4)}", new string('n', 128)];
        Assert.Equal(expected.Order(StringComparer.Ordinal), (await store.Store.Encoders.ListAsync(StoreFixture.Cancellation)).Select(encoder => encoder.Name));
        Assert.Equal([2], (await store.Store.Encoders.ReadAsync(SHA256.HashData([2]), StoreFixture.Cancellation))!);

        static string Hex(byte content) => Convert.ToHexStringLower(SHA256.HashData([content]))[..8];
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task Live_ids_are_those_of_the_ranges_and_the_inherited_ones(string provider)
    {
        await using var store = await StoreFixture.CreateAsync(provider);
        await store.AppendAsync(StoreFixture.Events(1, 6));
        await store.RestoreAsync(7, 2, 3, new SequenceRange(1, 3), new SequenceRange(8, long.MaxValue));
        await store.AppendAsync(StoreFixture.Event(8, "event-5"));

        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8], (await IdsAsync(store, store.StreamId, All)).Select(id => id.Sequence));
        var live = await IdsAsync(store, store.StreamId, new(1, 3), new(8, long.MaxValue));
        Assert.Equal([(Key("event-1"), 1), (Key("event-2"), 2), (Key("event-3"), 3), (Key("event-5"), 8L)], live);
        Assert.Empty(await IdsAsync(store, store.StreamId));

        var model = (await store.Store.Models.ImportAsync(Imported("abroad"), StoreFixture.Cancellation))!;
        await store.Journal.OpenStreamAsync(model.StreamId, StoreFixture.Cancellation);
        await store.Journal.AppendAsync(new AppendRequest { StreamId = model.StreamId, Epoch = 1, Events = [StoreFixture.Event(8, "c")] }, StoreFixture.Cancellation);
        Assert.Equal([(Hash("a"), 1), (Hash("b"), 7), (Hash("c"), 8L)], await IdsAsync(store, model.StreamId, All));
        Assert.Equal([(Hash("a"), 1), (Hash("b"), 7L)], await IdsAsync(store, model.StreamId, new SequenceRange(1, 7)));
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task Many_ids_come_in_order_and_none_is_lost_between_chunks(string provider)
    {
        await using var store = await StoreFixture.CreateAsync(provider);
        const int Count = 20_001;
        var many = Imported("many", Count) with { Ids = Enumerable.Range(1, Count).Select(i => new LiveEventId(EventIdScheme.Hash, SHA256.HashData(BitConverter.GetBytes(i)).AsMemory(0, 16), i)), OpenTask = null };
        var model = (await store.Store.Models.ImportAsync(many, StoreFixture.Cancellation))!;

        var ids = await IdsAsync(store, model.StreamId, All);

        Assert.Equal(Enumerable.Range(1, Count).Select(i => (long)i), ids.Select(id => id.Sequence));
        Assert.All(ids, id => Assert.Equal(Convert.ToHexString(SHA256.HashData(BitConverter.GetBytes((int)id.Sequence))[..16]), id.Hash));
    }

    private static async Task<List<(string Hash, long Sequence)>> IdsAsync(StoreFixture store, long streamId, params SequenceRange[] ranges)
    {
        var ids = new List<(string, long)>();
        await foreach (var id in store.Journal.ListLiveIdsAsync(streamId, ranges, StoreFixture.Cancellation))
        {
            ids.Add((Convert.ToHexString(id.Key.Span), id.Sequence));
        }

        return ids;
    }

    private static string Hash(string id) => Convert.ToHexString(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(id))[..16]);

    private static string Key(string id) => Convert.ToHexString(EventIdKey.Of(id, EventIdScheme.Ordered));

    private static NewEncoder Encoder(string name, byte[] bytes) => new(name, SHA256.HashData(bytes), "runtime 1", 7, "{}", bytes, 42);

    private static ImportedModel Imported(string name, long sequence = 7) => new()
    {
        Model = StoreFixture.NewModel(name),
        Version = VersionTests.Version(0, sequence),
        Pages = [VersionTests.Page(1), VersionTests.Page(2)],
        Names = [new FeatureNameRow(0, "price"), new FeatureNameRow(1, "länge")],
        IdScheme = EventIdScheme.Hash,
        Ids = [new LiveEventId(EventIdScheme.Hash, Convert.FromHexString(Hash("a")), 1), new LiveEventId(EventIdScheme.Hash, Convert.FromHexString(Hash("b")), 7), new LiveEventId(EventIdScheme.Hash, Convert.FromHexString(Hash("a")), 5)],
        OpenTask = StoreFixture.Event(2, "begin", "{}") with { Kind = EventKind.TaskBegan, Task = "winter" },
    };
}
