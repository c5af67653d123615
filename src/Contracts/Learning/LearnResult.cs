namespace LifelongApi.Contracts.Learning;

/// <summary>What one learn event did: the prediction made before learning, and the three stages it went through.</summary>
public sealed record LearnResult
{
    /// <summary>What became of the event.</summary>
    public required LearnStatus Status { get; init; }

    /// <summary>Its id, given or made by the service.</summary>
    public string? EventId { get; init; }

    /// <summary>Position (lineage:sequence) after the event; for a duplicate, the position of the first one.</summary>
    public string? Position { get; init; }

    /// <summary>Its sequence in the stream.</summary>
    public long? Sequence { get; init; }

    /// <summary>The answer the model gave just before it learned.</summary>
    public Prediction? Prediction { get; init; }

    /// <summary>Loss of that answer: −ln p(label) for labels, squared error in units of the running variance for values. Null without a target.</summary>
    public float? Loss { get; init; }

    /// <summary>Local plasticity: root mean square change of the weights, by projection.</summary>
    public IReadOnlyDictionary<string, float>? Plasticity { get; init; }

    /// <summary>Neuromodulation: level of every modulator, in [0, 1].</summary>
    public IReadOnlyDictionary<string, float>? Modulators { get; init; }

    /// <summary>Protection: share of the proposed change that was held back to keep what was learned, in [0, 1], by projection.</summary>
    public IReadOnlyDictionary<string, float>? Protection { get; init; }

    /// <summary>Class balance: factor on the event's weight; null without <c>balance</c> in the spec, and where it was 1.</summary>
    public float? Balance { get; init; }

    /// <summary>With <c>entities</c> in the spec and an <c>entity</c> in the event: whether it had learned before. Else null.</summary>
    public bool? EntityKnown { get; init; }

    /// <summary>Drift: names of the modulators that detected it on this event; null where none did.</summary>
    public IReadOnlyList<string>? Drift { get; init; }

    /// <summary>For feedback: the earlier event, and what was learned from.</summary>
    public FeedbackInfo? Feedback { get; init; }

    /// <summary>Why the event was skipped, quarantined or refused.</summary>
    public string? Reason { get; init; }

    /// <summary>For a row of a stream that could not be read: its problem.</summary>
    public Problems.Problem? Error { get; init; }

    /// <summary>For durability <c>async</c>: highest sequence known to be committed.</summary>
    public long? DurableSequence { get; init; }
}

/// <summary>What became of a learn event. Numbers are stored and never change.</summary>
public enum LearnStatus
{
    /// <summary>Learned, with a target.</summary>
    Learned = 1,

    /// <summary>Observed, without a target.</summary>
    Observed = 2,

    /// <summary>Seen before with the same payload; the first outcome is returned and nothing changed.</summary>
    Duplicate = 3,

    /// <summary>Journalled, but the proposal was not finite or beyond bounds, so no weight changed.</summary>
    Skipped = 4,

    /// <summary>A row that could not be read; nothing was journalled.</summary>
    Rejected = 5,

    /// <summary>Answered and remembered, so that feedback may follow; nothing was learned.</summary>
    Predicted = 6,
}

/// <summary>Answer to a learn of several events.</summary>
public sealed record LearnBatchResponse
{
    /// <summary>One result per event, in order.</summary>
    public required IReadOnlyList<LearnResult> Results { get; init; }

    /// <summary>Position after the last event.</summary>
    public required string Position { get; init; }
}
