using LifelongApi.Contracts.Learning;

namespace LifelongApi.Learning.Evaluation.Quality;

/// <summary>
/// What a classifier's probabilities are worth: areas under the curves, calibration, Brier score, precision and recall, in total and over a window.
/// A pure fold of the answers in order. Memory is bounded by the window and the first <see cref="ConfusionCounts.MaxClasses"/> classes; the window is exact,
/// the areas of the total are those of <see cref="ScoreHistogram"/> with the bound of their error.
/// </summary>
/// <remarks>
/// A class that the model did not know yet had probability 0. Brier = Σ_k (p(k) − y(k))² (Brier 1950, 0 … 2). Areas are one against the rest, and their unweighted mean
/// over the classes for which they are defined (macro); an area under the curve needs examples of the class and of others.
/// </remarks>
internal sealed class LabelQuality
{
    /// <summary>Without abstentions.</summary>
    private const byte FirstFormat = 1;
    private const byte Format = 2;
    private readonly Answer[] _ring;
    private readonly List<float[]> _scores = [];
    private readonly List<ScoreHistogram> _histograms = [];
    private ConfusionCounts _confusion = new();
    private ConfusionCounts _noChange = new();
    private ConfusionCounts _majority = new();
    private Calibration _calibration = new();
    private double _brier;
    private Abstentions _abstentions;

    /// <summary>Starts from nothing.</summary>
    /// <param name="windowSize">Events in the window, 1 or more.</param>
    public LabelQuality(int windowSize) => _ring = new Answer[windowSize];

    /// <summary>Answers taken in.</summary>
    public long Count => _confusion.Count;

    /// <summary>Examples of one of the classes that are told apart.</summary>
    public long Support(int label) => _confusion.Support(label);

    private int WindowCount => (int)Math.Min(Count, _ring.Length);

    /// <summary>Takes in an answer.</summary>
    /// <param name="scores">Probability of every class known then, by id.</param>
    /// <param name="answer">The answered class; −1: none.</param>
    /// <param name="target">The true class.</param>
    /// <param name="noChange">What the no-change classifier answers; −1: none.</param>
    /// <param name="majority">What the majority classifier answers; −1: none.</param>
    /// <param name="isAbstained">Whether the answer was withheld.</param>
    public void Add(ReadOnlySpan<float> scores, int answer, int target, int noChange, int majority, bool isAbstained = false)
    {
        Track(Math.Max(scores.Length, target + 1));
        var place = (int)(Count % _ring.Length);
        for (var label = 0; label < _scores.Count; label++)
        {
            var score = label < scores.Length ? scores[label] : 0f;
            _scores[label][place] = score;
            _histograms[label].Add(score, label == target);
        }

        var brier = Brier(scores, target);
        _brier += brier;
        var confidence = answer >= 0 && answer < scores.Length ? scores[answer] : 0f;
        _ring[place] = new Answer(answer, target, confidence, brier, isAbstained);
        _abstentions.Add(isAbstained, answer == target);
        if (answer >= 0)
        {
            _calibration.Add(confidence, answer == target);
        }

        _confusion.Add(answer, target);
        _noChange.Add(noChange, target);
        _majority.Add(majority, target);
    }

    /// <summary>Adds the measures of the total to its summary.</summary>
    /// <param name="total">The summary; unchanged where it counts events that were not taken in here.</param>
    public MetricSummary InTotal(MetricSummary total)
    {
        if (total.Count != Count || Count == 0)
        {
            return total;
        }

        var areas = Mean(_histograms.Select(histogram => histogram.AreaUnderCurve()));
        var precisions = Mean(_histograms.Select(histogram => histogram.AveragePrecision()));
        return _abstentions.In(With(total, _confusion, _calibration, _brier)) with
        {
            Auc = areas?.Value,
            AucError = areas?.Error,
            PrAuc = precisions?.Value,
            PrAucError = precisions?.Error,
        };
    }

