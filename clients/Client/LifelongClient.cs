using System.Globalization;
using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Models;

namespace LifelongApi.Client;

/// <summary>
/// Typed client of the service: models, predictions, learning, streams of events, tasks and versions.
/// Every member throws <see cref="LifelongException"/> where the service refuses a request or cannot be reached.
/// Requests are repeated after 429 and 503 (and, where a second arrival changes nothing, after a lost connection)
/// for <see cref="LifelongClientOptions.RetryFor"/>; events always carry an id, so none is learned twice.
/// Safe for concurrent use; keep one for the life of the application.
/// </summary>
public sealed partial class LifelongClient : IDisposable
{
    private readonly HttpClient? _owned;
    private readonly Transport _transport;

    /// <summary>A client with connections of its own.</summary>
    /// <param name="options">Where the service is.</param>
    public LifelongClient(LifelongClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);

        // A duplex stream may be silent for long: pings tell a silent service from one that is gone.
        var sockets = new SocketsHttpHandler { KeepAlivePingDelay = TimeSpan.FromSeconds(15), KeepAlivePingTimeout = TimeSpan.FromSeconds(15) };
        _owned = new HttpClient(sockets) { Timeout = Timeout.InfiniteTimeSpan };
        _transport = new Transport(_owned, options);
    }

    /// <summary>A client over a given <see cref="HttpClient"/>, which stays the caller's. Its time-out bounds streams too.</summary>
    /// <param name="http">Sends the requests; its base address is not used.</param>
    /// <param name="options">Where the service is.</param>
    public LifelongClient(HttpClient http, LifelongClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(http);
        ArgumentNullException.ThrowIfNull(options);
        _transport = new Transport(http, options);
    }

    /// <summary>Creates a model; the same request again answers the model that is there.</summary>
    /// <param name="model">Its name.</param>
    /// <param name="request">Preset or parts.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>The model.</returns>
    /// <exception cref="LifelongException">409: the name belongs to a model with another spec; 400: the spec is wrong.</exception>
    public Task<ModelInfo> CreateModelAsync(string model, CreateModelRequest request, CancellationToken cancellationToken = default) =>
        _transport.SendAsync<ModelInfo>(HttpMethod.Put, Path(model), Given(request), Repeat.Always, cancellationToken);

    /// <summary>Shows a model.</summary>
    /// <param name="model">Its name.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>The model.</returns>
    /// <exception cref="LifelongException">404: no such model.</exception>
    public Task<ModelInfo> GetModelAsync(string model, CancellationToken cancellationToken = default) =>
        _transport.GetAsync<ModelInfo>(Path(model), cancellationToken);

    /// <summary>Lists all models, page by page as they are enumerated.</summary>
    /// <param name="cancellationToken">Cancels the requests.</param>
    /// <returns>The models.</returns>
    public IAsyncEnumerable<ModelInfo> ListModelsAsync(CancellationToken cancellationToken = default) =>
        PagesAsync<ModelInfo>("/v1/models", cancellationToken);

    /// <summary>Deletes a model.</summary>
    /// <param name="model">Its name.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>When it is gone.</returns>
    /// <exception cref="LifelongException">404: no such model.</exception>
    public Task DeleteModelAsync(string model, CancellationToken cancellationToken = default) =>
        _transport.SendAsync<Nothing>(HttpMethod.Delete, Path(model), null, Repeat.WhenRefused, cancellationToken);

    /// <summary>Shows a model's prequential metrics.</summary>
    /// <param name="model">Its name.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>The metrics.</returns>
    /// <exception cref="LifelongException">404: no such model.</exception>
    public Task<ModelMetrics> GetMetricsAsync(string model, CancellationToken cancellationToken = default) =>
        GetMetricsAsync(model, withScenario: true, cancellationToken);

    /// <summary>Shows a model's prequential metrics, with or without the accuracy matrix of its tasks.</summary>
    /// <param name="model">Its name.</param>
    /// <param name="withScenario">Whether to have the matrix, which may take longer than the rest.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>The metrics.</returns>
    /// <exception cref="LifelongException">404: no such model.</exception>
    public Task<ModelMetrics> GetMetricsAsync(string model, bool withScenario, CancellationToken cancellationToken = default) =>
        _transport.GetAsync<ModelMetrics>(Path(model) + (withScenario ? "/metrics" : "/metrics?scenario=false"), cancellationToken);

    /// <summary>Predicts one example. Changes nothing.</summary>
    /// <param name="model">The model.</param>
    /// <param name="features">The example.</param>
    /// <param name="version">A stored version to ask instead of the present state; null: the present.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>The prediction.</returns>
    /// <exception cref="LifelongException">404: no such model or version; 400: the features do not fit the model.</exception>
    public Task<PredictResponse> PredictAsync(string model, FeatureSet features, int? version = null, CancellationToken cancellationToken = default) =>
        _transport.SendAsync<PredictResponse>(HttpMethod.Post, PredictPath(model, version), new PredictRequest { Features = Given(features) }, Repeat.Always, cancellationToken);

    /// <summary>Predicts one example with everything that the request can say: entity, time, classes to choose among, when to abstain, whether to explain. Changes nothing.</summary>
    /// <param name="model">The model.</param>
    /// <param name="request">The example as <see cref="PredictRequest.Features"/>, not rows, and the rest.</param>
    /// <param name="version">A stored version to ask instead of the present state; null: the present.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>The prediction.</returns>
    /// <exception cref="LifelongException">404: no such model or version; 400: the request does not fit the model.</exception>
    public Task<PredictResponse> PredictAsync(string model, PredictRequest request, int? version = null, CancellationToken cancellationToken = default) =>
        _transport.SendAsync<PredictResponse>(HttpMethod.Post, PredictPath(model, version), Given(request), Repeat.Always, cancellationToken);

    /// <summary>Predicts several examples from one state. Changes nothing.</summary>
    /// <param name="model">The model.</param>
    /// <param name="rows">1 … 10,000 examples.</param>
    /// <param name="version">A stored version to ask instead of the present state; null: the present.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>One prediction per row, in order.</returns>
    /// <exception cref="LifelongException">404: no such model or version; 400: a row does not fit the model.</exception>
    public Task<PredictBatchResponse> PredictAsync(string model, IReadOnlyList<FeatureSet> rows, int? version = null, CancellationToken cancellationToken = default) =>
        _transport.SendAsync<PredictBatchResponse>(HttpMethod.Post, PredictPath(model, version), new PredictRequest { Rows = Given(rows) }, Repeat.Always, cancellationToken);

    /// <summary>Predicts several examples that the caller has written as JSON already. Changes nothing.</summary>
    /// <param name="model">The model.</param>
    /// <param name="json">UTF-8 of <c>{"rows":[…]}</c>; must not change until the answer is there.</param>
    /// <param name="version">A stored version to ask instead of the present state; null: the present.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>One prediction per row, in order.</returns>
    /// <exception cref="LifelongException">404: no such model or version; 400: a row does not fit the model.</exception>
    public Task<PredictBatchResponse> PredictJsonAsync(string model, ReadOnlyMemory<byte> json, int? version = null, CancellationToken cancellationToken = default) =>
        _transport.SendJsonAsync<PredictBatchResponse>(HttpMethod.Post, PredictPath(model, version), json, Repeat.Always, cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _owned?.Dispose();

    private static string Path(string model)
    {
        ArgumentException.ThrowIfNullOrEmpty(model);
        return "/v1/models/" + Uri.EscapeDataString(model);
    }

    /// <summary>Path of a call to a model, or to whoever leads the stream of that name.</summary>
    private string CallPath(string name) => _transport.Options.ByStream ? StreamPath(name) : Path(name);

    private string PredictPath(string model, int? version) =>
        CallPath(model) + (version is { } number ? string.Create(CultureInfo.InvariantCulture, $"/predict?version={number}") : "/predict");

    private static T Given<T>(T argument)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(argument);
        return argument;
    }

    private async IAsyncEnumerable<T> PagesAsync<T>(string path, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? token = null;
        do
        {
            var query = token is null ? path : $"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}pageToken={Uri.EscapeDataString(token)}";
            var page = await _transport.GetAsync<Page<T>>(query, cancellationToken).ConfigureAwait(false);
            foreach (var item in page.Items)
            {
                yield return item;
            }

            token = page.NextPageToken;
        }
        while (token is not null);
    }
}
