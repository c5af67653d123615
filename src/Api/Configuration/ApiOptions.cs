namespace LifelongApi.Api.Configuration;

/// <summary>Settings of the HTTP side, section <c>Lifelong</c>.</summary>
internal sealed class ApiOptions
{
    /// <summary>Name of the section.</summary>
    public const string Section = "Lifelong";

    /// <summary>Largest body of a call, in bytes. Streams have no limit but <see cref="MaxRowBytes"/>.</summary>
    public long MaxBodyBytes { get; set; } = 16 * 1024 * 1024;

    /// <summary>Largest row of a stream, in bytes.</summary>
    public int MaxRowBytes { get; set; } = 4 * 1024 * 1024;

    /// <summary>Most events of one learn call and rows of one predict call.</summary>
    public int MaxBatch { get; set; } = 10_000;

    /// <summary>Most rows of a probe set.</summary>
    public int ProbeRows { get; set; } = 2000;

    /// <summary>Most rows of one stream that wait for their answer; beyond it the service stops reading.</summary>
    public int MaxRowsInFlight { get; set; } = 2048;

    /// <summary>Port of cleartext HTTP/2: a number, 0 for a free one, or <c>off</c>. Default 8081, or off where addresses are given.</summary>
    public string? Http2Port { get; set; }

    /// <summary>How long a key from the store is trusted without asking again, in seconds.</summary>
    public int KeyLifetimeSeconds { get; set; } = 10;
}