    /// <summary>Adds the measures of the window to its summary, without bins.</summary>
    /// <param name="window">The summary; unchanged where it counts events that were not taken in here.</param>
    public MetricSummary InWindow(MetricSummary window)
    {
        if (window.Count != WindowCount || Count == 0)
        {
            return window;
        }

        var (confusion, calibration, brier, abstentions) = (new ConfusionCounts(), new Calibration(), 0d, default(Abstentions));
        foreach (var answer in _ring.AsSpan(0, WindowCount))
        {
            confusion.Add(answer.Predicted, answer.Target);
            abstentions.Add(answer.IsAbstained, answer.Predicted == answer.Target);
            brier += answer.Brier;
            if (answer.Predicted >= 0)
            {
                calibration.Add(answer.Confidence, answer.Predicted == answer.Target);
            }
        }

        var ranked = Enumerable.Range(0, _scores.Count).Select(RankWindow).ToArray();
        return abstentions.In(With(window, confusion, calibration, brier)) with
        {
            Auc = ranked.Average(pair => pair.AreaUnderCurve),
            PrAuc = ranked.Average(pair => pair.AveragePrecision),
        };
    }

    /// <summary>Adds the measures of a class to its summary.</summary>
    /// <param name="label">The class.</param>
    /// <param name="summary">Its summary; unchanged for classes that are not told apart, and where it counts events that were not taken in here.</param>
    public MetricSummary InClass(int label, MetricSummary summary)
    {
        if (label >= _histograms.Count || summary.Count != _confusion.Support(label))
        {
            return summary;
        }

        var (precision, recall, f1) = _confusion.Of(label);
        var (area, average) = (_histograms[label].AreaUnderCurve(), _histograms[label].AveragePrecision());
        return summary with
        {
            Precision = precision,
            Recall = recall,
            F1 = f1,
            Auc = area?.Value,
            AucError = area?.Error,
            PrAuc = average?.Value,
            PrAucError = average?.Error,
        };
    }

    /// <summary>Adds the measures of the no-change classifier, which says its class with probability 1.</summary>
    public MetricSummary InNoChange(MetricSummary summary) => InBaseline(summary, _noChange);

    /// <summary>Adds the measures of the majority classifier, which says its class with probability 1.</summary>
    public MetricSummary InMajority(MetricSummary summary) => InBaseline(summary, _majority);

    /// <summary>The confusion matrix of all events taken in.</summary>
    public ConfusionMetrics? Confusion(IReadOnlyList<string> labels) => Count == 0 ? null : _confusion.Summarise(labels);

    /// <summary>The bins of the calibration error of all events taken in.</summary>
    public IReadOnlyList<CalibrationBin>? CalibrationBins() => Count == 0 ? null : _calibration.Bins();

    /// <summary>The state as bytes.</summary>
    public void Write(BinaryWriter writer)
    {
        writer.Write(Format);
        writer.Write(_scores.Count);
        _confusion.Write(writer);
        _noChange.Write(writer);
        _majority.Write(writer);
        _calibration.Write(writer);
        writer.Write(_brier);
        writer.Write(_abstentions.Count);
        writer.Write(_abstentions.Answered);
        writer.Write(_abstentions.Right);
        foreach (var histogram in _histograms)
        {
            histogram.Write(writer);
        }

        for (var i = 0; i < WindowCount; i++)
        {
            writer.Write(_ring[i].Predicted);
            writer.Write(_ring[i].Target);
            writer.Write(_ring[i].Confidence);
            writer.Write(_ring[i].Brier);
            writer.Write(_ring[i].IsAbstained);
            foreach (var scores in _scores)
            {
                writer.Write(scores[i]);
            }
        }
    }

