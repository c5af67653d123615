using System.Runtime.InteropServices;
using LifelongApi.Contracts.Learning;
using LifelongApi.Learning.Evaluation.Quality;

namespace LifelongApi.Learning.Evaluation;

/// <summary>
/// Prequential (test-then-train, Dawid 1984) statistics of a model: every score is of the prediction made before learning.
/// A pure fold of the outcomes, in order, with no clock; a version stores it beside the state, so a restore takes the numbers back too.
/// One caller at a time; allocates only for classes and tasks that are new.
/// </summary>
public sealed partial class Prequential
{
    /// <summary>Largest log-loss of one event: −ln 10^-7.</summary>
    public const double LogLossCap = 16.118095650958319;

    private const int MaxWindow = 100_000;
    private readonly Score[] _ring;
    private readonly Dictionary<string, MetricTotals> _tasks = new(StringComparer.Ordinal);
    private readonly List<string> _taskOrder = [];
    private readonly long[] _statuses = new long[8];
    private Baselines _baselines = new();
    private Agreement _agreement;
    private LabelQuality _labelQuality;
    private ValueQuality _valueQuality;
    private MetricTotals[] _classes = [];
    private MetricTotals[] _outputs = [];
    private MetricTotals _total;
    private long _scored;
    private long _consolidations;

    /// <summary>Starts from nothing.</summary>
    /// <param name="isClassifier">Labels (accuracy, log-loss) or values (errors).</param>
    /// <param name="windowSize">Events in the window, 1 … 100,000.</param>
    public Prequential(bool isClassifier, int windowSize = 1000)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(windowSize, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(windowSize, MaxWindow);
        IsClassifier = isClassifier;
        _ring = new Score[windowSize];
        _agreement = new Agreement(isClassifier ? windowSize : 0);
        _labelQuality = new LabelQuality(windowSize);
        _valueQuality = new ValueQuality(windowSize);
    }

    /// <summary>Labels or values.</summary>
    public bool IsClassifier { get; }

    /// <summary>Detections of drift, which count by sequence and are taken in apart.</summary>
    public DriftLog Drift { get; } = new();

    private long WindowCount => Math.Min(_scored, _ring.Length);

    /// <summary>Takes in what one event did.</summary>
    /// <param name="outcome">The outcome.</param>
    /// <param name="task">Task the event belonged to, or null.</param>
    /// <param name="isExample">Whether the event carried features (<c>Learned</c>, <c>Observed</c>); a boundary or growth counts no status.</param>
    public void Update(Outcome outcome, string? task, bool isExample)
    {
        ArgumentNullException.ThrowIfNull(outcome);
        _consolidations += outcome.Consolidated ? 1 : 0;
        if (!isExample)
        {
            return;
        }

        _statuses[(int)outcome.Status & 7]++;
        if (!outcome.IsScored || (IsClassifier ? outcome.TargetLabel < 0 : outcome.TargetCount == 0))
        {
            return;
        }

        var score = IsClassifier ? ScoreLabel(outcome) : ScoreValues(outcome);
        _total.Add(score);
        var place = _scored % _ring.Length;
        _ring[place] = score;
        _scored++;
        if (task is not null)
        {
            ref var totals = ref CollectionsMarshal.GetValueRefOrAddDefault(_tasks, task, out var known);
            totals.Add(score);
            if (!known)
            {
                _taskOrder.Add(task);
            }
        }

        if (IsClassifier)
        {
            if (_classes.Length <= outcome.TargetLabel)
            {
                Array.Resize(ref _classes, Math.Max(16, Math.Max(outcome.TargetLabel + 1, _classes.Length * 2)));
            }

            _classes[outcome.TargetLabel].Add(score);
            var answer = outcome.Prediction;
            _labelQuality.Add(answer.Scores.AsSpan(0, answer.Count), answer.Label, outcome.TargetLabel, _baselines.LastLabel, _baselines.MajorityLabel, outcome.IsAbstained);
            var isNoChange = _baselines.UpdateLabel(outcome.TargetLabel);
            _agreement.Add(place, new Agreement.Answer(outcome.Prediction.Label, outcome.TargetLabel, isNoChange));
        }
        else
        {
            AddOutputs(outcome);
            _valueQuality.Add(outcome.Targets.AsSpan(0, outcome.TargetCount));
            _baselines.UpdateValues(outcome.Targets.AsSpan(0, outcome.TargetCount));
        }
    }

