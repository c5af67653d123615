namespace LifelongApi.Contracts.Learning;

/// <summary>
/// Why a model answered as it did: what each feature adds to the score of the answer. The score is the log-odds ln(p / (1 − p)) of the answered class, or the predicted number.
/// <c>score</c> = <c>baseline</c> + the contributions of all considered features + <c>interaction</c>.
/// </summary>
public sealed record Explanation
{
    /// <summary>Score of the answer.</summary>
    public required float Score { get; init; }

    /// <summary>The same score with all considered features left out.</summary>
    public required float Baseline { get; init; }

    /// <summary>What no feature adds alone: the score less the baseline and all contributions.</summary>
    public required float Interaction { get; init; }

    /// <summary>Features that were left out one by one.</summary>
    public required int Considered { get; init; }

    /// <summary>Features of the example; more than considered where it has more than are looked at.</summary>
    public required int Features { get; init; }

    /// <summary>The largest contributions, by magnitude.</summary>
    public required IReadOnlyList<FeatureContribution> Contributions { get; init; }
}

/// <summary>What one feature adds to the score.</summary>
public sealed record FeatureContribution
{
    /// <summary>Its name, for named features.</summary>
    public string? Feature { get; init; }

    /// <summary>Its number from 0, for vectors and images (row by row, channels last) and sparse input.</summary>
    public int? Index { get; init; }

    /// <summary>The part of the input that was covered, for models behind an encoder.</summary>
    public InputRegion? Region { get; init; }

    /// <summary>Score with the feature less score without it: above 0 it speaks for the answer.</summary>
    public required float Contribution { get; init; }
}
