using System.CommandLine;
using LifelongApi.Client;

namespace LifelongApi.Cli;

/// <summary>The options that every command has: where the service is and with which key.</summary>
internal sealed class ConnectionOptions
{
    private readonly Option<string> _url = new("--url")
    {
        Description = "Address of the service [env: LIFELONG_URL]",
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable("LIFELONG_URL") is { Length: > 0 } url ? url : "http://localhost:8080",
        Recursive = true,
    };

    private readonly Option<string?> _http2Url = new("--http2-url")
    {
        Description = "Address where the service speaks cleartext HTTP/2, e.g. http://localhost:8081: ingest then streams over one request",
        Recursive = true,
    };

    private readonly Option<bool> _byStream = new("--by-stream")
    {
        Description = "learn, predict, feedback, events and ingest name a stream instead of a model: whoever leads it answers",
        Recursive = true,
    };

    private readonly Option<string?> _apiKey = new("--api-key")
    {
        Description = "API key [env: LIFELONG_API_KEY]",
        Recursive = true,
    };

    internal void AddTo(RootCommand root)
    {
        root.Options.Add(_url);
        root.Options.Add(_http2Url);
        root.Options.Add(_byStream);
        root.Options.Add(_apiKey);
    }

    /// <summary>Makes the client. Short commands give up soon; long ones wait for a service that comes back.</summary>
    internal LifelongClient Client(ParseResult parse, TimeSpan? retryFor = null) => new(new LifelongClientOptions
    {
        Address = Address(parse.GetValue(_url)!, "--url"),
        Http2Address = parse.GetValue(_http2Url) is { } http2 ? Address(http2, "--http2-url") : null,
        ByStream = parse.GetValue(_byStream),
        ApiKey = parse.GetValue(_apiKey) ?? KeyOfEnvironment(),
        RetryFor = retryFor ?? TimeSpan.FromSeconds(2),
    });

    // Not a default of the option: help prints defaults.
    private static string? KeyOfEnvironment() => Environment.GetEnvironmentVariable("LIFELONG_API_KEY") is { Length: > 0 } key ? key : null;

    private static Uri Address(string text, string option) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
            ? address
            : throw new CliException($"{option} '{text}' is not an http address.");
}
