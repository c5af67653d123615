using System.Text.Json.Serialization;

namespace LifelongApi.Contracts.Learning;

/// <summary>Body of <c>POST /v1/models/{model}/feedback</c>: what became known about an earlier event.</summary>
public sealed record FeedbackRequest
{
    /// <summary>Id of the earlier event: a remembered prediction, or an event that was learned or observed.</summary>
    public required string EventId { get; init; }

    /// <summary>Its class, for target kind <c>label</c>: text, number or boolean (stored as text).</summary>
    [JsonConverter(typeof(LabelConverter))]
    public string? Label { get; init; }

    /// <summary>The numbers that were to predict, for target kind <c>value</c>: one number or an array.</summary>
    [JsonConverter(typeof(TargetConverter))]
    public IReadOnlyList<double>? Target { get; init; }

    /// <summary>Reward, finite; alone or beside a label or target.</summary>
    public double? Reward { get; init; }

    /// <summary>Importance weight, 0 … 10^6. Default 1.</summary>
    public double? Weight { get; init; }

    /// <summary>When it became known; the delay is counted up to here. Default: when the service received it.</summary>
    public DateTimeOffset? OccurredAt { get; init; }
}

/// <summary>Several answers in order: the other body of <c>POST …/feedback</c>.</summary>
public sealed record FeedbackBatchRequest
{
    /// <summary>1 … 10,000 answers.</summary>
    public required IReadOnlyList<FeedbackRequest> Feedback { get; init; }
}

/// <summary>What feedback answered.</summary>
public sealed record FeedbackInfo
{
    /// <summary>Id of the earlier event.</summary>
    public required string EventId { get; init; }

    /// <summary>Its sequence.</summary>
    public required long Sequence { get; init; }

    /// <summary>What was learned from: <c>recomputed</c>, the stored input under the weights at the time of the feedback.</summary>
    public required string Eligibility { get; init; }

    /// <summary>Seconds from the earlier event to the feedback.</summary>
    public required double DelaySeconds { get; init; }

    /// <summary>Why there was an answer: <c>given</c>, <c>default</c>, or <c>givenAfterDefault</c>.</summary>
    public required string Cause { get; init; }
}

/// <summary>How late labels come.</summary>
public sealed record LabelDelayMetrics
{
    /// <summary>Predictions that were remembered.</summary>
    public required long Predicted { get; init; }

    /// <summary>Remembered predictions without a label, given or default.</summary>
    public required long Pending { get; init; }

    /// <summary>Labels and targets that callers gave later, of whatever kind of event.</summary>
    public required long Labelled { get; init; }

    /// <summary>Remembered predictions whose window passed, so that the default of the spec was learned.</summary>
    public required long Defaulted { get; init; }

    /// <summary>Of the labels given, those that came after the default.</summary>
    public required long LabelledAfterDefault { get; init; }

    /// <summary>Rewards that came later without a label.</summary>
    public required long Rewarded { get; init; }

    /// <summary>Delay of the labels given, in seconds; null before the first.</summary>
    public DelaySummary? DelaySeconds { get; init; }
}

/// <summary>A distribution of delays in seconds. Quantiles are right within 3.2 %.</summary>
public sealed record DelaySummary
{
    /// <summary>Mean.</summary>
    public required double Mean { get; init; }

    /// <summary>Half are at most this.</summary>
    public required double P50 { get; init; }

    /// <summary>Nine in ten are at most this.</summary>
    public required double P90 { get; init; }

    /// <summary>Ninety-nine in a hundred are at most this.</summary>
    public required double P99 { get; init; }

    /// <summary>Longest.</summary>
    public required double Max { get; init; }
}
