using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using LifelongApi.Client;
using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Models;
using LifelongApi.EndToEnd.Tests.Harness;
using LifelongApi.Testing;

namespace LifelongApi.EndToEnd.Tests;

/// <summary>The examples of the OpenAPI document, sent as they stand there.</summary>
public sealed class SwaggerTests
{
    private const string Onnx = "get /v1/admin/models/{model}/onnx";
    private const string Snapshots = "/v1/admin/models/{model}/snapshots";

    // In the order of a life: the examples speak of one model, of version 3 and of the task january.
    private static readonly string[] Order =
    [
        "put /v1/models/{model}", "get /v1/models/{model}", "get /v1/models",
        "post /v1/models/{model}/predict", "post /v1/models/{model}/learn", "post /v1/models/{model}/feedback", "post /v1/models/{model}/stream", "get /v1/models/{model}/metrics", "get /v1/models/{model}/events",
        "get /v1/streams", "get /v1/streams/{stream}", "post /v1/streams/{stream}/predict", "post /v1/streams/{stream}/learn", "post /v1/streams/{stream}/feedback", "post /v1/streams/{stream}/stream", "get /v1/streams/{stream}/events",
        "post /v1/streams/{stream}/tasks/{task}:begin", "post /v1/streams/{stream}/tasks/{task}:end", "get /v1/streams/{stream}/tasks",
        "put /v1/streams/{stream}/tasks/{task}/probe", "get /v1/models/{model}/metrics", "get /v1/streams/{stream}/tasks/{task}/probe", "delete /v1/streams/{stream}/tasks/{task}/probe",
        $"post {Snapshots}", $"post {Snapshots}", $"get {Snapshots}", $"get {Snapshots}/{{version}}", $"get {Snapshots}/{{version}}/diff/{{other}}",
        $"get {Snapshots}/{{version}}/export", $"get {Snapshots}/export", $"post {Snapshots.Replace("{model}", "{copy}", StringComparison.Ordinal)}/import",
        $"post {Snapshots}/{{version}}:restore", $"post {Snapshots}/{{version}}:fork",
        $"post {Snapshots}", $"delete {Snapshots}/{{version}}", "get /v1/admin/models/{model}/history",
        "put /v1/admin/encoders/{encoder}", "get /v1/admin/encoders", "get /v1/admin/encoders/{encoder}", "delete /v1/admin/encoders/{encoder}",
        Onnx,
        "post /v1/admin/models/{model}:sleep",
        "get /v1/models/{challenger}/comparison", "post /v1/admin/models/{challenger}:promote",
        "get /livez", "get /readyz", "delete /v1/models/{model}",
        "post /v1/admin/keys", "get /v1/admin/keys", "delete /v1/admin/keys/{name}",
    ];

    [Theory]
    [ClassData(typeof(EveryStore))]
    public async Task Every_example_works_as_it_is_printed(StoreKind kind)
    {
        await using var store = await TestStore.CreateAsync(kind);
        await using var server = await ServerProcess.StartAsync(store);
        using var http = new HttpClient { BaseAddress = server.Address };
        using var document = JsonDocument.Parse(await http.GetStringAsync(new Uri("/swagger/v1/swagger.json", UriKind.Relative), TestContext.Current.CancellationToken));
        var operations = document.RootElement.GetProperty("paths").EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject().Select(operation => (Name: $"{operation.Name} {path.Name}", operation.Value)))
            .ToDictionary(pair => pair.Name, pair => pair.Value);
        Assert.Equal(operations.Keys.Order(), Order.Distinct().Order());

        using (var client = new LifelongClient(new LifelongClientOptions { Address = server.Address }))
        {
            await client.PutEncoderAsync("squeezenet", TinyNetwork.Bytes(), TestContext.Current.CancellationToken);
        }

