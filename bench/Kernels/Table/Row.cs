using System.Text.Json.Serialization;

namespace LifelongApi.Kernels.Table;

/// <summary>One bar of the table: what we do per second beside what the reference does, or why it could not be measured.</summary>
internal sealed record Row
{
    public required string Name { get; init; }

    /// <summary>What is counted, where it is not events per second.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Unit { get; init; }

    public double? OursPerS { get; init; }

    /// <summary>What stands beside ours.</summary>
    public required string Reference { get; init; }

    public double? ReferencePerS { get; init; }

    /// <summary>Median over the rounds of ours by the reference; more is better.</summary>
    public double? Ratio { get; init; }

    /// <summary>Least ratio; null for a row that is only shown.</summary>
    public double? Bar { get; init; }

    /// <summary>Whether the ratio reaches the bar; what is missing never does, and what has no bar has no verdict.</summary>
    public bool? Passed => Bar is { } bar ? Missing is null && Ratio >= bar : null;

    /// <summary>Why there is no ratio.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Missing { get; init; }

    /// <summary>What else was seen.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Note { get; init; }
}
