namespace LifelongApi.Contracts.Learning;

/// <summary>What a model answers for one set of features.</summary>
public record Prediction
{
    /// <summary>Most probable class, for target kind <c>label</c>; null before the first label was seen, and where it is withheld.</summary>
    public string? Label { get; init; }

    /// <summary>Whether the label is withheld because its probability is below <c>abstainBelow</c>; null where it is not. The probabilities are given all the same.</summary>
    public bool? Abstained { get; init; }

    /// <summary>Probability of the most probable class, in [0, 1].</summary>
    public float? Probability { get; init; }

    /// <summary>Probability of every known class.</summary>
    public IReadOnlyDictionary<string, float>? Probabilities { get; init; }

    /// <summary>Predicted numbers, for target kind <c>value</c>.</summary>
    public IReadOnlyList<float>? Values { get; init; }

    /// <summary>What each feature adds to the answer, where it was asked for.</summary>
    public Explanation? Explanation { get; init; }

    /// <summary>The label, or the one that was withheld.</summary>
    /// <returns>The most probable class; null where there is none.</returns>
    public string? MostProbable() => Label ?? (Probabilities is { Count: > 0 } known ? known.MaxBy(pair => pair.Value).Key : null);

    /// <summary>For target kind <c>anomaly</c>: how unusual the example is. 0 is the median of the last events, 1 the threshold; not limited. Null before enough events were seen.</summary>
    public float? Score { get; init; }

    /// <summary>For target kind <c>anomaly</c>: whether the score is above 1.</summary>
    public bool? IsAnomaly { get; init; }

    /// <summary>For target kind <c>anomaly</c>: −ln of the probability density of the standardised example, up to a constant.</summary>
    public float? Surprise { get; init; }

    /// <summary>With <c>entities</c> in the spec and an <c>entity</c> in the question: whether it had learned before. Where it had not, the answer is the shared model's. Else null.</summary>
    public bool? EntityKnown { get; init; }

    /// <summary>Number of the context that the features were found to belong to, 0 for the first that opened; null where the model infers none.</summary>
    public int? Context { get; init; }
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

    /// <summary>Withhold the label where its probability is below this, 0 … 1; null: as the spec says, 0: always answer.</summary>
    public float? AbstainBelow { get; init; }

    /// <summary>Say what each feature adds to the answer. Only with <c>features</c>, and not with <c>labels</c>.</summary>
    public bool? Explain { get; init; }

    /// <summary>Contributions to say with <c>explain</c>, 1 … 1000; null: 10.</summary>
    public int? Top { get; init; }

    /// <summary>Journal the question as an event, so that feedback may follow. Needs the scope <c>learn</c>. Not together with <c>labels</c> or <c>?version=</c>.</summary>
    public bool? Remember { get; init; }

    /// <summary>With <c>remember</c>: id of the event; the service makes one where it is missing.</summary>
    public string? EventId { get; init; }

    /// <summary>With <c>remember</c> and <c>rows</c>: one id per row.</summary>
    public IReadOnlyList<string>? EventIds { get; init; }

    /// <summary>With <c>remember</c>: person whose erasure removes the payload.</summary>
    public string? Subject { get; init; }
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

    /// <summary>With <c>remember</c>: id of the event, to send feedback for.</summary>
    public string? EventId { get; init; }

    /// <summary>With <c>remember</c>: <c>predicted</c>, or <c>duplicate</c> where the id was used before with the same features; the first answer is returned.</summary>
    public LearnStatus? Status { get; init; }
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

    /// <summary>With <c>remember</c>: ids of the events, one per row.</summary>
    public IReadOnlyList<string>? EventIds { get; init; }

    /// <summary>One answer per row, in order.</summary>
    public required IReadOnlyList<Prediction> Results { get; init; }
}
