using LifelongApi.Contracts.Learning;
using LifelongApi.Learning.Evaluation.Quality;

namespace LifelongApi.Cli.Evaluation;

/// <summary>The measures of the service's metrics over the rows of a file.</summary>
internal sealed class PredictionQuality
{
    // The total is kept in bins, whatever the length of the file: no window is needed.
    private readonly LabelQuality _labels = new(windowSize: 1);
    private readonly ValueQuality _values = new(windowSize: 1);
    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private float[] _scores = [];
    private double[] _targets = [];

    internal void Add(string actual, Prediction prediction)
    {
        foreach (var name in prediction.Probabilities?.Keys ?? [])
        {
            Id(name);
        }

        var known = _ids.Count;
        Array.Resize(ref _scores, Math.Max(_scores.Length, known));
        _scores.AsSpan().Clear();
        foreach (var (name, probability) in prediction.Probabilities ?? new Dictionary<string, float>())
        {
            _scores[Id(name)] = probability;
        }

        if (prediction is { Probabilities: null, Label: { } only, Probability: { } alone } && Id(only) < known)
        {
            _scores[Id(only)] = alone;
        }

        _labels.Add(_scores.AsSpan(0, known), prediction.MostProbable() is { } answer ? Id(answer) : -1, Id(actual), -1, -1, prediction.Abstained == true);
    }

    internal void Add(IReadOnlyList<double> target)
    {
        Array.Resize(ref _targets, target.Count);
        for (var i = 0; i < _targets.Length; i++)
        {
            _targets[i] = target[i];
        }

        _values.Add(_targets);
    }

    internal MetricSummary? OfLabels() => _labels.Count == 0 ? null : _labels.InTotal(new MetricSummary { Count = _labels.Count });

    internal IReadOnlyDictionary<string, MetricSummary>? OfClasses()
    {
        if (_labels.Count == 0)
        {
            return null;
        }

        var names = _ids.OrderBy(pair => pair.Value).Select(pair => pair.Key).ToArray();
        var classes = new SortedDictionary<string, MetricSummary>(ConfusionMatrix.Order);
        for (var id = 0; id < Math.Min(names.Length, ConfusionCounts.MaxClasses); id++)
        {
            classes[names[id]] = _labels.InClass(id, new MetricSummary { Count = _labels.Support(id) });
        }

        return classes;
    }

    internal double? RSquared(double squaredError) =>
        _values.Count == 0 ? null : _values.InTotal(new MetricSummary { Count = _values.Count, RootMeanSquaredError = Math.Sqrt(squaredError / _values.Count / _targets.Length) }).RSquared;

    private int Id(string name)
    {
        if (!_ids.TryGetValue(name, out var id))
        {
            _ids[name] = id = _ids.Count;
        }

        return id;
    }
}
