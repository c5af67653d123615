using System.Text;
using LifelongApi.Contracts.Journal;
using LifelongApi.Storage.Journal;
using LifelongApi.Storage.Models;
using LifelongApi.Testing;

namespace LifelongApi.Storage.Tests;

/// <summary>The stores that every test runs on.</summary>
public static class Stores
{
    public static TheoryData<string> Both => [.. TestDatabase.Providers];
}

/// <summary>A migrated store with one model, and short words for what tests do all the time.</summary>
public sealed class StoreFixture : IAsyncDisposable
{
    private StoreFixture(TestDatabase database, ILifelongStore store)
    {
        Database = database;
        Store = store;
    }

    public TestDatabase Database { get; }

    public ILifelongStore Store { get; }

    public IJournal Journal => Store.Journal;

    public ModelRecord Model { get; private set; } = null!;

    public long StreamId => Model.StreamId;

    public long Epoch { get; private set; }

    public static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<StoreFixture> CreateAsync(string provider)
    {
        var database = await TestDatabase.CreateAsync(provider);
        var fixture = new StoreFixture(database, LifelongStore.Open(database.ConnectionString));
        await fixture.Store.MigrateAsync(Cancellation);
        fixture.Model = (await fixture.Store.Models.CreateLeaderAsync(NewModel("elec"), Cancellation))!;
        fixture.Epoch = (await fixture.Journal.OpenStreamAsync(fixture.StreamId, Cancellation)).Epoch;
        return fixture;
    }

    public static NewModel NewModel(string name) => new(name, "classifier@1", """{"inputs":[]}""", 1_700_000_000_000_000);

    public static JournalEvent Event(long sequence, string? id = null, string payload = "payload") => new()
    {
        Sequence = sequence,
        EventId = id ?? $"event-{sequence}",
        Kind = EventKind.Learned,
        ReceivedAt = 1_000 + sequence,
        Payload = Encoding.UTF8.GetBytes(payload),
    };

    public static JournalEvent[] Events(long first, int count) => [.. Enumerable.Range(0, count).Select(offset => Event(first + offset))];

    public static LineageRecord Lineage(long modelId, int number, int? parent, long parentSequence, long start) => new()
    {
        ModelId = modelId,
        Number = number,
        Parent = parent,
        ParentSequence = parentSequence,
        StartSequence = start,
        Cause = "restored",
        CreatedAt = 5,
    };

    public Task<AppendResult> AppendAsync(params JournalEvent[] events)
        => Journal.AppendAsync(new AppendRequest { StreamId = StreamId, Epoch = Epoch, Events = events }, Cancellation);

    public Task RestoreAsync(long sequence, int lineage, long parentSequence, params SequenceRange[] live)
        => Journal.RestoreAsync(
            StreamId,
            Epoch,
            Event(sequence, $"restore-{sequence}") with { Kind = EventKind.Restored },
            Lineage(Model.Id, lineage, lineage - 1, parentSequence, sequence),
            live,
            Cancellation);

    public async Task<List<JournalEvent>> ReadAsync(params SequenceRange[] ranges)
    {
        var events = new List<JournalEvent>();
        await foreach (var item in Journal.ReadAsync(StreamId, ranges.Length == 0 ? [new SequenceRange(1, long.MaxValue)] : ranges, Cancellation))
        {
            events.Add(item);
        }

        return events;
    }

    /// <summary>Another host on the same database.</summary>
    public ILifelongStore OpenAnother() => LifelongStore.Open(Database.ConnectionString);

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        await Database.DisposeAsync();
    }
}
