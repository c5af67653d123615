namespace LifelongApi.Contracts.Models;

/// <summary>A model as <c>GET /v1/models/{model}</c> shows it.</summary>
public sealed record ModelInfo
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>The stream it learns from.</summary>
    public required string Stream { get; init; }

    /// <summary>Whether it leads the stream or follows.</summary>
    public required ModelRole Role { get; init; }

    /// <summary>Preset with revision, or null.</summary>
    public string? Preset { get; init; }

    /// <summary>Whether it is open in memory, closed, fenced or catching up.</summary>
    public required ModelStatus Status { get; init; }

    /// <summary>Why it is fenced, where it is.</summary>
    public string? FencedBecause { get; init; }

    /// <summary>Current lineage, from 1.</summary>
    public required int Lineage { get; init; }

    /// <summary>Sequence of the last event folded in.</summary>
    public required long Sequence { get; init; }

    /// <summary>Number of the newest version at or before this position on this lineage; 0: none.</summary>
    public required int Version { get; init; }

    /// <summary>Hash of the whole learned state at this position, <c>sha256:…</c>.</summary>
    public required string StateHash { get; init; }

    /// <summary>Bytes of learned state.</summary>
    public required long StateBytes { get; init; }

    /// <summary>Classes known so far in order of appearance; empty for values.</summary>
    public required IReadOnlyList<string> Classes { get; init; }

    /// <summary>Engine whose arithmetic made the state.</summary>
    public required string Engine { get; init; }

    /// <summary>When it was created.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The spec it was created with, expanded. Left out in lists.</summary>
    public ModelSpec? Spec { get; init; }
}

/// <summary>The part a model plays for its stream.</summary>
public enum ModelRole
{
    /// <summary>Its answer is what learn returns.</summary>
    Leader,

    /// <summary>It folds the same events with a cursor of its own.</summary>
    Follower,
}

/// <summary>Where a model is in its life.</summary>
public enum ModelStatus
{
    /// <summary>In memory and up to date.</summary>
    Open,

    /// <summary>On disk; opens at the next call.</summary>
    Closed,

    /// <summary>A follower that is still replaying.</summary>
    CatchingUp,

    /// <summary>Learning is stopped because a check failed; predictions come from the last good state.</summary>
    Fenced,
}
