using System.Text;
using LifelongApi.Api.Hosting;
using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Models;
using LifelongApi.Learning.Features;
using LifelongApi.Storage;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace LifelongApi.Api.Tests.Hosting;

/// <summary>A service without HTTP on a database file of its own, which can be stopped, killed and started again.</summary>
internal sealed class House : IAsyncDisposable
{
    private readonly string _path;
    private readonly bool _ownsFile;
    private HostLife _life = null!;
    private StreamRegistry _registry = null!;

    private House(string path, bool ownsFile, HostingOptions options)
    {
        _path = path;
        _ownsFile = ownsFile;
        Options = options;
    }

    /// <summary>Cancelled when the test run is.</summary>
    public static CancellationToken Token => TestContext.Current.CancellationToken;

    public HostingOptions Options { get; }

    public StoreDouble Store { get; private set; } = null!;

    public ModelHost Models { get; private set; } = null!;

    public StreamRegistry Registry => _registry;

    public static Task<House> OpenAsync(Action<HostingOptions>? configure = null) =>
        OpenAsync(Path.Combine(Path.GetTempPath(), $"lifelong-{Guid.NewGuid():N}.db"), ownsFile: true, configure);

    /// <summary>A second service on the same database.</summary>
    public Task<House> BesideAsync() => OpenAsync(_path, ownsFile: false, null);

    /// <summary>Stops in good order and starts again.</summary>
    public async Task RestartAsync()
    {
        await _life.StopAsync(CancellationToken.None);
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
        await using var connection = new SqliteConnection($"Data Source={_path}");
        await connection.OpenAsync(Token);
        await using var command = connection.CreateCommand();
        command.CommandText = $"UPDATE versions SET state_hash = zeroblob(32) WHERE number = {version}";
        Assert.Equal(1, await command.ExecuteNonQueryAsync(Token));
    }

    public async Task<ModelInfo> CreateAsync(string name, Durability durability = Durability.Sync, string? follow = null, int? maxClasses = null)
    {
        var request = new CreateModelRequest
        {
            Preset = "classifier",
            Input = follow is null ? new InputSpec { Kind = InputKind.Vector, Size = 2 } : null,
            Target = maxClasses is null ? null : new TargetSpec { Kind = TargetKind.Label, MaxClasses = maxClasses },
            Durability = durability,
            Follow = follow,
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
    public static LearnInput Row(float x, float y, string label, string? id = null, string? task = null)
    {
        var builder = new PayloadBuilder();
        builder.Dense([x, y]);
        builder.Label(Encoding.UTF8.GetBytes(label));
        return new LearnInput { Payload = builder.Written.ToArray(), Label = label, HasTarget = true, EventId = id, Task = task };
    }

    /// <summary>Rows whose label is the sign of x, with ids.</summary>
    public static List<LearnInput> Rows(int count, int first = 0) =>
        [.. Enumerable.Range(first, count).Select(i => Row(MathF.Sin(i), MathF.Cos(i * 1.7f), MathF.Sin(i) > 0 ? "up" : "down", $"row-{i}"))];

    public async ValueTask DisposeAsync()
    {
        await _life.StopAsync(CancellationToken.None);
        await Store.DisposeAsync();
        if (_ownsFile)
        {
            foreach (var file in Directory.GetFiles(Path.GetDirectoryName(_path)!, Path.GetFileName(_path) + "*"))
            {
                File.Delete(file);
            }
        }
    }

    private static async Task<House> OpenAsync(string path, bool ownsFile, Action<HostingOptions>? configure)
    {
        var options = new HostingOptions { StoreRetrySeconds = 0.01 };
        configure?.Invoke(options);
        var house = new House(path, ownsFile, options);
        await house.StartAsync();
        return house;
    }

    private async Task StartAsync()
    {
        Store = new StoreDouble(LifelongStore.Open($"Data Source={_path}"));
        var context = new HostingContext(Store, Options, TimeProvider.System, NullLogger.Instance);
        _registry = new StreamRegistry(context);
        _life = new HostLife(context, _registry);
        Models = new ModelHost(context, _registry, _life);
        await _life.StartAsync(CancellationToken.None);
    }
}
