using System.Text.Json;
using System.Text.Json.Nodes;
using LifelongApi.Client;
using LifelongApi.Contracts.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace LifelongApi.Clients.Tests;

/// <summary>
/// What the client sees of the service, over real sockets: one model whose prediction is the label of the event before,
/// a journal of event ids, and faults on request.
/// </summary>
internal sealed class StubService : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, JsonObject> _outcomes = [];
    private string? _lastLabel;
    private int _learnRequests;
    private int _streamRequests;

    private StubService(WebApplication app) => _app = app;

    /// <summary>Ids in the order in which they were learned, each once.</summary>
    public List<string> Learned { get; } = [];

    /// <summary>Every event learned, as it arrived.</summary>
    public List<JsonObject> Events { get; } = [];

    /// <summary>Events in each batch that arrived.</summary>
    public List<int> BatchSizes { get; } = [];

    /// <summary>Body of the PUT that made the model; null: there is none.</summary>
    public JsonObject? Model { get; set; }

    public string? ApiKeySeen { get; private set; }

    /// <summary>Looks at learn request number n, from 1, and answers it where it wants to.</summary>
    public Func<int, HttpContext, Task<bool>> OnLearn { get; set; } = (_, _) => Task.FromResult(false);

    /// <summary>Rows after which stream connection number n, from 1, is cut.</summary>
    public Func<int, int?> CutAfter { get; set; } = _ => null;

    /// <summary>Whether the store is away for row n, from 1, of stream connection m, from 1.</summary>
    public Func<int, int, bool> StoreIsAway { get; set; } = (_, _) => false;

    public Uri Http1 { get; private set; } = null!;

    public Uri Http2 { get; private set; } = null!;

    public int LearnRequests => _learnRequests;

    public int StreamRequests => _streamRequests;

    public static async Task<StubService> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1);
            kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2);
        });
        var app = builder.Build();
        var service = new StubService(app);
        app.MapGet("/v1/models", service.ListAsync);
        app.MapGet("/v1/models/{model}", service.ShowAsync);
        app.MapPut("/v1/models/{model}", service.CreateAsync);
        app.MapPost("/v1/models/{model}/learn", service.LearnAsync);
        app.MapPost("/v1/models/{model}/stream", service.StreamAsync);
        app.MapPost("/v1/models/{model}/predict", PredictAsync);
        await app.StartAsync();
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.ToArray();
        (service.Http1, service.Http2) = (new Uri(addresses[0]), new Uri(addresses[1]));
        return service;
    }

    public LifelongClient Client(bool http2 = false, TimeProvider? time = null, int batchEvents = 1_000, string? apiKey = null) => new(new LifelongClientOptions
    {
        Address = Http1,
        Http2Address = http2 ? Http2 : null,
        ApiKey = apiKey,
        Time = time ?? new ImmediateTime(),
        BatchEvents = batchEvents,
    });

    public static Task ProblemAsync(HttpContext context, int status, string type, string detail)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(new { type, title = "Refused", status, detail }, (JsonSerializerOptions?)null, "application/problem+json");
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private Task ShowAsync(HttpContext context)
    {
        ApiKeySeen = context.Request.Headers["X-Api-Key"];
        return Model is null
            ? ProblemAsync(context, 404, ProblemTypes.NotFound, "There is no such model.")
            : context.Response.WriteAsJsonAsync(Info((string)context.Request.RouteValues["model"]!));
    }

    private Task ListAsync(HttpContext context) => context.Response.WriteAsJsonAsync(new JsonObject { ["items"] = new JsonArray(Info("a-model-with-a-name-of-some-length"), Info("b")) });

    private async Task CreateAsync(HttpContext context)
    {
        Model = await context.Request.ReadFromJsonAsync<JsonObject>();
        context.Response.StatusCode = 201;
        await context.Response.WriteAsJsonAsync(Info((string)context.Request.RouteValues["model"]!));
    }

    private async Task LearnAsync(HttpContext context)
    {
        if (await OnLearn(Interlocked.Increment(ref _learnRequests), context))
        {
            return;
        }

        var body = (await context.Request.ReadFromJsonAsync<JsonObject>())!;
        if (body["events"] is not JsonArray events)
        {
            await context.Response.WriteAsJsonAsync(Learn(body));
            return;
        }

        lock (_gate)
        {
            BatchSizes.Add(events.Count);
        }

        if (events.Any(row => row!["features"] is JsonValue))
        {
            await ProblemAsync(context, 400, ProblemTypes.InvalidRequest, "events[0].features: features must be an array or an object.");
            return;
        }

        var results = new JsonArray([.. events.Select(row => Learn(row!.AsObject()))]);
        await context.Response.WriteAsJsonAsync(new JsonObject { ["results"] = results, ["position"] = $"1:{Learned.Count}" });
    }

    private async Task StreamAsync(HttpContext context)
    {
        var connection = Interlocked.Increment(ref _streamRequests);
        var cutAfter = CutAfter(connection);
        using var reader = new StreamReader(context.Request.Body);
        var count = 0;
        while (await reader.ReadLineAsync(context.RequestAborted) is { } line)
        {
            if (StoreIsAway(connection, count + 1))
            {
                var problem = new JsonObject { ["type"] = ProblemTypes.Unavailable, ["title"] = "The store is away", ["status"] = 503 };
                await context.Response.WriteAsync(new JsonObject { ["status"] = "rejected", ["error"] = problem }.ToJsonString() + "\n", context.RequestAborted);
                return;
            }

            var answer = Learn(JsonNode.Parse(line)!.AsObject());
            if (++count > cutAfter)
            {
                // Learned, but its answer is lost.
                context.Abort();
                return;
            }

            await context.Response.WriteAsync(answer.ToJsonString() + "\n", context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
        }
    }

    private static async Task PredictAsync(HttpContext context)
    {
        var body = (await context.Request.ReadFromJsonAsync<JsonObject>())!;
        var results = new JsonArray([.. body["rows"]!.AsArray().Select(row => new JsonObject { ["label"] = (double)row!["x"]! > 0 ? "up" : "down", ["probability"] = 0.9 })]);
        await context.Response.WriteAsJsonAsync(new JsonObject { ["model"] = "m", ["position"] = "1:0", ["results"] = results });
    }

    private JsonObject Learn(JsonObject row)
    {
        lock (_gate)
        {
            var id = (string)row["eventId"]!;
            if (_outcomes.TryGetValue(id, out var first))
            {
                var again = first.DeepClone().AsObject();
                again["status"] = "duplicate";
                return again;
            }

            var outcome = new JsonObject
            {
                ["status"] = row["label"] is null ? "observed" : "learned",
                ["eventId"] = id,
                ["sequence"] = Learned.Count + 1,
                ["prediction"] = _lastLabel is null ? null : new JsonObject { ["label"] = _lastLabel },
                ["somethingNew"] = true,
            };
            _lastLabel = row["label"]?.ToString() ?? _lastLabel;
            _outcomes.Add(id, outcome);
            Learned.Add(id);
            Events.Add(row.DeepClone().AsObject());
            return outcome.DeepClone().AsObject();
        }
    }

    private JsonObject Info(string model) => new()
    {
        ["name"] = model,
        ["stream"] = model,
        ["role"] = "leader",
        ["preset"] = "classifier@1",
        ["status"] = "open",
        ["lineage"] = 1,
        ["sequence"] = Learned.Count,
        ["version"] = 1,
        ["stateHash"] = "sha256:00",
        ["stateBytes"] = 1,
        ["classes"] = new JsonArray(),
        ["engine"] = "1",
        ["createdAt"] = "2026-01-01T00:00:00Z",
    };
}