        byte[] bundle = [];
        foreach (var name in Order)
        {
            if (name == "get /v1/models/{challenger}/comparison")
            {
                await server.Http.CreateAsync("challenger", new() { Preset = "classifier", Follow = "fraud", From = Contracts.Models.FollowFrom.Now });
            }

            var examples = 0;
            foreach (var (mediaType, body) in name.StartsWith("put /v1/admin/encoders", StringComparison.Ordinal) ? [("application/octet-stream", null)] : Bodies(operations[name]))
            {
                var path = Filled(name, operations[name]);
                if (name == Order[0] && ++examples > 1)
                {
                    // Other models than the one of the other examples.
                    path += $"-{examples}";
                }

                if (name == Onnx)
                {
                    // The model of the examples looks back in time, which no file can.
                    await server.Http.CreateClassifierAsync("amounts");
                    await server.Http.LearnAsync("amounts", new LearnEvent { Features = FeatureSet.Named(new Dictionary<string, object?> { ["amount"] = 12.5, ["country"] = "DE" }), Label = "small" });
                    path = path.Replace("fraud", "amounts", StringComparison.Ordinal);
                }

                using var request = new HttpRequestMessage(HttpMethod.Parse(name.AsSpan(0, name.IndexOf(' ', StringComparison.Ordinal))), path);
                if (mediaType is not null)
                {
                    // The example of a file of bytes is a word for it.
                    request.Content = body is null ? new ByteArrayContent(TinyNetwork.Bytes())
                        : body.StartsWith("(a bundle", StringComparison.Ordinal) ? new ByteArrayContent(bundle)
                        : new StringContent(body, Encoding.UTF8);
                    request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(mediaType);
                }

                // A stream of events has no end: its beginning is enough.
                var isEndless = name.EndsWith("/events", StringComparison.Ordinal);
                using var response = await http.SendAsync(request, isEndless ? HttpCompletionOption.ResponseHeadersRead : HttpCompletionOption.ResponseContentRead, TestContext.Current.CancellationToken);
                if (response.Content.Headers.ContentType?.MediaType == "application/vnd.lifelong.bundle")
                {
                    bundle = await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
                }

                var text = isEndless ? string.Empty : await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
                Assert.True(response.IsSuccessStatusCode, $"{request.Method} {path} with {body} answered {(int)response.StatusCode}: {text}");
                var answers = operations[name].GetProperty("responses");
                Assert.True(answers.TryGetProperty(((int)response.StatusCode).ToString(System.Globalization.CultureInfo.InvariantCulture), out var answer), $"{name} answered {response.StatusCode}, which is not documented.");
                if (response.StatusCode != HttpStatusCode.NoContent)
                {
                    Assert.True(answer.GetProperty("content").TryGetProperty(response.Content.Headers.ContentType!.MediaType!, out _), $"{name}: {response.Content.Headers.ContentType}");
                }

                if (name == Order[0] && examples > 1)
                {
                    using var gone = await server.Http.SendAsync(HttpMethod.Delete, path);
                    Assert.Equal(HttpStatusCode.NoContent, gone.StatusCode);
                }

                if (name == "post /v1/admin/keys")
                {
                    http.DefaultRequestHeaders.Add("X-Api-Key", JsonDocument.Parse(text).RootElement.GetProperty("key").GetString());
                }
            }
        }
    }

    // Raw numbers are described in words, and fit another input than the one of the other examples.
    private static IEnumerable<(string? MediaType, string? Body)> Bodies(JsonElement operation)
    {
        if (!operation.TryGetProperty("requestBody", out var body))
        {
            yield return (null, null);
            yield break;
        }

        foreach (var media in body.GetProperty("content").EnumerateObject().Where(media => media.Name != "application/octet-stream"))
        {
            var examples = media.Value.TryGetProperty("example", out var single) ? [single] : media.Value.GetProperty("examples").EnumerateObject().Select(example => example.Value.GetProperty("value"));
            foreach (var example in examples)
            {
                yield return (media.Name, example.ValueKind == JsonValueKind.String ? example.GetString() : example.GetRawText());
            }
        }
    }

    private static string Filled(string name, JsonElement operation)
    {
        var path = name[(name.IndexOf(' ', StringComparison.Ordinal) + 1)..];
        if (operation.TryGetProperty("parameters", out var parameters))
        {
            foreach (var parameter in parameters.EnumerateArray().Where(parameter => parameter.GetProperty("in").GetString() == "path"))
            {
                path = path.Replace($"{{{parameter.GetProperty("name").GetString()}}}", parameter.GetProperty("example").ToString(), StringComparison.Ordinal);
            }
        }

        return path;
    }
}
