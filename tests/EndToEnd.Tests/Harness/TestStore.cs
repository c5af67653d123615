using LifelongApi.Testing;

namespace LifelongApi.EndToEnd.Tests.Harness;

/// <summary>The stores that the service runs on.</summary>
public enum StoreKind
{
    /// <summary>One file.</summary>
    Sqlite,

    /// <summary>A server.</summary>
    Postgres,
}

/// <summary>Every store, for theories.</summary>
public sealed class EveryStore : TheoryData<StoreKind>
{
    /// <summary>Both of them.</summary>
    public EveryStore()
    {
        Add(StoreKind.Sqlite);
        Add(StoreKind.Postgres);
    }
}

/// <summary>A fresh, empty store of one test. It outlives the servers that work on it.</summary>
internal sealed class TestStore : IAsyncDisposable
{
    private readonly TestDatabase _database;

    private TestStore(StoreKind kind, TestDatabase database)
    {
        Kind = kind;
        _database = database;
    }

    /// <summary>Which of the two.</summary>
    public StoreKind Kind { get; }

    /// <summary>What <c>ConnectionStrings:Lifelong</c> gets.</summary>
    public string ConnectionString => _database.ConnectionString;

    /// <summary>Makes one.</summary>
    public static async Task<TestStore> CreateAsync(StoreKind kind) =>
        new(kind, await TestDatabase.CreateAsync(kind == StoreKind.Sqlite ? "sqlite" : "postgres"));

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _database.DisposeAsync();
}
