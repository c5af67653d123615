using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using LifelongApi.Contracts;
using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Bare;
using LifelongApi.Kernels.Table;
using LifelongApi.Testing;

namespace LifelongApi.Load;

/// <summary>Servers and stores of a part, and how long a side is measured.</summary>
/// <param name="options">How it is measured.</param>
internal sealed class LoadSession(LoadOptions options) : IAsyncDisposable
{
    private const double SettledShare = 0.02;
    private static readonly TimeSpan LongestWarmUp = TimeSpan.FromSeconds(60);
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromMinutes(2) };
    private readonly List<IAsyncDisposable> _open = [];
    private ServerUnderLoad? _bare;
    private ServerUnderLoad? _service;
    private PostgresServer? _postgres;

    public LoadOptions Options => options;

    /// <summary>Ends what the present measurement waits for.</summary>
    public CancellationToken Ending { get; private set; }

    /// <summary>Measures; where it fails or takes too long the row says so, with the servers' last words, and the next measurement starts servers of its own.</summary>
    public async Task<Row[]> MeasureAsync(Measurement measurement)
    {
        using var limit = new CancellationTokenSource(options.Limit);
        Ending = limit.Token;
        try
        {
            return await measurement.RunAsync(this);
        }
        catch (Exception failure)
        {
            var reason = limit.IsCancellationRequested ? $"not done within {options.Limit.TotalSeconds:F0} s" : failure.Message;
            var words = string.Join(" | ", _open.OfType<ServerUnderLoad>().Select(server => server.LastWords).Where(last => last.Length > 0));
            await EndAsync();
            return [new Row { Name = measurement.Name, Reference = "none", Bar = 1, Missing = words.Length > 0 ? $"{reason}; the server said: {words}" : reason }];
        }
    }

    /// <summary>Bare endpoints.</summary>
    public async Task<ServerUnderLoad> BareAsync() => _bare ??= Keep(await ServerUnderLoad.BareAsync(this));

    /// <summary>The service on SQLite.</summary>
    public async Task<ServerUnderLoad> ServiceAsync() => _service ??= await StartAsync("sqlite");

    /// <summary>A service of its own on a new store.</summary>
    /// <param name="provider"><c>sqlite</c> or <c>postgres</c>.</param>
    /// <param name="onBothCores">Whether it and its store share the driver's core too.</param>
    public async Task<ServerUnderLoad> StartAsync(string provider, bool onBothCores = false) => await StartOnAsync(await StoreAsync(provider), onBothCores);

    /// <summary>A service of its own on a store, with more settings.</summary>
    public async Task<ServerUnderLoad> StartOnAsync(string connectionString, bool onBothCores = false, params string[] settings) =>
        Keep(await ServerUnderLoad.ServiceAsync(this, connectionString, onBothCores, settings));

    /// <summary>Bare endpoints with the one that inserts a row for each request into Postgres.</summary>
    public async Task<ServerUnderLoad> InsertAsync() => Keep(await ServerUnderLoad.BareAsync(this, await StoreAsync("postgres")));

    /// <summary>A server that is not ours.</summary>
    /// <param name="probe">Path that answers once it is ready; null: it is ready when it takes connections.</param>
    /// <param name="command">Its command line for a port.</param>
    public async Task<ServerUnderLoad> PeerAsync(string? probe, Func<string, string[]> command) => Keep(await ServerUnderLoad.PeerAsync(this, probe, command));

    /// <summary>A new, empty store.</summary>
    /// <param name="provider"><c>sqlite</c> or <c>postgres</c>.</param>
    /// <returns>Its connection string.</returns>
    public async Task<string> StoreAsync(string provider)
    {
        if (provider != "postgres")
        {
            return Keep(await TestDatabase.CreateAsync(provider)).ConnectionString;
        }

        if (_postgres is null)
        {
            // What is started inherits the cores, and Postgres shares both.
            await LoadOptions.PinSelfAsync(options.BothCores);
            _postgres = Environment.GetEnvironmentVariable(PostgresServer.Variable) is { Length: > 0 } ? await PostgresServer.SharedAsync() : await PostgresServer.StartOwnAsync(isDurable: true);
            await LoadOptions.PinSelfAsync(options.DriverCore.ToString(CultureInfo.InvariantCulture));
        }

        return await _postgres.CreateDatabaseAsync();
    }

    /// <summary>Creates a model.</summary>
    public Task CreateAsync(ServerUnderLoad server, string name, CreateModelRequest request) =>
        SendAsync(server, HttpMethod.Put, $"/v1/models/{name}", JsonContent.Create(request, options: ContractJson.Options));

    /// <summary>What a model learns in the process of the bare endpoints.</summary>
    public async Task<InProcessResult> InProcessAsync(ServerUnderLoad bare, CreateModelRequest request, byte[][] examples)
    {
        byte[] body = [.. JsonSerializer.SerializeToUtf8Bytes(request, ContractJson.Options), .. examples.SelectMany(example => (byte[])[(byte)'\n', .. example])];
        return JsonSerializer.Deserialize<InProcessResult>(await BareAsync(bare, "in-process", new ByteArrayContent(body)), JsonSerializerOptions.Web)!;
    }

    /// <summary>Rows per second that the bare endpoints insert with so many in each commit, one commit after the other.</summary>
    public async Task<double> BatchedAsync(ServerUnderLoad insert, int rowsOfCommit, byte[] payload) =>
        double.Parse(await BareAsync(insert, string.Create(CultureInfo.InvariantCulture, $"insert/{rowsOfCommit}"), new ByteArrayContent(payload)), CultureInfo.InvariantCulture);

    /// <summary>Sends a call that is not part of the load.</summary>
    /// <exception cref="InvalidOperationException">It is refused.</exception>
    public async Task SendAsync(ServerUnderLoad server, HttpMethod method, string path, HttpContent? body = null)
    {
        using var request = new HttpRequestMessage(method, new Uri($"http://127.0.0.1:{server.Port}{path}")) { Content = body };
        using var answer = await Http.SendAsync(request, Ending);
        if (!answer.IsSuccessStatusCode)
        {
            throw new InvalidOperationException($"{path}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(Ending)}");
        }
    }

    private async Task<string> BareAsync(ServerUnderLoad bare, string call, HttpContent body)
    {
        var path = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{bare.Port}/{call}?seconds={options.Slice}");
        using var answer = await Http.PostAsync(new Uri(path), body, Ending);
        answer.EnsureSuccessStatusCode();
        return await answer.Content.ReadAsStringAsync(Ending);
    }

    /// <summary>Stretches of load until a server has worked for a while and hardly compiles any more: what compiles shares its core with what is measured.</summary>
    /// <param name="server">The server.</param>
    /// <param name="stretch">Load on it.</param>
    /// <param name="isShort">Only one: a server that mostly waits would take for ever to work that long.</param>
    public async Task WarmUpAsync(ServerUnderLoad server, Func<Task> stretch, bool isShort = false)
    {
        var (start, watch) = (server.CpuSeconds, Stopwatch.StartNew());
        bool isSettled;
        do
        {
            var (used, compiled) = (server.CpuSeconds, server.CompilingSeconds);
            await stretch();
            isSettled = server.CpuSeconds - start >= options.WarmUp && server.CompilingSeconds - compiled <= SettledShare * (server.CpuSeconds - used);
        }
        while (!isShort && !isSettled && watch.Elapsed < LongestWarmUp);
    }

    /// <summary>Rounds of several sides, each a stretch of load; the rates are of a second, or of a second of the server's core.</summary>
    public Task<(LoadRounds Rounds, LoadResult[] Last)> RunAsync(Func<LoadResult, double> rate, params (ServerUnderLoad Server, byte[][] Requests, int Connections)[] sides) =>
        RunAsync(rate, null, sides);

    /// <summary>As <see cref="RunAsync(Func{LoadResult, double}, ValueTuple{ServerUnderLoad, byte[][], int}[])"/> with one more side, the last, that gives its rate by itself.</summary>
    public async Task<(LoadRounds Rounds, LoadResult[] Last)> RunAsync(Func<LoadResult, double> rate, Func<Task<double>>? beside, params (ServerUnderLoad Server, byte[][] Requests, int Connections)[] sides)
    {
        foreach (var (server, requests, connections) in sides)
        {
            await WarmUpAsync(server, () => LoadRows.RunAsync(this, server, requests, connections), isShort: connections == 1);
        }

        var rounds = new LoadRounds();
        var last = new LoadResult[sides.Length];
        for (var round = 0; round < options.RoundCount; round++)
        {
            var rates = new double[sides.Length + 1];
            for (var i = 0; i < sides.Length; i++)
            {
                var at = round % 2 == 0 ? i : sides.Length - 1 - i;
                last[at] = await LoadRows.RunAsync(this, sides[at].Server, sides[at].Requests, sides[at].Connections);
                rates[at] = rate(last[at]);
            }

            rates[^1] = beside is null ? double.NaN : await beside();
            rounds.Add(rates);
        }

        return (rounds, last);
    }

    /// <summary>Ends servers and stores.</summary>
    public async Task EndAsync()
    {
        (_bare, _service) = (null, null);
        for (var i = _open.Count - 1; i >= 0; i--)
        {
            await _open[i].DisposeAsync();
        }

        _open.Clear();
    }

    public async ValueTask DisposeAsync() => await EndAsync();

    private T Keep<T>(T opened)
        where T : IAsyncDisposable
    {
        _open.Add(opened);
        return opened;
    }
}
