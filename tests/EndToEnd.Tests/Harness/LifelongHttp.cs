using System.Net;
using System.Text;
using System.Text.Json;
using LifelongApi.Contracts;
using LifelongApi.Contracts.Admin;
using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Problems;

namespace LifelongApi.EndToEnd.Tests.Harness;

/// <summary>Plain HTTP calls in the shapes of the contracts, without retries: a test sees what the wire says.</summary>
internal sealed class LifelongHttp(Func<Uri> address, string? apiKey = null) : IDisposable
{
    private readonly HttpClient _client = new() { Timeout = TimeSpan.FromMinutes(2) };

    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string? json = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(address(), path));
        if (apiKey is not null)
        {
            request.Headers.Add("X-Api-Key", apiKey);
        }

        if (json is not null)
        {
            request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        }

        return await _client.SendAsync(request, TestContext.Current.CancellationToken);
    }

    public Task<T> GetAsync<T>(string path) => ExpectAsync<T>(HttpMethod.Get, path, null);

    public Task<T> PostAsync<T>(string path, object? body = null) => ExpectAsync<T>(HttpMethod.Post, path, Json(body));

    public Task<T> PutAsync<T>(string path, object body) => ExpectAsync<T>(HttpMethod.Put, path, Json(body));

    /// <summary>Sends a body as it stands.</summary>
    public Task<T> PostJsonAsync<T>(string path, string json) => ExpectAsync<T>(HttpMethod.Post, path, json);

    /// <summary>A call that has to be refused with this status.</summary>
    public async Task<Problem> RefusedAsync(HttpStatusCode status, HttpMethod method, string path, string? json = null)
    {
        using var response = await SendAsync(method, path, json);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(status == response.StatusCode, $"{method} {path} answered {(int)response.StatusCode} instead of {(int)status}: {text}");
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        return Read<Problem>(text);
    }

    public Task<ModelInfo> CreateAsync(string model, CreateModelRequest request) => PutAsync<ModelInfo>($"/v1/models/{model}", request);

    public Task<ModelInfo> CreateClassifierAsync(string model) => CreateAsync(model, new CreateModelRequest { Preset = "classifier" });

    public Task<ModelInfo> ModelAsync(string model) => GetAsync<ModelInfo>($"/v1/models/{model}");

    public Task<ModelMetrics> MetricsAsync(string model) => GetAsync<ModelMetrics>($"/v1/models/{model}/metrics");

    public Task<LearnResult> LearnAsync(string model, LearnEvent learnEvent) => PostAsync<LearnResult>($"/v1/models/{model}/learn", learnEvent);

    public async Task<IReadOnlyList<LearnResult>> LearnAsync(string model, IReadOnlyList<LearnEvent> events)
    {
        var results = new List<LearnResult>(events.Count);
        foreach (var chunk in events.Chunk(250))
        {
            var answer = await PostAsync<LearnBatchResponse>($"/v1/models/{model}/learn", new LearnBatchRequest { Events = chunk });
            results.AddRange(answer.Results);
        }

        return results;
    }

    public Task<PredictResponse> PredictAsync(string model, FeatureSet features) =>
        PostAsync<PredictResponse>($"/v1/models/{model}/predict", new PredictRequest { Features = features });

    public async Task<IReadOnlyList<Prediction>> PredictAsync(string model, IReadOnlyList<FeatureSet> rows) =>
        (await PostAsync<PredictBatchResponse>($"/v1/models/{model}/predict", new PredictRequest { Rows = rows })).Results;

    /// <summary>The <c>results</c> of a predict as text: equal text is equal bits, for a float is written so that it reads back the same.</summary>
    public async Task<string> PredictTextAsync(string model, IReadOnlyList<FeatureSet> rows) =>
        JsonSerializer.Serialize(await PredictAsync(model, rows), ContractJson.Options);

    public Task<SnapshotInfo> SnapshotAsync(string model) =>
        PostAsync<SnapshotInfo>($"/v1/admin/models/{model}/snapshots", new CreateSnapshotRequest());

    public Task<RestoreResult> RestoreAsync(string model, int version) =>
        PostAsync<RestoreResult>($"/v1/admin/models/{model}/snapshots/{version}:restore");

    /// <summary>The whole journal of a model, newest first.</summary>
    public async Task<IReadOnlyList<HistoryEvent>> HistoryAsync(string model)
    {
        var all = new List<HistoryEvent>();
        string? token = null;
        do
        {
            var query = token is null ? string.Empty : $"&pageToken={Uri.EscapeDataString(token)}";
            var page = await GetAsync<Page<HistoryEvent>>($"/v1/admin/models/{model}/history?pageSize=200{query}");
            all.AddRange(page.Items);
            token = page.NextPageToken;
        }
        while (token is not null);
        return all;
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    internal static string Json(object? body) => body is null ? "{}" : JsonSerializer.Serialize(body, body.GetType(), ContractJson.Options);

    internal static T Read<T>(string text) =>
        JsonSerializer.Deserialize<T>(text, ContractJson.Options) ?? throw new JsonException($"null instead of a {typeof(T).Name}");

    private async Task<T> ExpectAsync<T>(HttpMethod method, string path, string? json)
    {
        using var response = await SendAsync(method, path, json);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(response.IsSuccessStatusCode, $"{method} {path} answered {(int)response.StatusCode}: {text}");
        return Read<T>(text);
    }
}
