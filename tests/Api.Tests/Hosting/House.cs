using System.Text;
using System.Data.Common;
using LifelongApi.Api.Configuration;
using LifelongApi.Api.Encoders;
using LifelongApi.Api.Hosting;
using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Models;
using LifelongApi.Learning;
using LifelongApi.Learning.Features;
using LifelongApi.Storage;
using LifelongApi.Testing;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace LifelongApi.Api.Tests.Hosting;

/// <summary>The stores that tests of hosting run on.</summary>
public static class Stores
{
    public static TheoryData<string> Both => [.. TestDatabase.Providers];
}

/// <summary>A service without HTTP on a database of its own, which can be stopped, killed and started again.</summary>
internal sealed class House : IAsyncDisposable
{
    private readonly TestDatabase _database;
    private readonly bool _ownsDatabase;
    private readonly List<Func<ValueTask>> _ends = [];
    private HostLife _life = null!;
    private StoreStartup _startup = null!;
    private StreamRegistry _registry = null!;

    private House(TestDatabase database, bool ownsDatabase, HostingOptions options)
    {
        _database = database;
        _ownsDatabase = ownsDatabase;
        Options = options;
    }

    /// <summary>Cancelled when the test run is.</summary>
    public static CancellationToken Token => TestContext.Current.CancellationToken;

    public HostingOptions Options { get; }

    /// <summary>The clock from the next start on.</summary>
    public TimeProvider Time { get; set; } = TimeProvider.System;

    /// <summary>What is put around the store at the next start.</summary>
    public Func<ILifelongStore, ILifelongStore>? Decorate { get; set; }

    public StoreDouble Store { get; private set; } = null!;

    public ModelHost Models { get; private set; } = null!;

    public EncoderLibrary Encoders { get; private set; } = null!;

    public StreamRegistry Registry => _registry;

    public static Task<House> OpenAsync(Action<HostingOptions>? configure = null) => OpenAsync("sqlite", configure);

    public static async Task<House> OpenAsync(string provider, Action<HostingOptions>? configure = null) =>
        await OpenAsync(await TestDatabase.CreateAsync(provider), ownsDatabase: true, configure);

    /// <summary>A second service on the same database.</summary>
    public Task<House> BesideAsync() => OpenAsync(_database, ownsDatabase: false, null);

    /// <summary>Stops in good order and starts again.</summary>
    public async Task RestartAsync()
    {
        await StopAsync();
        await StartAsync();
    }

    /// <summary>Starts again without having stopped: the old host is simply not used any more, as after a kill.</summary>
    public Task StartAfterKillAsync()
    {
        Store.IsAway = true;
        return StartAsync();
    }

    /// <summary>Makes the stored hash of a version wrong, as a bad disk would.</summary>
    public async Task DamageAsync(int version)
    {
        await WriteAsync($"UPDATE versions SET state_hash = @bytes WHERE number = {version}", new byte[32]);
    }

    /// <summary>Makes the one stored row of an entity another one.</summary>
    public Task SpoilEntityAsync() => WriteAsync("UPDATE entity_rows SET bytes = @bytes", [1, 0, 0, 0, 9, 9, 9, 9, 9, 9, 9, 9]);

    /// <summary>Makes the stored payload of an event another one.</summary>
    /// <summary>Stands for a programmer's error: the core as it is answers for every payload.</summary>
    public static readonly byte[] Poison = [0xBA, 0xD0];

    private static void Fold(Model model, in EventInput input, Outcome outcome)
    {
        if (input.Payload.SequenceEqual(Poison))
        {
            throw new ArithmeticException("The fold broke half-way.");
        }

        model.Apply(input, outcome);
    }

    public Task PoisonAsync(long sequence, byte[] payload) => WriteAsync($"UPDATE events SET payload = @bytes WHERE sequence = {sequence}", payload);

