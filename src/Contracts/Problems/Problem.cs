using System.Text.Json.Serialization;

namespace LifelongApi.Contracts.Problems;

/// <summary>An RFC 9457 problem: what went wrong, in which field, and how to mend it.</summary>
public sealed record Problem
{
    /// <summary>Stable type URI, one of <see cref="ProblemTypes"/>.</summary>
    public required string Type { get; init; }

    /// <summary>The type in words.</summary>
    public required string Title { get; init; }

    /// <summary>HTTP status.</summary>
    public int? Status { get; init; }

    /// <summary>What is wrong in this case and how to fix it.</summary>
    public string? Detail { get; init; }

    /// <summary>The path asked for.</summary>
    public string? Instance { get; init; }

    /// <summary>Messages by field, e.g. <c>features[3]</c>.</summary>
    public IReadOnlyDictionary<string, string[]>? Errors { get; init; }

    /// <summary>Id to find the request in the logs.</summary>
    public string? TraceId { get; init; }

    /// <summary>Whatever else the problem carries.</summary>
    [JsonExtensionData]
    public IDictionary<string, object?>? Extensions { get; init; }
}
