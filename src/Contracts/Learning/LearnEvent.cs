using System.Text.Json.Serialization;

namespace LifelongApi.Contracts.Learning;

/// <summary>
/// One event to learn: the body of <c>POST /v1/models/{model}/learn</c> and one row of <c>…/stream</c>.
/// With a label or target the model learns, without either it observes (local rules and scalers only).
/// </summary>
public sealed record LearnEvent
{
    /// <summary>Id that makes the event exactly-once, at most 128 bytes; the service makes one where it is missing.</summary>
    public string? EventId { get; init; }

    /// <summary>The features in the form that the model's input declares. Only feedback has none.</summary>
    public FeatureSet? Features { get; init; }

    /// <summary>Answer and remember the features instead of learning, so that feedback may follow. Not together with a label, target or reward.</summary>
    public bool? Remember { get; init; }

    /// <summary>Id of the earlier event that this one is feedback for; with a label, target or reward and without features.</summary>
    public string? Feedback { get; init; }

    /// <summary>Class of the example, for target kind <c>label</c>: text, number or boolean (stored as text).</summary>
    [JsonConverter(typeof(LabelConverter))]
    public string? Label { get; init; }

    /// <summary>Numbers to predict, for target kind <c>value</c>: one number or an array.</summary>
    [JsonConverter(typeof(TargetConverter))]
    public IReadOnlyList<double>? Target { get; init; }

    /// <summary>Reward of the moment, finite; multiplies what the three-factor rules propose.</summary>
    public double? Reward { get; init; }

    /// <summary>Importance weight of the example, 0 … 10^6. Default 1.</summary>
    public double? Weight { get; init; }

    /// <summary>Task the event belongs to; where it differs from the stream's current task, a boundary is journalled before it. Null: the current task.</summary>
    public string? Task { get; init; }

    /// <summary>Entity (sensor, user, account) the event is about.</summary>
    public string? Entity { get; init; }

    /// <summary>Person whose erasure removes the payload.</summary>
    public string? Subject { get; init; }

    /// <summary>When it happened.</summary>
    public DateTimeOffset? OccurredAt { get; init; }
}

/// <summary>Several events, learned in order: the other body of <c>POST …/learn</c>.</summary>
public sealed record LearnBatchRequest
{
    /// <summary>1 … 10,000 events.</summary>
    public required IReadOnlyList<LearnEvent> Events { get; init; }
}
