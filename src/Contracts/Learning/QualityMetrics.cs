namespace LifelongApi.Contracts.Learning;

/// <summary>How often each class was answered as which, over all scored events. The first 32 classes are told apart.</summary>
public sealed record ConfusionMetrics
{
    /// <summary>The classes, in order of appearance: rows and columns of <c>counts</c>.</summary>
    public required IReadOnlyList<string> Labels { get; init; }

    /// <summary>A row per true class, a column per answered class.</summary>
    public required IReadOnlyList<IReadOnlyList<long>> Counts { get; init; }

    /// <summary>By true class: answers that were no class yet.</summary>
    public required IReadOnlyList<long> Unanswered { get; init; }

    /// <summary>By true class: answers that were a class beyond the first 32; null where there are no more.</summary>
    public IReadOnlyList<long>? Other { get; init; }

    /// <summary>The row of all true classes beyond the first 32: a column per answered class, and one for answers beyond the first 32; null where there are no more.</summary>
    public IReadOnlyList<long>? OtherCounts { get; init; }
}

/// <summary>Answers of about the same confidence: one bin of the calibration error.</summary>
public sealed record CalibrationBin
{
    /// <summary>Lowest confidence in the bin; it is 0.1 wide.</summary>
    public required double From { get; init; }

    /// <summary>Answers in it.</summary>
    public required long Count { get; init; }

    /// <summary>Their mean probability of the answered class.</summary>
    public required double Confidence { get; init; }

    /// <summary>Share of them that was right.</summary>
    public required double Accuracy { get; init; }
}
