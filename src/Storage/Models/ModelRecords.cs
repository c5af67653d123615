namespace LifelongApi.Storage.Models;

/// <summary>A model to create.</summary>
/// <param name="Name">Unique name.</param>
/// <param name="Preset">Preset with revision, or null.</param>
/// <param name="SpecJson">The expanded spec.</param>
/// <param name="CreatedAt">Microseconds since 1970-01-01 UTC.</param>
public sealed record NewModel(string Name, string? Preset, string SpecJson, long CreatedAt);

/// <summary>A model row with its stream.</summary>
public sealed record ModelRecord
{
    /// <summary>Key.</summary>
    public required long Id { get; init; }

    /// <summary>Unique name.</summary>
    public required string Name { get; init; }

    /// <summary>Stream it learns from.</summary>
    public required long StreamId { get; init; }

    /// <summary>Name of that stream.</summary>
    public required string StreamName { get; init; }

    /// <summary>Whether it leads the stream.</summary>
    public required bool IsLeader { get; init; }

    /// <summary>Preset with revision, or null.</summary>
    public string? Preset { get; init; }

    /// <summary>The expanded spec.</summary>
    public required string SpecJson { get; init; }

    /// <summary>Number of its present lineage.</summary>
    public required int Lineage { get; init; }

    /// <summary>Why it is fenced, or null.</summary>
    public string? FencedReason { get; init; }

    /// <summary>Microseconds since 1970-01-01 UTC.</summary>
    public required long CreatedAt { get; init; }
}

/// <summary>
/// A lineage: the events that made a state. It holds the stream's events after <see cref="StartSequence"/>, on top of the parent's up to <see cref="ParentSequence"/>.
/// </summary>
public sealed record LineageRecord
{
    /// <summary>Model it belongs to.</summary>
    public required long ModelId { get; init; }

    /// <summary>Number within the model, from 1.</summary>
    public required int Number { get; init; }

    /// <summary>Number of the parent lineage of the same model; null for the first.</summary>
    public int? Parent { get; init; }

    /// <summary>Last sequence taken from the parent; for the first lineage the sequence it starts after.</summary>
    public required long ParentSequence { get; init; }

    /// <summary>Events after this sequence belong to the lineage (the sequence of its <c>Restored</c> event; 0 or the follower's start for the first).</summary>
    public required long StartSequence { get; init; }

    /// <summary>Cause of the first lineage of a model that came from a bundle.</summary>
    public const string Imported = "imported";

    /// <summary>Whether its events up to the start are not in its own stream: it began with a version of another model, or with a bundle.</summary>
    public bool BeganElsewhere => SourceModelId is not null || (Cause == Imported && Parent is null);

    /// <summary>Why it was opened: <c>created</c>, <c>restored</c>, <c>forked</c>, <c>imported</c>, <c>rebuilt</c>.</summary>
    public required string Cause { get; init; }

    /// <summary>For <c>forked</c>: the model it came from.</summary>
    public long? SourceModelId { get; init; }

    /// <summary>For <c>restored</c> and <c>forked</c>: number of the version it began with.</summary>
    public int? SourceVersion { get; init; }

    /// <summary>Microseconds since 1970-01-01 UTC.</summary>
    public required long CreatedAt { get; init; }
}
