namespace LifelongApi.Contracts.Learning;

/// <summary>Prequential (test-then-train) metrics of a model: every number is from predictions made before learning.</summary>
public sealed record ModelMetrics
{
    /// <summary>Position the numbers belong to.</summary>
    public required string Position { get; init; }

    /// <summary>Over all scored events.</summary>
    public required MetricSummary Total { get; init; }

    /// <summary>Over the last <c>windowSize</c> scored events.</summary>
    public required MetricSummary Window { get; init; }

    /// <summary>Events in a full window.</summary>
    public required int WindowSize { get; init; }

    /// <summary>By class, for labels; <c>count</c> is its support.</summary>
    public IReadOnlyDictionary<string, MetricSummary>? Classes { get; init; }

    /// <summary>Answered against true classes, for labels.</summary>
    public ConfusionMetrics? Confusion { get; init; }

    /// <summary>Confidence against accuracy in ten bins, those that hold answers; for labels.</summary>
    public IReadOnlyList<CalibrationBin>? Calibration { get; init; }

    /// <summary>By predicted number, in the order of <c>target</c>; null for labels and where one number is predicted.</summary>
    public IReadOnlyList<MetricSummary>? Outputs { get; init; }

    /// <summary>By task.</summary>
    public IReadOnlyDictionary<string, MetricSummary>? Tasks { get; init; }

    /// <summary>What simple predictors would have scored on the same events.</summary>
    public required BaselineMetrics Baselines { get; init; }

    /// <summary>How unusual events were, for target kind <c>anomaly</c>; else null.</summary>
    public AnomalyMetrics? Anomalies { get; init; }

    /// <summary>Present level of every modulator.</summary>
    public required IReadOnlyDictionary<string, float> Modulators { get; init; }

    /// <summary>Drift that its modulators detected; null where none of them detects any.</summary>
    public DriftMetrics? Drift { get; init; }

    /// <summary>Events by what became of them, e.g. <c>learned</c>, <c>observed</c>, <c>skipped</c>.</summary>
    public required IReadOnlyDictionary<string, long> Events { get; init; }

    /// <summary>Consolidations so far (anchors moved).</summary>
    public required long Consolidations { get; init; }

    /// <summary>How it does on every task of its stream; null where no task ended and no probe set was uploaded, where it was not asked for, and while the store is away.</summary>
    public ScenarioMetrics? Scenario { get; init; }
}

/// <summary>Detections of drift.</summary>
public sealed record DriftMetrics
{
    /// <summary>How many there were.</summary>
    public required long Count { get; init; }

    /// <summary>The last 100, oldest first.</summary>
    public required IReadOnlyList<DriftDetection> Last { get; init; }
}

/// <summary>One detection of drift.</summary>
/// <param name="Sequence">Event on which it was made.</param>
/// <param name="Modulator">Modulator that made it.</param>
public sealed record DriftDetection(long Sequence, string Modulator);

/// <summary>Metrics over a set of scored events. Accuracy and log-loss for labels, errors for values.</summary>
public sealed record MetricSummary
{
    /// <summary>Scored events.</summary>
    public required long Count { get; init; }

    /// <summary>Share of right labels, in [0, 1].</summary>
    public double? Accuracy { get; init; }

    /// <summary>Mean of −ln p(label), each at most −ln 10^-7.</summary>
    public double? LogLoss { get; init; }

    /// <summary>Mean absolute error in the target's own units.</summary>
    public double? MeanAbsoluteError { get; init; }

    /// <summary>Root mean squared error in the target's own units.</summary>
    public double? RootMeanSquaredError { get; init; }

    /// <summary>Cohen's kappa: accuracy beyond chance agreement, 1 at most; for labels, in the total and the window.</summary>
    public double? Kappa { get; init; }

    /// <summary>Kappa-temporal (Žliobaitė et al. 2015): accuracy beyond the no-change baseline, 1 at most, 0 for what that baseline reaches; for labels, in the total and the window.</summary>
    public double? KappaTemporal { get; init; }

    /// <summary>Area under the ROC curve, one class against the rest; of several classes the unweighted mean. 0.5 is chance.</summary>
    public double? Auc { get; init; }

    /// <summary>Bound of the error of <c>auc</c> where it is made from binned probabilities.</summary>
    public double? AucError { get; init; }

    /// <summary>Area under the precision-recall curve (average precision), one class against the rest; of several classes the unweighted mean. Chance is the class's share.</summary>
    public double? PrAuc { get; init; }

    /// <summary>Bound of the error of <c>prAuc</c> where it is made from binned probabilities.</summary>
    public double? PrAucError { get; init; }

    /// <summary>Expected calibration error over ten bins: mean distance of confidence and accuracy, in [0, 1].</summary>
    public double? CalibrationError { get; init; }

    /// <summary>Brier score: mean of Σ over classes of (probability − truth)², in [0, 2].</summary>
    public double? Brier { get; init; }

    /// <summary>Of a class: share of its answers that were right. Of several: unweighted mean.</summary>
    public double? Precision { get; init; }

    /// <summary>Of a class: share of its examples that were answered rightly. Of several: unweighted mean (balanced accuracy).</summary>
    public double? Recall { get; init; }

    /// <summary>Of a class: harmonic mean of precision and recall. Of several: unweighted mean.</summary>
    public double? F1 { get; init; }

    /// <summary>Share of the targets' spread that is explained, 1 at most, 0 for the mean of the same events.</summary>
    public double? RSquared { get; init; }
}

/// <summary>Baselines on the same events, in the same units.</summary>
public sealed record BaselineMetrics
{
    /// <summary>Always the last label or value.</summary>
    public required MetricSummary NoChange { get; init; }

    /// <summary>Always the most frequent label so far, or the running mean.</summary>
    public required MetricSummary Majority { get; init; }
}
