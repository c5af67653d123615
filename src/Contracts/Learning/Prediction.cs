namespace LifelongApi.Contracts.Learning;

/// <summary>What a model answers for one set of features.</summary>
public record Prediction
{
    /// <summary>Most probable class, for target kind <c>label</c>; null before the first label was seen.</summary>
    public string? Label { get; init; }

    /// <summary>Probability of that class, in [0, 1].</summary>
    public float? Probability { get; init; }

    /// <summary>Probability of every known class.</summary>
    public IReadOnlyDictionary<string, float>? Probabilities { get; init; }

    /// <summary>Predicted numbers, for target kind <c>value</c>.</summary>
    public IReadOnlyList<float>? Values { get; init; }

    /// <summary>For target kind <c>anomaly</c>: how unusual the example is. 0 is the median of the last events, 1 the threshold; not limited. Null before enough events were seen.</summary>
    public float? Score { get; init; }

    /// <summary>For target kind <c>anomaly</c>: whether the score is above 1.</summary>
    public bool? IsAnomaly { get; init; }

    /// <summary>For target kind <c>anomaly</c>: −ln of the probability density of the standardised example, up to a constant.</summary>
    public float? Surprise { get; init; }
}

/// <summary>Body of <c>POST /v1/models/{model}/predict</c>: one set of features or several rows.</summary>
public sealed record PredictRequest
{
    /// <summary>Features of one example. Not together with <c>rows</c>.</summary>
    public FeatureSet? Features { get; init; }

    /// <summary>1 … 10,000 examples.</summary>
    public IReadOnlyList<FeatureSet>? Rows { get; init; }

    /// <summary>Entity (sensor, user, account) that the example, or every row, is about.</summary>
    public string? Entity { get; init; }

    /// <summary>For <c>rows</c>: the entity of each row, null for none, in place of <c>entity</c>.</summary>
    public IReadOnlyList<string?>? Entities { get; init; }

    /// <summary>When it happened, for features that look at the time since the last event. Default: now.</summary>
    public DateTimeOffset? OccurredAt { get; init; }

    /// <summary>Classes among which to answer (the task at hand is known), 1 … 10,000; null: all. Probabilities are theirs alone and add up to 1. Classes the model does not know are left out.</summary>
    public IReadOnlyList<string>? Labels { get; init; }
}

/// <summary>Answer to a predict of one example.</summary>
public sealed record PredictResponse : Prediction
{
    /// <summary>Model that answered.</summary>
    public required string Model { get; init; }

    /// <summary>Position (lineage:sequence) the answer was computed from.</summary>
    public required string Position { get; init; }

    /// <summary>Version asked for with <c>?version=</c>, where it was.</summary>
    public int? Version { get; init; }
}

/// <summary>Answer to a predict of several rows.</summary>
public sealed record PredictBatchResponse
{
    /// <summary>Model that answered.</summary>
    public required string Model { get; init; }

    /// <summary>Position the answers were computed from; one position for all rows.</summary>
    public required string Position { get; init; }

    /// <summary>Version asked for with <c>?version=</c>, where it was.</summary>
    public int? Version { get; init; }

    /// <summary>One answer per row, in order.</summary>
    public required IReadOnlyList<Prediction> Results { get; init; }
}
