namespace LifelongApi.Contracts.Admin;

/// <summary>Body of <c>POST /v1/admin/models/{model}:sleep</c>.</summary>
public sealed record SleepRequest
{
    /// <summary>Slices of sleep, 1 … 1,000. Default 1.</summary>
    public int Slices { get; init; } = 1;
}

/// <summary>What a sleep did.</summary>
public sealed record SleepResult
{
    /// <summary>The model.</summary>
    public required string Model { get; init; }

    /// <summary>Slices of this call.</summary>
    public required int Slices { get; init; }

    /// <summary>Whether a slice moved anchors (consolidation).</summary>
    public required bool Consolidated { get; init; }

    /// <summary>Position after the last slice.</summary>
    public required string Position { get; init; }
}