    private async Task WriteAsync(string statement, byte[] bytes)
    {
        await using DbConnection connection = _database.Provider == "sqlite" ? new SqliteConnection(_database.ConnectionString) : new NpgsqlConnection(_database.ConnectionString);
        await connection.OpenAsync(Token);
        await using var command = connection.CreateCommand();
        command.CommandText = statement;
        var parameter = command.CreateParameter();
        (parameter.ParameterName, parameter.Value) = ("bytes", bytes);
        command.Parameters.Add(parameter);
        Assert.Equal(1, await command.ExecuteNonQueryAsync(Token));
    }

    public async Task<ModelInfo> CreateAsync(string name, Durability durability = Durability.Sync, string? follow = null, int? maxClasses = null, EntitiesSpec? entities = null)
    {
        var request = new CreateModelRequest
        {
            Preset = "classifier",
            Input = follow is null ? new InputSpec { Kind = InputKind.Vector, Size = 2 } : null,
            Target = maxClasses is null ? null : new TargetSpec { Kind = TargetKind.Label, MaxClasses = maxClasses },
            Durability = durability,
            Follow = follow,
            Entities = entities,
        };
        return (await Models.CreateAsync(name, request, Token)).Info;
    }

    public async Task<LearnResult> LearnAsync(string model, LearnInput input)
    {
        using var lease = await Models.AcquireAsync(model, Token);
        return await lease.LearnAsync(input, Token);
    }

    public async Task<IReadOnlyList<LearnResult>> LearnAsync(string model, IReadOnlyList<LearnInput> inputs)
    {
        using var lease = await Models.AcquireAsync(model, Token);
        return await lease.LearnManyAsync(inputs, Token);
    }

    public async Task<string> HashAsync(string model) => (await Models.GetAsync(model, Token)).StateHash;

    /// <summary>An event of two numbers and a label.</summary>
    public static LearnInput Row(float x, float y, string label, string? id = null, string? task = null, string? entity = null)
    {
        var builder = new PayloadBuilder();
        builder.Dense([x, y]);
        builder.Label(Encoding.UTF8.GetBytes(label));
        return new LearnInput { Payload = builder.Written.ToArray(), Label = label, HasTarget = true, EventId = id, Task = task, Entity = entity };
    }

    /// <summary>Rows whose label is the sign of x, with ids.</summary>
    public static List<LearnInput> Rows(int count, int first = 0) =>
        [.. Enumerable.Range(first, count).Select(i => Row(MathF.Sin(i), MathF.Cos(i * 1.7f), MathF.Sin(i) > 0 ? "up" : "down", $"row-{i}"))];

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        foreach (var end in _ends)
        {
            await end();
        }

        if (_ownsDatabase)
        {
            await _database.DisposeAsync();
        }
    }

    private static async Task<House> OpenAsync(TestDatabase database, bool ownsDatabase, Action<HostingOptions>? configure)
    {
        var options = new HostingOptions { StoreRetrySeconds = 0.01 };
        configure?.Invoke(options);
        var house = new House(database, ownsDatabase, options);
        await house.StartAsync();
        return house;
    }

    /// <summary>Stops in good order.</summary>
    public async Task StopAsync()
    {
        await _life.StopAsync(CancellationToken.None);
        await _startup.StopAsync(CancellationToken.None);
        Models.Dispose();
        Encoders.Dispose();
    }

    private async Task StartAsync()
    {
        var store = LifelongStore.Open(_database.ConnectionString);
        Store = new StoreDouble(Decorate is null ? store : Decorate(store)).WithoutEntitiesAtTimes();
        _ends.Add(store.DisposeAsync);
        var context = new HostingContext(Store, Options, Time, NullLogger.Instance).With(Fold);
        _startup = new StoreStartup(Store, TimeProvider.System, NullLogger<StoreStartup>.Instance);
        _registry = new StreamRegistry(context);
        _life = new HostLife(context, _registry);
        Models = new ModelHost(context, _registry, _startup, Encoders = new EncoderLibrary(context));
        await _startup.StartAsync(CancellationToken.None);
        await _startup.ExecuteTask!;
        await _life.StartAsync(CancellationToken.None);
    }
}
