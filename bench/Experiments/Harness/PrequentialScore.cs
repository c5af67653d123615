using System.Globalization;
using LifelongApi.Contracts.Learning;
using LifelongApi.Learning;
using LifelongApi.Learning.Evaluation.Quality;

namespace LifelongApi.Experiments.Harness;

/// <summary>Test-then-train scores of one pass over a stream, beside the no-change and the majority predictor who get the same labels as late.</summary>
/// <param name="labels">All labels in order.</param>
/// <param name="delay">Rows by which a label comes late.</param>
internal sealed class PrequentialScore(IReadOnlyCollection<string> labels, int delay)
{
    private readonly string[] _labels = [.. labels];
    private readonly Dictionary<string, int> _counts = [];

    /// <summary>Ids of the classes: a model that learns the rows in order gives them in order of appearance.</summary>
    private readonly Dictionary<string, int> _ids = labels.Distinct().Select((label, id) => (label, id)).ToDictionary();

    /// <summary>A window of the whole stream: its areas are exact.</summary>
    private readonly LabelQuality _quality = new(Math.Max(1, labels.Count));
    private string? _majority;
    private int _scored;
    private int _right;
    private int _rightNoChange;
    private int _rightMajority;

    /// <summary>Scores an answer to a row.</summary>
    public void Add(int index, PredictionBuffer prediction, IReadOnlyList<string> names)
    {
        if (delay > 0 && index <= delay)
        {
            // Nobody has seen a label yet, so nobody can answer.
            return;
        }

        var label = _labels[index];
        var answer = prediction.Label < 0 ? null : names[prediction.Label];
        var isRight = answer == label;
        _scored++;
        _right += isRight ? 1 : 0;
        if (index - delay - 1 >= 0)
        {
            var known = _labels[index - delay - 1];
            _counts[known] = _counts.GetValueOrDefault(known) + 1;
            _majority = _majority is null || _counts[known] > _counts[_majority] ? known : _majority;
            _rightNoChange += known == label ? 1 : 0;
            _rightMajority += _majority == label ? 1 : 0;
        }

        _quality.Add(prediction.Scores.AsSpan(0, prediction.Count), prediction.Label, _ids[label], -1, -1);
    }

    public StreamScore Summarise(double rate, long stateByteCount)
    {
        var accuracy = (double)_right / _scored;
        var noChange = (double)_rightNoChange / _scored;
        var quality = _quality.InWindow(new MetricSummary { Count = _scored });
        return new StreamScore(
            accuracy,
            quality.Auc ?? 0.5,
            quality.CalibrationError ?? 0,
            (accuracy - noChange) / (1d - noChange),
            noChange,
            (double)_rightMajority / _scored,
            rate,
            stateByteCount);
    }
}

/// <summary>Scores of one pass.</summary>
internal sealed record StreamScore(double Accuracy, double AreaUnderCurve, double CalibrationError, double KappaTemporal, double NoChange, double Majority, double Rate, long StateByteCount)
{
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"accuracy {Accuracy:F4}, AUC {AreaUnderCurve:F4}, calibration error {CalibrationError:F4}, kappa-temporal {KappaTemporal:F4}; no change {NoChange:F4}, majority {Majority:F4}; {Rate:F0} rows/s, {StateByteCount} bytes");
}
