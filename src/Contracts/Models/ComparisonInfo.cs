namespace LifelongApi.Contracts.Models;

/// <summary>A follower beside the leader of its stream, on the same events: every answer was given before its event was learned.</summary>
public sealed record ComparisonInfo
{
    /// <summary>The follower.</summary>
    public required string Challenger { get; init; }

    /// <summary>The leader.</summary>
    public required string Leader { get; init; }

    /// <summary>Events after this sequence are compared.</summary>
    public required long Since { get; init; }

    /// <summary>Events up to this sequence were compared.</summary>
    public required long Sequence { get; init; }

    /// <summary>Sequences that are not compared yet; ask again.</summary>
    public required long Pending { get; init; }

    /// <summary>Events that were compared: those with a label or target that both models were scored on.</summary>
    public required long Events { get; init; }

    /// <summary><c>error</c>: share of wrong labels; <c>absoluteError</c>: mean absolute error. Lower is better.</summary>
    public required string Measure { get; init; }

    /// <summary>The measure for the leader; null before the first event.</summary>
    public double? LeaderScore { get; init; }

    /// <summary>The measure for the challenger; null before the first event.</summary>
    public double? ChallengerScore { get; init; }

    /// <summary>Mean of what is tested, in [−1, 1]; above 0 the challenger is better. For labels the difference of the errors; for values, of every event, (e − f) / (e + f) with the absolute errors e of the leader and f of the challenger.</summary>
    public required double Difference { get; init; }

    /// <summary>Lower end of the interval that holds the true mean at every time with probability 0.95.</summary>
    public required double DifferenceLow { get; init; }

    /// <summary>Upper end of it.</summary>
    public required double DifferenceHigh { get; init; }

    /// <summary>Evidence that the challenger is better: 1/α means that a model that is not would reach as much at any time with a probability of at most α. At most 10^300.</summary>
    public required double EvidenceBetter { get; init; }

    /// <summary>Evidence that the challenger is worse, in the same way.</summary>
    public required double EvidenceWorse { get; init; }

    /// <summary><c>better</c> or <c>worse</c> at α = 0.05, or <c>undecided</c>.</summary>
    public required string Verdict { get; init; }
}

/// <summary>Answer to <c>:promote</c>.</summary>
public sealed record PromotionResult
{
    /// <summary>The model that leads now.</summary>
    public required string Leader { get; init; }

    /// <summary>The model that led before and follows now.</summary>
    public required string Follower { get; init; }

    /// <summary>The stream.</summary>
    public required string Stream { get; init; }

    /// <summary>Position of the new leader: a new lineage at the same sequence.</summary>
    public required string Position { get; init; }
}
