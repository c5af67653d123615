using LifelongApi.Contracts.Journal;
using LifelongApi.Contracts.Learning;

namespace LifelongApi.Contracts.Events;

/// <summary>One server-sent event of <c>GET /v1/models/{model}/events</c>: what happened to a model. Only the properties of its type are there.</summary>
public sealed record ModelEvent
{
    /// <summary>What happened; also the <c>event:</c> line.</summary>
    public required ModelEventType Type { get; init; }

    /// <summary>Sequence in the stream that it belongs to.</summary>
    public required long Sequence { get; init; }

    /// <summary><c>learned</c>: id of the event.</summary>
    public string? EventId { get; init; }

    /// <summary><c>learned</c>: what was journalled.</summary>
    public EventKind? Kind { get; init; }

    /// <summary><c>learned</c>: what became of it.</summary>
    public LearnStatus? Status { get; init; }

    /// <summary><c>learned</c>, <c>task</c>: the task; null: none.</summary>
    public string? Task { get; init; }

    /// <summary><c>learned</c>: the answer before learning.</summary>
    public Prediction? Prediction { get; init; }

    /// <summary><c>learned</c>: loss of that answer.</summary>
    public float? Loss { get; init; }

    /// <summary><c>learned</c>: why it was skipped.</summary>
    public string? Reason { get; init; }

    /// <summary><c>drift</c>: the modulators that detected it.</summary>
    public IReadOnlyList<string>? Detectors { get; init; }

    /// <summary><c>modulators</c>: level of every modulator. Sent when one of them moved by 0.05 or more since it was sent last.</summary>
    public IReadOnlyDictionary<string, float>? Levels { get; init; }

    /// <summary><c>task</c>: <c>began</c> or <c>ended</c>.</summary>
    public string? Change { get; init; }

    /// <summary><c>task</c>: <c>given</c> or <c>detected</c>; <c>sleep</c>: <c>given</c> or <c>quiet</c>; <c>version</c>: why it was stored.</summary>
    public string? Cause { get; init; }

    /// <summary><c>task</c>, <c>sleep</c>: whether anchors moved.</summary>
    public bool? Consolidated { get; init; }

    /// <summary><c>growth</c>: classes that fit now.</summary>
    public int? Classes { get; init; }

    /// <summary><c>version</c>, <c>restored</c>: number of the version.</summary>
    public int? Version { get; init; }

    /// <summary><c>version</c>, <c>restored</c>: position afterwards.</summary>
    public string? Position { get; init; }

    /// <summary><c>version</c>: hash of the state.</summary>
    public string? StateHash { get; init; }

    /// <summary><c>dropped</c>: first sequence that was left out; <see cref="Sequence"/> is the last.</summary>
    public long? From { get; init; }

    /// <summary><c>dropped</c>: how many journalled events were left out.</summary>
    public long? Count { get; init; }
}

/// <summary>What can happen to a model.</summary>
public enum ModelEventType
{
    /// <summary>An example was learned, observed, remembered or answered.</summary>
    Learned,

    /// <summary>A modulator detected drift.</summary>
    Drift,

    /// <summary>Modulator levels moved.</summary>
    Modulators,

    /// <summary>A task began or ended.</summary>
    Task,

    /// <summary>Room for classes grew.</summary>
    Growth,

    /// <summary>A slice of sleep.</summary>
    Sleep,

    /// <summary>A version was stored.</summary>
    Version,

    /// <summary>The leader of the stream went back to a version.</summary>
    Restored,

    /// <summary>The listener was too slow, and events were left out: ask again from before <c>from</c>.</summary>
    Dropped,
}
