using LifelongApi.Contracts.Learning;

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

    /// <summary>For classes: areas under the curves, calibration error, Brier score, mean precision, recall and F1, as the service's metrics have them.</summary>
    public MetricSummary? Quality { get; init; }

    /// <summary>For classes: the same by actual class.</summary>
    public IReadOnlyDictionary<string, MetricSummary>? Classes { get; init; }

    /// <summary>For classes: counts by actual, then predicted class.</summary>
    public IReadOnlyDictionary<string, SortedDictionary<string, long>>? Confusion { get; init; }

    /// <summary>For numbers: mean absolute error.</summary>
    public double? MeanAbsoluteError { get; init; }

    /// <summary>For numbers: root mean squared error.</summary>
    public double? RootMeanSquaredError { get; init; }

    /// <summary>For numbers: share of their spread that is explained.</summary>
    public double? RSquared { get; init; }

    /// <summary>Wall time.</summary>
    public required double Seconds { get; init; }

    /// <summary>Rows over seconds.</summary>
    public required double RowsPerSecond { get; init; }
}
