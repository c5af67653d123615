using System.Globalization;
using LifelongApi.Learning;

namespace LifelongApi.Experiments.Harness;

/// <summary>Test-then-train scores of one pass over a stream, beside the no-change and the majority predictor who get the same labels as late.</summary>
/// <param name="labels">All labels in order.</param>
/// <param name="delay">Rows by which a label comes late.</param>
internal sealed class PrequentialScore(IEnumerable<string> labels, int delay)
{
    private const int Bins = 10;
    private readonly string[] _labels = [.. labels];
    private readonly Dictionary<string, int> _counts = [];
    private readonly List<(double Score, bool IsPositive)> _ranks = [];
    private readonly (double Confidence, int Right, int Count)[] _bins = new (double, int, int)[Bins];
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

        if (answer is not null)
        {
            var confidence = prediction.Scores[prediction.Label];
            ref var bin = ref _bins[Math.Clamp((int)(confidence * Bins), 0, Bins - 1)];
            bin = (bin.Confidence + confidence, bin.Right + (isRight ? 1 : 0), bin.Count + 1);
        }

        // The area under the curve is of the first label of the stream against the rest.
        var positive = names.Count == 0 ? -1 : names.ToList().IndexOf(_labels[0]);
        _ranks.Add((positive >= 0 && positive < prediction.Count ? prediction.Scores[positive] : 0.5, label == _labels[0]));
    }

    public StreamScore Summarise(double rate, long stateByteCount)
    {
        var accuracy = (double)_right / _scored;
        var noChange = (double)_rightNoChange / _scored;
        return new StreamScore(
            accuracy,
            AreaUnderCurve(),
            _bins.Sum(bin => Math.Abs(bin.Confidence - bin.Right)) / _scored,
            (accuracy - noChange) / (1d - noChange),
            noChange,
            (double)_rightMajority / _scored,
            rate,
            stateByteCount);
    }

    /// <summary>Hanley and McNeil 1982: the share of pairs in the right order, ties by half.</summary>
    private double AreaUnderCurve()
    {
        var positives = _ranks.Count(pair => pair.IsPositive);
        var (below, area) = (0d, 0d);
        foreach (var tie in _ranks.GroupBy(pair => pair.Score).OrderBy(group => group.Key))
        {
            var (up, down) = (tie.Count(pair => pair.IsPositive), tie.Count(pair => !pair.IsPositive));
            area += up * (below + (down / 2d));
            below += down;
        }

        return area / ((double)positives * (_ranks.Count - positives));
    }
}

/// <summary>Scores of one pass.</summary>
internal sealed record StreamScore(double Accuracy, double AreaUnderCurve, double CalibrationError, double KappaTemporal, double NoChange, double Majority, double Rate, long StateByteCount)
{
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"accuracy {Accuracy:F4}, AUC {AreaUnderCurve:F4}, calibration error {CalibrationError:F4}, kappa-temporal {KappaTemporal:F4}; no change {NoChange:F4}, majority {Majority:F4}; {Rate:F0} rows/s, {StateByteCount} bytes");
}
