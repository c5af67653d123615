namespace LifelongApi.Contracts.Learning;

/// <summary>How unusual the events of a model without labels were, judged before it learned from each.</summary>
public sealed record AnomalyMetrics
{
    /// <summary>Events judged.</summary>
    public required long Count { get; init; }

    /// <summary>Of these, anomalies.</summary>
    public required long Anomalies { get; init; }

    /// <summary>Events in the window of the next two, at most the head's memory.</summary>
    public required int Window { get; init; }

    /// <summary>Share of anomalies in the window.</summary>
    public double? Rate { get; init; }

    /// <summary>Surprise in the window by quantile: <c>0.1</c>, <c>0.5</c>, <c>0.9</c>, <c>0.99</c>.</summary>
    public IReadOnlyDictionary<string, float>? Surprises { get; init; }

    /// <summary>Surprise above which an event is an anomaly now; null before enough events were seen.</summary>
    public float? Threshold { get; init; }
}