    /// <summary>The numbers as the wire shows them.</summary>
    /// <param name="position">Position they belong to.</param>
    /// <param name="labels">Class names by id.</param>
    /// <param name="modulators">Present level of every modulator.</param>
    /// <returns>The metrics.</returns>
    public ModelMetrics Summarise(string position, IReadOnlyList<string> labels, IReadOnlyDictionary<string, float> modulators)
    {
        ArgumentNullException.ThrowIfNull(labels);
        var window = default(MetricTotals);
        for (var i = 0; i < WindowCount; i++)
        {
            window.Add(_ring[i]);
        }

        var classes = new Dictionary<string, MetricSummary>();
        for (var i = 0; i < Math.Min(_classes.Length, labels.Count); i++)
        {
            classes[labels[i]] = _labelQuality.InClass(i, _classes[i].Summarise(isClassifier: true));
        }

        return new ModelMetrics
        {
            Position = position,
            Total = SummariseTotal(),
            Window = SummariseWindow(window),
            WindowSize = _ring.Length,
            Classes = IsClassifier ? classes : null,
            Confusion = _labelQuality.Confusion(labels),
            Calibration = _labelQuality.CalibrationBins(),
            Outputs = _outputs.Length == 0 ? null : [.. _outputs.Select(totals => totals.Summarise(isClassifier: false))],
            Tasks = _taskOrder.Count == 0 ? null : _taskOrder.ToDictionary(name => name, name => _tasks[name].Summarise(IsClassifier)),
            Baselines = SummariseBaselines(),
            Modulators = modulators,
            Events = new Dictionary<string, long>
            {
                ["learned"] = _statuses[(int)LearnStatus.Learned],
                ["observed"] = _statuses[(int)LearnStatus.Observed],
                ["skipped"] = _statuses[(int)LearnStatus.Skipped],
            },
            Consolidations = _consolidations,
        };
    }

    private MetricSummary SummariseTotal() => IsClassifier
        ? _labelQuality.InTotal(_agreement.InTotal(_total.Summarise(true), _total.Right, _classes, _baselines.NoChangeRight))
        : _valueQuality.InTotal(_total.Summarise(false));

    private MetricSummary SummariseWindow(in MetricTotals window) => IsClassifier
        ? _labelQuality.InWindow(_agreement.InWindow(window.Summarise(true), window.Right))
        : _valueQuality.InWindow(window.Summarise(false));

    private BaselineMetrics SummariseBaselines()
    {
        var plain = _baselines.Summarise(IsClassifier);
        return IsClassifier
            ? new BaselineMetrics { NoChange = _labelQuality.InNoChange(plain.NoChange), Majority = _labelQuality.InMajority(plain.Majority) }
            : new BaselineMetrics { NoChange = _valueQuality.InTotal(plain.NoChange), Majority = _valueQuality.InTotal(plain.Majority) };
    }

    /// <summary>Errors of each number on its own. Statistics that were stored before they were kept begin now, and their counts say so.</summary>
    private void AddOutputs(Outcome outcome)
    {
        if (outcome.TargetCount < 2)
        {
            return;
        }

        if (_outputs.Length < outcome.TargetCount)
        {
            Array.Resize(ref _outputs, outcome.TargetCount);
        }

        for (var i = 0; i < outcome.TargetCount; i++)
        {
            var error = (i < outcome.Prediction.Count ? outcome.Prediction.Scores[i] : 0f) - outcome.Targets[i];
            _outputs[i].Add(new Score(false, 0, Math.Abs(error), error * error));
        }
    }

    private static Score ScoreLabel(Outcome outcome)
    {
        // A loss that is not finite is that of a class the model could not name yet.
        var loss = float.IsFinite(outcome.Loss) ? Math.Clamp(outcome.Loss, 0, LogLossCap) : LogLossCap;
        return new Score(outcome.Prediction.Label == outcome.TargetLabel, loss, 0, 0);
    }

    private static Score ScoreValues(Outcome outcome)
    {
        var absolute = 0.0;
        var squared = 0.0;
        for (var i = 0; i < outcome.TargetCount; i++)
        {
            var predicted = i < outcome.Prediction.Count ? outcome.Prediction.Scores[i] : 0f;
            var error = predicted - outcome.Targets[i];
            absolute += Math.Abs(error);
            squared += error * error;
        }

        return new Score(false, 0, absolute / outcome.TargetCount, squared / outcome.TargetCount);
    }
}
