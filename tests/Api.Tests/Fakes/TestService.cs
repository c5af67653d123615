using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using LifelongApi.Api.Hosting;
using LifelongApi.Contracts;
using LifelongApi.Contracts.Problems;
using LifelongApi.Storage;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;

namespace LifelongApi.Api.Tests.Fakes;

/// <summary>The whole HTTP side with a fake host and store behind it.</summary>
internal sealed class TestService : WebApplicationFactory<Program>
{
    private readonly Dictionary<string, string> _settings;

    public TestService(Dictionary<string, string>? settings = null, bool isReady = true)
    {
        _settings = settings ?? [];
        if (isReady)
        {
            Store.Migrated.SetResult();
        }
    }

    public FakeHost Host { get; } = new();

    public FakeStore Store { get; } = new();

    public static TestService OnKestrel(Dictionary<string, string>? settings = null)
    {
        var service = new TestService(new Dictionary<string, string>(settings ?? []) { ["urls"] = "http://127.0.0.1:0", ["Lifelong:Http2Port"] = "0" });
        service.UseKestrel();
        service.StartServer();
        return service;
    }

    /// <summary>Addresses of a service on Kestrel: HTTP/1.1, then HTTP/2.</summary>
    public IReadOnlyList<Uri> Addresses() =>
        [.. Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Select(address => new Uri(address))];

    public HttpClient Client(string? key = null)
    {
        var client = CreateClient(new WebApplicationFactoryClientOptions { AllowAutoRedirect = false });
        if (key is not null)
        {
            client.DefaultRequestHeaders.Add("X-Api-Key", key);
        }

        return client;
    }

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        foreach (var (name, value) in _settings)
        {
            builder.UseSetting(name, value);
        }

        builder.ConfigureTestServices(services =>
        {
            services.AddSingleton<IModelHost>(Host);
            services.AddSingleton<ILifelongStore>(Store);
        });
    }
}

/// <summary>Short forms of requests and answers.</summary>
internal static class Calls
{
    public static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static Task<HttpResponseMessage> SendJsonAsync(this HttpClient client, HttpMethod method, string path, string json)
    {
        var request = new HttpRequestMessage(method, path) { Content = new StringContent(json, Encoding.UTF8, "application/json") };
        return client.SendAsync(request, Stop);
    }

    public static Task<HttpResponseMessage> PostJsonAsync(this HttpClient client, string path, string json) => client.SendJsonAsync(HttpMethod.Post, path, json);

    public static Task<HttpResponseMessage> PostRawAsync(this HttpClient client, string path, byte[] bytes, string type = "application/octet-stream")
    {
        var content = new ByteArrayContent(bytes);
        content.Headers.ContentType = new MediaTypeHeaderValue(type);
        return client.PostAsync(path, content, Stop);
    }

    public static async Task<T> ReadAsync<T>(this HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync(Stop);
        return JsonSerializer.Deserialize<T>(text, ContractJson.Options) ?? throw new InvalidOperationException(text);
    }

    /// <summary>Checks that an answer is a problem of a status and type.</summary>
    public static async Task<Problem> AsProblemAsync(this HttpResponseMessage response, HttpStatusCode status, string type)
    {
        var text = await response.Content.ReadAsStringAsync(Stop);
        Assert.True(status == response.StatusCode, $"{(int)response.StatusCode}: {text}");
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        var problem = JsonSerializer.Deserialize<Problem>(text, ContractJson.Options)!;
        Assert.Equal(type, problem.Type);
        Assert.Equal((int)status, problem.Status);
        Assert.False(string.IsNullOrWhiteSpace(problem.Detail));
        Assert.False(string.IsNullOrWhiteSpace(problem.TraceId));
        return problem;
    }

    /// <summary>Checks that an answer is a 400 that names a field.</summary>
    public static async Task<string> AsInvalidAsync(this HttpResponseMessage response, string field)
    {
        var problem = await response.AsProblemAsync(HttpStatusCode.BadRequest, ProblemTypes.InvalidRequest);
        Assert.NotNull(problem.Errors);
        Assert.Equal(field, Assert.Single(problem.Errors).Key);
        return Assert.Single(problem.Errors[field]);
    }
}
