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
internal abstract class TestStore : IAsyncDisposable
{
    /// <summary>What <c>ConnectionStrings:Lifelong</c> gets.</summary>
    public abstract string ConnectionString { get; }

    /// <summary>Makes one.</summary>
    public static async Task<TestStore> CreateAsync(StoreKind kind) => kind switch
    {
        StoreKind.Sqlite => new SqliteStore(),
        StoreKind.Postgres => await PostgresStore.CreateAsync(),
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();
}

/// <summary>A database file in a folder of its own.</summary>
internal sealed class SqliteStore : TestStore
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lifelong-store-").FullName;

    /// <inheritdoc/>
    public override string ConnectionString => $"Data Source={Path.Combine(_folder, "lifelong.db")}";

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }
}
