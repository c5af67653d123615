using System.Text.Json;
using LifelongApi.Api.Tests.Fakes;

namespace LifelongApi.Api.Tests.Http;

public sealed class DocumentationTests
{
    private static readonly string[] Methods = ["get", "put", "post", "delete"];

    [Fact]
    public async Task Every_operation_has_a_description_and_examples_for_everything()
    {
        using var service = new TestService();
        using var document = JsonDocument.Parse(await service.Client().GetStringAsync("/swagger/v1/swagger.json", Calls.Stop));
        var operations = document.RootElement.GetProperty("paths").EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject().Where(entry => Methods.Contains(entry.Name)).Select(entry => (Name: $"{entry.Name} {path.Name}", entry.Value)))
            .ToList();

        Assert.True(operations.Count >= 24, $"{operations.Count} operations are documented.");
        var gaps = new List<string>();
        foreach (var (name, operation) in operations)
        {
            Require(operation.TryGetProperty("summary", out var summary) && summary.GetString() != "Handles a request." && operation.TryGetProperty("description", out _), $"{name}: description");
            foreach (var parameter in operation.TryGetProperty("parameters", out var parameters) ? parameters.EnumerateArray() : default)
            {
                // What may be left out must not be filled in by Swagger UI, or the operation would be tried with all of it.
                var isInPath = parameter.GetProperty("in").GetString() == "path";
                Require(parameter.TryGetProperty("example", out _) == isInPath, $"{name}: example of {parameter.GetProperty("name")}");
                Require(isInPath || parameter.GetProperty("description").GetString()!.Contains("Example: `", StringComparison.Ordinal), $"{name}: example in words of {parameter.GetProperty("name")}");
            }

            if (operation.TryGetProperty("requestBody", out var body))
            {
                RequireExamples(body, $"{name}: request");
            }

            var isV1 = name.Contains("/v1/", StringComparison.Ordinal);
            Require(!isV1 || operation.TryGetProperty("security", out _), $"{name}: security");
            foreach (var response in operation.GetProperty("responses").EnumerateObject())
            {
                if (response.Name != "204")
                {
                    RequireExamples(response.Value, $"{name}: {response.Name}");
                }
            }
        }

        Assert.Empty(gaps);

        void Require(bool holds, string what)
        {
            if (!holds)
            {
                gaps.Add(what);
            }
        }

        void RequireExamples(JsonElement element, string what)
        {
            Require(element.TryGetProperty("content", out var content) && content.EnumerateObject().Any(), $"{what}: content");
            foreach (var media in content.ValueKind == JsonValueKind.Object ? content.EnumerateObject() : default)
            {
                Require(media.Value.TryGetProperty("example", out _) || media.Value.TryGetProperty("examples", out _), $"{what}: example as {media.Name}");
            }
        }
    }

    [Theory]
    [InlineData("put", "/v1/models/{model}")]
    [InlineData("post", "/v1/models/{model}/stream")]
    [InlineData("post", "/v1/streams/{stream}/tasks/{task}:begin")]
    [InlineData("post", "/v1/streams/{stream}/tasks/{task}:end")]
    [InlineData("post", "/v1/admin/models/{model}/snapshots/{version}:restore")]
    [InlineData("post", "/v1/admin/models/{model}/snapshots/{version}:fork")]
    [InlineData("get", "/v1/admin/models/{model}/history")]
    [InlineData("post", "/v1/admin/keys")]
    [InlineData("get", "/readyz")]
    public async Task The_route_is_documented(string method, string path)
    {
        using var service = new TestService();
        using var document = JsonDocument.Parse(await service.Client().GetStringAsync("/swagger/v1/swagger.json", Calls.Stop));

        Assert.True(document.RootElement.GetProperty("paths").TryGetProperty(path, out var entry), path);
        Assert.True(entry.TryGetProperty(method, out _), method);
    }
}
