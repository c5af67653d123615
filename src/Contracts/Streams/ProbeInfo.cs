using System.Text.Json;
using LifelongApi.Contracts.Learning;

namespace LifelongApi.Contracts.Streams;

/// <summary>Body of <c>PUT /v1/streams/{stream}/tasks/{task}/probe</c>: labelled rows that are asked, never learned.</summary>
public sealed record ProbeRequest
{
    /// <summary>1 … 2,000 rows in the form of learn events, each with a label or target.</summary>
    public required IReadOnlyList<LearnEvent> Rows { get; init; }
}

/// <summary>An uploaded probe set of a task.</summary>
public sealed record ProbeInfo
{
    /// <summary>The stream.</summary>
    public required string Stream { get; init; }

    /// <summary>The task, which need not have begun yet.</summary>
    public required string Task { get; init; }

    /// <summary>Rows it holds.</summary>
    public required int RowCount { get; init; }

    /// <summary>Bytes they take.</summary>
    public required long Bytes { get; init; }

    /// <summary>SHA-256 of the rows; scores belong to it.</summary>
    public required string Hash { get; init; }

    /// <summary>When it was uploaded.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The rows as they are kept (features, label or target); only in the answer to <c>GET</c>.</summary>
    public IReadOnlyList<JsonElement>? Rows { get; init; }
}
