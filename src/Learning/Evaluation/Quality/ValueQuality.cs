using LifelongApi.Contracts.Learning;

namespace LifelongApi.Learning.Evaluation.Quality;

/// <summary>
/// How much of the targets' spread is explained: R² = 1 − Σ (y − ŷ)² / Σ (y − ȳ)², both sums over events and target numbers, ȳ the mean of the same events by target number
/// (running by Welford 1962 in the total, exact in the window). A pure fold of the targets in order.
/// </summary>
internal sealed class ValueQuality
{
    /// <summary>Most target numbers for which a window is kept.</summary>
    public const int MaxWindowTargets = 32;

    private const byte Format = 1;
    private readonly int _windowSize;
    private double[] _mean = [];
    private double[] _squares = [];
    private double[] _ring = [];

    /// <summary>Starts from nothing.</summary>
    /// <param name="windowSize">Events in the window, 1 or more.</param>
    public ValueQuality(int windowSize) => _windowSize = windowSize;

    /// <summary>Events taken in.</summary>
    public long Count { get; private set; }

    private int WindowCount => _ring.Length == 0 ? 0 : (int)Math.Min(Count, _windowSize);

    /// <summary>Takes in the targets of an event.</summary>
    public void Add(ReadOnlySpan<double> targets)
    {
        if (_mean.Length == 0)
        {
            Prepare(targets.Length);
        }

        var place = (int)(Count % _windowSize);
        Count++;
        for (var i = 0; i < Math.Min(targets.Length, _mean.Length); i++)
        {
            var before = targets[i] - _mean[i];
            _mean[i] += before / Count;
            _squares[i] += before * (targets[i] - _mean[i]);
            if (_ring.Length > 0)
            {
                _ring[(place * _mean.Length) + i] = targets[i];
            }
        }
    }

    /// <summary>Adds R² to a summary of all events.</summary>
    /// <param name="summary">The summary; unchanged where it counts events that were not taken in here, and where all targets are the same.</param>
    public MetricSummary InTotal(MetricSummary summary) => summary.Count == Count ? Explain(summary, _squares.Sum()) : summary;

    /// <summary>Adds R² to the summary of the window.</summary>
    public MetricSummary InWindow(MetricSummary summary)
    {
        if (summary.Count != WindowCount)
        {
            return summary;
        }

        var spread = 0d;
        for (var target = 0; target < _mean.Length; target++)
        {
            var mean = 0d;
            for (var i = 0; i < WindowCount; i++)
            {
                mean += _ring[(i * _mean.Length) + target] / WindowCount;
            }

            for (var i = 0; i < WindowCount; i++)
            {
                var difference = _ring[(i * _mean.Length) + target] - mean;
                spread += difference * difference;
            }
        }

        return Explain(summary, spread);
    }

    /// <summary>The state as bytes.</summary>
    public void Write(BinaryWriter writer)
    {
        writer.Write(Format);
        writer.Write(Count);
        writer.Write(_mean.Length);
        for (var i = 0; i < _mean.Length; i++)
        {
            writer.Write(_mean[i]);
            writer.Write(_squares[i]);
        }

        foreach (var value in _ring.AsSpan(0, WindowCount * _mean.Length))
        {
            writer.Write(value);
        }
    }

    /// <summary>Reads a state.</summary>
    /// <exception cref="InvalidDataException">The bytes are something else.</exception>
    public static ValueQuality Read(BinaryReader reader, int windowSize)
    {
        if (reader.ReadByte() != Format)
        {
            throw new InvalidDataException("The stored statistics of values have an unknown format.");
        }

        var quality = new ValueQuality(windowSize) { Count = reader.ReadInt64() };
        quality.Prepare(StoredCount.Read(reader, 2 * sizeof(double)));
        for (var i = 0; i < quality._mean.Length; i++)
        {
            quality._mean[i] = reader.ReadDouble();
            quality._squares[i] = reader.ReadDouble();
        }

        for (var i = 0; i < quality.WindowCount * quality._mean.Length; i++)
        {
            quality._ring[i] = reader.ReadDouble();
        }

        return quality;
    }

    private MetricSummary Explain(MetricSummary summary, double spread)
    {
        if (spread <= 0d || summary.RootMeanSquaredError is not { } error)
        {
            return summary;
        }

        return summary with { RSquared = 1d - (error * error * summary.Count * _mean.Length / spread) };
    }

    private void Prepare(int targets)
    {
        _mean = new double[targets];
        _squares = new double[targets];
        _ring = targets <= MaxWindowTargets ? new double[_windowSize * targets] : [];
    }
}
