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
