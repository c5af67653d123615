namespace LifelongApi.Contracts.Admin;

/// <summary>A stored version of a model.</summary>
public sealed record SnapshotInfo
{
    /// <summary>Number of the version within the model, from 1.</summary>
    public required int Version { get; init; }

    /// <summary>Position (lineage:sequence) it stores.</summary>
    public required string Position { get; init; }

    /// <summary>Hash of its state.</summary>
    public required string StateHash { get; init; }

    /// <summary>Bytes of state.</summary>
    public required long Bytes { get; init; }

    /// <summary>Bytes that no earlier version had stored.</summary>
    public required long NewBytes { get; init; }

    /// <summary>Whether it is kept until someone deletes it. Recovery points are not, and are thinned out.</summary>
    public required bool Pinned { get; init; }

    /// <summary>Why it was made: <c>created</c>, <c>snapshot</c>, <c>recovery</c>, <c>restore</c>, <c>fork</c>, <c>import</c>.</summary>
    public required string Cause { get; init; }

    /// <summary>The caller's note.</summary>
    public string? Note { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
}

/// <summary>Body of <c>POST …/snapshots</c>; may be left out.</summary>
public sealed record CreateSnapshotRequest
{
    /// <summary>A note to keep with it, at most 1,000 characters.</summary>
    public string? Note { get; init; }
}

/// <summary>Body of <c>POST …/snapshots/{version}:fork</c>.</summary>
public sealed record ForkRequest
{
    /// <summary>Name of the new model.</summary>
    public required string Model { get; init; }
}

/// <summary>Answer to a restore.</summary>
public sealed record RestoreResult
{
    /// <summary>The model.</summary>
    public required string Model { get; init; }

    /// <summary>Version that was restored.</summary>
    public required int Version { get; init; }

    /// <summary>Position on the new lineage.</summary>
    public required string Position { get; init; }

    /// <summary>Hash of the state, equal to the version's.</summary>
    public required string StateHash { get; init; }
}

/// <summary>One journalled event as <c>GET …/history</c> lists it.</summary>
public sealed record HistoryEvent
{
    /// <summary>Its sequence.</summary>
    public required long Sequence { get; init; }

    /// <summary>Its id.</summary>
    public required string EventId { get; init; }

    /// <summary>What happened.</summary>
    public required Journal.EventKind Kind { get; init; }

    /// <summary>Its task.</summary>
    public string? Task { get; init; }

    /// <summary>Its entity.</summary>
    public string? Entity { get; init; }

    /// <summary>Its subject.</summary>
    public string? Subject { get; init; }

    /// <summary>Who sent it.</summary>
    public string? Actor { get; init; }

    /// <summary>When it happened according to the caller.</summary>
    public DateTimeOffset? OccurredAt { get; init; }

    /// <summary>When the service received it.</summary>
    public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>Importance weight.</summary>
    public required float Weight { get; init; }

    /// <summary>Bytes of payload.</summary>
    public required int PayloadBytes { get; init; }

    /// <summary>Whether the event is part of the model's present lineage.</summary>
    public required bool Live { get; init; }

    /// <summary>Features, target and reward as received, or the payload of a boundary, growth or restore event.</summary>
    public System.Text.Json.JsonElement? Payload { get; init; }

    /// <summary>What it did, where the outcome is stored.</summary>
    public Learning.LearnResult? Outcome { get; init; }
}
