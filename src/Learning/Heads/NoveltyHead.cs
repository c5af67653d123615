using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Modulators;
using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.Projections;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Heads;

/// <summary>
/// How unusual an event is. Surprise s = −ln Σ_j exp(drive_j), the logarithmic loss of the clusters below (Yamanishi et al. 2004, section 4); score = (s − median) / (threshold − median),
/// where median and threshold are exact quantiles of the surprises of the last events, kept in order. An event is an anomaly where its score is above 1.
/// </summary>
/// <remarks>Reserves: surprises of the last events in order of size [memory], how many, and events and anomalies so far in Read; the same in order of arrival and whether each was an anomaly [memory] in Plastic.</remarks>
public sealed class NoveltyHead : IHead
{
    /// <summary>Surprises that it takes to have a score.</summary>
    public const int Fewest = 50;

    private const float LargestSurprise = 1.5f;
    private const float Narrowest = 1e-3f;
    private static readonly double[] Quantiles = [0.1, 0.5, 0.9, 0.99];
    private readonly ClusterProjection _clusters;
    private readonly NoveltySignal _signal;
    private readonly int _memory;
    private readonly double _quantile;
    private readonly Slot _sorted;
    private readonly Slot _counts;
    private readonly Slot _arrived;
    private readonly Slot _flags;

    /// <summary>Reserves the memory.</summary>
    /// <param name="layout">Layout of the program.</param>
    /// <param name="clusters">The projection to the last population.</param>
    /// <param name="signal">Where to tell others.</param>
    /// <param name="spec">Memory.</param>
    /// <param name="quantile">Share of the last events that is taken for normal.</param>
    public NoveltyHead(LayoutBuilder layout, ClusterProjection clusters, NoveltySignal signal, NoveltyHeadSpec spec, double quantile)
    {
        _clusters = clusters;
        _signal = signal;
        _memory = spec.Memory;
        _quantile = quantile;
        _sorted = layout.Vector(Region.Read, "head.surprises", _memory);
        _counts = layout.Vector(Region.Read, "head.noveltyCounts", 4);
        _arrived = layout.Vector(Region.Plastic, "head.lastSurprises", _memory);
        _flags = layout.Vector(Region.Plastic, "head.lastAnomalies", _memory);
    }

    /// <inheritdoc/>
    public void Read(int classCount, in StepContext step, PredictionBuffer prediction)
    {
        var surprise = Surprise(step);
        var window = Window(step);
        var score = float.NaN;
        if (window.Length >= Fewest && float.IsFinite(surprise))
        {
            var median = At(window, 0.5);
            score = (surprise - median) / MathF.Max(At(window, _quantile) - median, Narrowest);
        }

        _signal.Give(surprise, score, step);
        var answer = prediction.Prepare(float.IsNaN(surprise) ? 0 : float.IsNaN(score) ? 1 : 2);
        if (answer.Length > 0)
        {
            answer[0] = surprise;
        }

        if (answer.Length > 1)
        {
            answer[1] = score;
        }

        prediction.IsNovelty = true;
    }

    /// <inheritdoc/>
    public StepOutcome Score(in HeadTarget target, in StepContext step) => Sense(step);

    /// <inheritdoc/>
    public void Commit(in HeadTarget target, in StepContext step) => Take(step);

    /// <summary>How surprising the event is, as modulators see it: 0 at the median, 1 at the threshold, at most 1.5, so that one event alone says little.</summary>
    /// <param name="step">A learning step after <see cref="Read"/>.</param>
    /// <returns>The outcome; not scored before enough events were seen.</returns>
    public StepOutcome Sense(in StepContext step) => new()
    {
        IsScored = _signal.IsKnown(step),
        Loss = _signal.Surprise(step),
        Surprise = Math.Clamp(_signal.Score(step), 0f, LargestSurprise),
    };

    /// <summary>Takes the surprise of the event into the memory.</summary>
    /// <param name="step">A learning step after <see cref="Read"/>.</param>
    public void Take(in StepContext step)
    {
        var surprise = _signal.Surprise(step);
        var counts = step.WriteLongs(_counts);
        if (!float.IsFinite(surprise))
        {
            return;
        }

        var isAnomaly = _signal.IsKnown(step) && _signal.Score(step) > 1f;
        var place = (int)(counts[0] % _memory);
        var sorted = step.Write(_sorted);
        var arrived = step.Write(_arrived);
        var kept = (int)Math.Min(counts[0], _memory);
        if (kept == _memory)
        {
            var gone = Find(sorted[..kept], arrived[place]);
            sorted[(gone + 1)..kept].CopyTo(sorted[gone..]);
            kept--;
        }

        var at = Find(sorted[..kept], surprise);
        sorted[at..kept].CopyTo(sorted[(at + 1)..]);
        sorted[at] = surprise;
        arrived[place] = surprise;
        step.Write(_flags)[place] = isAnomaly ? 1f : 0f;
        counts[0]++;
        counts[1] += isAnomaly ? 1 : 0;
    }

    /// <summary>The memory as metrics.</summary>
    /// <param name="step">A learning step.</param>
    /// <returns>The metrics.</returns>
    public AnomalyMetrics Summarise(in StepContext step)
    {
        var counts = step.ViewLongs(_counts);
        var window = Window(step);
        var quantiles = new Dictionary<string, float>();
        foreach (var quantile in window.IsEmpty ? [] : Quantiles)
        {
            quantiles[quantile.ToString(System.Globalization.CultureInfo.InvariantCulture)] = At(window, quantile);
        }

        return new AnomalyMetrics
        {
            Count = counts[0],
            Anomalies = counts[1],
            Window = window.Length,
            Rate = window.IsEmpty ? null : Reduction.Sum(step.View(_flags)[..window.Length]) / window.Length,
            Surprises = window.IsEmpty ? null : quantiles,
            Threshold = window.Length < Fewest ? null : At(window, _quantile),
        };
    }

    private ReadOnlySpan<float> Window(in StepContext step) => step.View(_sorted)[..(int)Math.Min(step.ViewLongs(_counts)[0], _memory)];

    /// <summary>First place whose value is not below the given one.</summary>
    private static int Find(ReadOnlySpan<float> sorted, float value)
    {
        var (low, high) = (0, sorted.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = sorted[middle] < value ? (middle + 1, high) : (low, middle);
        }

        return low;
    }

    private static float At(ReadOnlySpan<float> sorted, double quantile) => sorted[Math.Min(sorted.Length - 1, (int)(quantile * sorted.Length))];

    private float Surprise(in StepContext step)
    {
        var drive = step.View(_clusters.Post.Drive)[.._clusters.InUse(step)];
        if (drive.IsEmpty)
        {
            // Nothing was seen yet, so nothing is known of what is usual.
            return float.NaN;
        }

        var most = drive[Math.Max(0, Reduction.IndexOfMax(drive))];
        var sum = 0f;
        foreach (var one in drive)
        {
            sum += Elementary.Exp(one - most);
        }

        return -(most + Elementary.Log(sum));
    }
}
