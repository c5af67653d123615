using LifelongApi.Contracts.Models;
using LifelongApi.Kernels.Table;

namespace LifelongApi.Load;

/// <summary>Every bar of the service.</summary>
internal static class LoadRows
{
    /// <summary>Connections of the rows that are limited by the core.</summary>
    public const int Connections = 16;

    /// <summary>Everything that is measured, in order.</summary>
    public static IReadOnlyList<Measurement> All { get; } =
    [
        new("parser", "parser: 784 floats in JSON", ParserAsync),
        .. Predicts(),
        .. Learns(),
        new("durable", "durable learn, Postgres", DurableRows.RunAsync),
        .. StreamRows.All,
        new("together", "predict while learning at full rate", TogetherRows.RunAsync),
        new("pause", "snapshot and sleep pause a stream", PauseRows.RunAsync),
        new("many", "1,000 models", ManyRows.RunAsync),
        .. PresetRows.All,
        .. PeerRows.All,
    ];

    /// <summary>Load on a server, by the session's slice of time.</summary>
    public static Task<LoadResult> RunAsync(LoadSession session, ServerUnderLoad server, byte[][] requests, int connections = Connections) =>
        LoadStretch.RunAsync(server, connections, session.Options.Slice, n => requests[n % requests.Length], session.Ending);

    /// <summary>A few events, so that a predict has classes to choose from.</summary>
    public static async Task TeachAsync(LoadSession session, ServerUnderLoad service, string model, int size)
    {
        using var connection = await HttpConnection.OpenAsync(service.Port);
        foreach (var request in Bodies.Requests($"/v1/models/{model}/learn", Bodies.Json, Bodies.Examples(size, isLabelled: true)))
        {
            await connection.ExchangeAsync(request, session.Ending);
        }
    }

    /// <summary>784 floats in JSON: the service's reader beside one number after the other from <c>Utf8JsonReader</c>.</summary>
    private static async Task<Row[]> ParserAsync(LoadSession session)
    {
        var bare = await session.BareAsync();
        var bodies = Bodies.Examples(784, isLabelled: false);
        var (rounds, _) = await session.RunAsync(
            result => result.CoreRate, (bare, Bodies.Requests("/ours/784", Bodies.Json, bodies), Connections), (bare, Bodies.Requests("/utf8/784", Bodies.Json, bodies), Connections));
        return [rounds.Row("parser: 784 floats in JSON", "the same endpoint with Utf8JsonReader", 2)];
    }

    private static IEnumerable<Measurement> Predicts()
    {
        yield return Beside("predict", "predict, 8 features in JSON", "predict", Bodies.Small, 8, "/ours/8", 0.8);
        yield return Beside("predict", "predict, 784 floats in JSON", "predict", Bodies.Network, 784, "/ours/784", 0.7);
        yield return Beside("predict", "predict, 784 raw float32", "predict", Bodies.Network, 784, "/ours-raw/784", 0.6, isRaw: true);
    }

    private static IEnumerable<Measurement> Learns()
    {
        yield return Beside("learn", "learn in memory only, 8 features in JSON", "learn", Bodies.Small, 8, "/ours/8", 0.85);
        yield return Beside("learn", "learn in memory only, 784-256-10, floats in JSON", "learn", Bodies.Network, 784, "/ours/784", 0.6);
        yield return Beside("learn", "learn in memory only, 784-256-10, raw float32", "learn?label=1", Bodies.Network, 784, "/ours-raw/784", 0.42, isRaw: true);
        yield return Beside("learn", "learn in memory only, 784-256-10 with 16 changes waiting, floats in JSON", "learn", Bodies.WaitingNetwork, 784, "/ours/784", 0.6, "-waiting");
        yield return Beside("learn", "learn in memory only, 784-256-10 with 16 changes waiting, raw float32", "learn?label=1", Bodies.WaitingNetwork, 784, "/ours-raw/784", 0.42, "-waiting", isRaw: true);
    }

    /// <summary>A call to the service beside the bare endpoint that reads the same body, both by what they take of the core.</summary>
    private static Measurement Beside(string part, string name, string call, Func<Durability, CreateModelRequest> request, int size, string bare, double bar, string suffix = "", bool isRaw = false) => new(part, name, async session =>
    {
        var (service, plain) = (await session.ServiceAsync(), await session.BareAsync());
        var isLearn = part == "learn";
        var model = $"{part}-{size}{(isRaw ? "-raw" : string.Empty)}{suffix}";
        await session.CreateAsync(service, model, request(isLearn ? Durability.None : Durability.Sync));
        await TeachAsync(session, service, model, size);
        var bodies = isRaw ? Bodies.RawExamples(size) : Bodies.Examples(size, isLearn);
        var type = isRaw ? Bodies.Raw : Bodies.Json;
        var (rounds, last) = await session.RunAsync(
            result => result.CoreRate, (service, Bodies.Requests($"/v1/models/{model}/{call}", type, bodies), Connections), (plain, Bodies.Requests(bare, type, bodies), Connections));
        return [rounds.Row(name, "bare endpoint with the same parser", bar, $"p50 {1e3 * last[0].P50:F2} ms, p99 {1e3 * last[0].P99:F2} ms with {Connections} connections; bare {1e3 * last[1].P50:F2} and {1e3 * last[1].P99:F2} ms")];
    });
}
