namespace LifelongApi.Cli.Evaluation;

/// <summary>The last line of <c>evaluate --json</c>.</summary>
internal sealed record EvaluationReport
{
    /// <summary>Rows scored.</summary>
    public required long Rows { get; init; }

    /// <summary>Rows without a label or target, or not readable.</summary>
    public required long Errors { get; init; }

    /// <summary>For classes: share of right predictions.</summary>
    public double? Accuracy { get; init; }

    /// <summary>For classes: counts by actual, then predicted class.</summary>
    public IReadOnlyDictionary<string, SortedDictionary<string, long>>? Confusion { get; init; }

    /// <summary>For numbers: mean absolute error.</summary>
    public double? MeanAbsoluteError { get; init; }

    /// <summary>For numbers: root mean squared error.</summary>
    public double? RootMeanSquaredError { get; init; }

    /// <summary>Wall time.</summary>
    public required double Seconds { get; init; }

    /// <summary>Rows over seconds.</summary>
    public required double RowsPerSecond { get; init; }
}
