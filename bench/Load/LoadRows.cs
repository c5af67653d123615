using LifelongApi.Contracts.Models;
using LifelongApi.Kernels.Table;

namespace LifelongApi.Load;

/// <summary>Every bar of the service, by part.</summary>
internal static class LoadRows
{
    private const int Connections = 16;
    private const string Bare = "bare endpoint with the same parser";

    public static IReadOnlyList<(string Name, Func<LoadSession, IAsyncEnumerable<Row>> Rows)> Parts { get; } =
    [
        ("parser", Parser),
        ("predict", Predict),
        ("learn", Learn),
        ("durable", DurableRows.All),
        ("stream", StreamRows.All),
        ("together", TogetherRows.All),
        ("many", ManyRows.All),
        ("presets", DurablePresets.All),
    ];

    /// <summary>784 floats in JSON: the service's reader beside one number after the other from <c>Utf8JsonReader</c>.</summary>
    private static async IAsyncEnumerable<Row> Parser(LoadSession session)
    {
        var bare = await session.BareAsync();
        var bodies = Bodies.Examples(784, isLabelled: false);
        var (rounds, _) = await session.RunAsync(
            result => result.CoreRate,
            () => Run(session, bare, Bodies.Requests("/ours/784", Bodies.Json, bodies)),
            () => Run(session, bare, Bodies.Requests("/utf8/784", Bodies.Json, bodies)));
        yield return rounds.Row("parser: 784 floats in JSON", "the same endpoint with Utf8JsonReader", 2);
    }

    private static async IAsyncEnumerable<Row> Predict(LoadSession session)
    {
        var (service, bare) = (await session.ServiceAsync(), await session.BareAsync());
        await LoadSession.CreateAsync(service, "predict-8", Bodies.Small(Durability.Sync));
        await LoadSession.CreateAsync(service, "predict-784", Bodies.Network(Durability.Sync));
        await TeachAsync(service, "predict-8", 8);
        await TeachAsync(service, "predict-784", 784);
        yield return await BesideAsync(session, "predict, 8 features in JSON", "/v1/models/predict-8/predict", "/ours/8", Bodies.Json, Bodies.Examples(8, isLabelled: false), 0.8);
        yield return await BesideAsync(session, "predict, 784 floats in JSON", "/v1/models/predict-784/predict", "/ours/784", Bodies.Json, Bodies.Examples(784, isLabelled: false), 0.7);
        yield return await BesideAsync(session, "predict, 784 raw float32", "/v1/models/predict-784/predict", "/ours-raw/784", Bodies.Raw, Bodies.RawExamples(784), 0.6);
    }

    private static async IAsyncEnumerable<Row> Learn(LoadSession session)
    {
        var service = await session.ServiceAsync();
        await LoadSession.CreateAsync(service, "learn-8", Bodies.Small(Durability.None));
        await LoadSession.CreateAsync(service, "learn-784", Bodies.Network(Durability.None));
        yield return await BesideAsync(session, "learn in memory only, 8 features in JSON", "/v1/models/learn-8/learn", "/ours/8", Bodies.Json, Bodies.Examples(8, isLabelled: true), 0.85);
        yield return await BesideAsync(session, "learn in memory only, 784-256-10, floats in JSON", "/v1/models/learn-784/learn", "/ours/784", Bodies.Json, Bodies.Examples(784, isLabelled: true), 0.6);
        yield return await BesideAsync(session, "learn in memory only, 784-256-10, raw float32", "/v1/models/learn-784/learn?label=1", "/ours-raw/784", Bodies.Raw, Bodies.RawExamples(784), 0.42);
    }

    /// <summary>A few events, so that a predict has classes to choose from.</summary>
    internal static async Task TeachAsync(ServerUnderLoad service, string model, int size)
    {
        using var connection = await HttpConnection.OpenAsync(service.Port);
        foreach (var request in Bodies.Requests($"/v1/models/{model}/learn", Bodies.Json, Bodies.Examples(size, isLabelled: true)))
        {
            await connection.ExchangeAsync(request);
        }
    }

    internal static Task<LoadResult> Run(LoadSession session, ServerUnderLoad server, byte[][] requests, int connections = Connections) =>
        LoadStretch.RunAsync(server, connections, session.Slice, n => requests[n % requests.Length]);

    private static async Task<Row> BesideAsync(LoadSession session, string name, string path, string bare, string type, byte[][] bodies, double bar)
    {
        var (service, plain) = (await session.ServiceAsync(), await session.BareAsync());
        var (ours, theirs) = (Bodies.Requests(path, type, bodies), Bodies.Requests(bare, type, bodies));
        var (rounds, last) = await session.RunAsync(result => result.CoreRate, () => Run(session, service, ours), () => Run(session, plain, theirs));
        return rounds.Row(name, Bare, bar, $"p50 {1e3 * last[0].P50:F2} ms, p99 {1e3 * last[0].P99:F2} ms with {Connections} connections; bare {1e3 * last[1].P50:F2} and {1e3 * last[1].P99:F2} ms");
    }
}
