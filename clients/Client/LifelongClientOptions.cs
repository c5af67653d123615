namespace LifelongApi.Client;

/// <summary>Where the service is and how patient the client is with it.</summary>
public sealed record LifelongClientOptions
{
    /// <summary>Base address of the service over HTTP/1.1. Default <c>http://localhost:8080</c>.</summary>
    public Uri Address { get; init; } = new("http://localhost:8080");

    /// <summary>
    /// Base address where the service speaks HTTP/2 (cleartext: by default port 8081). With it <see cref="LifelongClient.StreamAsync"/>
    /// is one duplex request; null: it sends bounded batches to <see cref="Address"/>.
    /// </summary>
    public Uri? Http2Address { get; init; }

    /// <summary>
    /// Whether predict, learn, feedback, stream and events calls name streams instead of models: whoever leads the stream answers, and a change of lead is a wait. Default false.
    /// </summary>
    public bool ByStream { get; init; }

    /// <summary>API key, sent as <c>X-Api-Key</c>; null: none.</summary>
    public string? ApiKey { get; init; }

    /// <summary>
    /// How long a request that may be repeated is repeated after 429, 503 or a lost connection, counted from its first failure.
    /// Zero: never. Default 30 s.
    /// </summary>
    public TimeSpan RetryFor { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long one request may take, streams excepted. Default 100 s.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(100);

    /// <summary>Most events in one request of a stream that is sent in batches, and most unanswered rows of a duplex stream; 1 … 10,000. Default 1,000.</summary>
    public int BatchEvents { get; init; } = 1_000;

    /// <summary>Most bytes in one request of a stream that is sent in batches (one event may exceed it alone). Default 4,000,000.</summary>
    public int BatchBytes { get; init; } = 4_000_000;

    /// <summary>Clock of waits and time-outs.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