    /// <summary>Reads a state.</summary>
    /// <exception cref="InvalidDataException">The bytes are something else.</exception>
    public static LabelQuality Read(BinaryReader reader, int windowSize)
    {
        var format = reader.ReadByte();
        if (format is not (FirstFormat or Format))
        {
            throw new InvalidDataException("The stored statistics of labels have an unknown format.");
        }

        var quality = new LabelQuality(windowSize);
        quality.Track(reader.ReadInt32());
        quality._confusion = ConfusionCounts.Read(reader);
        quality._noChange = ConfusionCounts.Read(reader);
        quality._majority = ConfusionCounts.Read(reader);
        quality._calibration = Calibration.Read(reader);
        quality._brier = reader.ReadDouble();
        quality._abstentions = format == FirstFormat
            ? new Abstentions { Answered = quality.Count, Right = quality._confusion.Right }
            : new Abstentions { Count = reader.ReadInt64(), Answered = reader.ReadInt64(), Right = reader.ReadInt64() };
        for (var label = 0; label < quality._histograms.Count; label++)
        {
            quality._histograms[label] = ScoreHistogram.Read(reader);
        }

        for (var i = 0; i < quality.WindowCount; i++)
        {
            quality._ring[i] = new Answer(reader.ReadInt32(), reader.ReadInt32(), reader.ReadSingle(), reader.ReadDouble(), format != FirstFormat && reader.ReadBoolean());
            if (quality._ring[i].Target < 0 || quality._ring[i].Predicted < -1)
            {
                throw new InvalidDataException("The stored statistics name a class that cannot be.");
            }

            foreach (var scores in quality._scores)
            {
                scores[i] = reader.ReadSingle();
            }
        }

        return quality;
    }

    private static MetricSummary With(MetricSummary summary, ConfusionCounts confusion, Calibration calibration, double brier)
    {
        var (precision, recall, f1) = confusion.Macro(ConfusionCounts.MaxClasses);
        return summary with
        {
            Precision = precision,
            Recall = recall,
            F1 = f1,
            Brier = brier / confusion.Count,
            CalibrationError = calibration.Error(),
        };
    }

    private static (double Value, double Error)? Mean(IEnumerable<(double Value, double Error)?> areas)
    {
        var (value, error, count) = (0d, 0d, 0);
        foreach (var area in areas)
        {
            if (area is { } known)
            {
                value += known.Value;
                error += known.Error;
                count++;
            }
        }

        return count == 0 ? null : (value / count, error / count);
    }

    private static double Brier(ReadOnlySpan<float> scores, int target)
    {
        var sum = 0d;
        for (var label = 0; label < scores.Length; label++)
        {
            var difference = scores[label] - (label == target ? 1d : 0d);
            sum += difference * difference;
        }

        return target < scores.Length ? sum : sum + 1d;
    }

    private MetricSummary InBaseline(MetricSummary summary, ConfusionCounts counts)
    {
        if (summary.Count != Count || Count == 0)
        {
            return summary;
        }

        var (precision, recall, f1) = counts.Macro(ConfusionCounts.MaxClasses);
        var (area, average) = counts.MacroAreas(ConfusionCounts.MaxClasses);
        var wrong = counts.Count - counts.Unanswered - counts.Right;
        return summary with
        {
            Precision = precision,
            Recall = recall,
            F1 = f1,
            Auc = area,
            PrAuc = average,
            Brier = ((2d * wrong) + counts.Unanswered) / counts.Count,
            CalibrationError = counts.Count == counts.Unanswered ? null : (double)wrong / (counts.Count - counts.Unanswered),
        };
    }

    private (double? AreaUnderCurve, double? AveragePrecision) RankWindow(int label)
    {
        var isPositive = new bool[WindowCount];
        for (var i = 0; i < isPositive.Length; i++)
        {
            isPositive[i] = _ring[i].Target == label;
        }

        return ExactRanking.Of(_scores[label][..isPositive.Length], isPositive);
    }

    private void Track(int classes)
    {
        while (_scores.Count < Math.Min(classes, ConfusionCounts.MaxClasses))
        {
            _scores.Add(new float[_ring.Length]);
            var histogram = new ScoreHistogram();
            histogram.AddUnknown(Count);
            _histograms.Add(histogram);
        }
    }

    private readonly record struct Answer(int Predicted, int Target, float Confidence, double Brier, bool IsAbstained);

    /// <summary>Answers that were withheld, and how right the others were.</summary>
    private struct Abstentions
    {
        public long Count { get; set; }

        public long Answered { get; set; }

        public long Right { get; set; }

        public void Add(bool isAbstained, bool isRight)
        {
            Count += isAbstained ? 1 : 0;
            Answered += isAbstained ? 0 : 1;
            Right += !isAbstained && isRight ? 1 : 0;
        }

        public readonly MetricSummary In(MetricSummary summary) =>
            Count == 0 ? summary : summary with { Abstained = Count, AnsweredAccuracy = Answered == 0 ? null : (double)Right / Answered };
    }
}
