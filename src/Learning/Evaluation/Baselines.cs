using LifelongApi.Contracts.Learning;

namespace LifelongApi.Learning.Evaluation;

/// <summary>What the two simplest predictors would have scored on the same events: always the last target, and always the most frequent label or the running mean.</summary>
internal sealed class Baselines
{
    private MetricTotals _noChange;
    private MetricTotals _majority;
    private int _lastLabel = -1;
    private int _majorityLabel = -1;
    private long[] _counts = [];
    private double[] _last = [];
    private double[] _mean = [];
    private long _valueCount;

    /// <summary>Scored events that the no-change classifier had right.</summary>
    public long NoChangeRight => _noChange.Right;

    /// <summary>What the no-change classifier answers next; −1: nothing yet.</summary>
    public int LastLabel => _lastLabel;

    /// <summary>What the majority classifier answers next; −1: nothing yet.</summary>
    public int MajorityLabel => _majorityLabel;

    /// <summary>Scores both on a label, then lets them see it.</summary>
    /// <returns>Whether the no-change classifier was right.</returns>
    public bool UpdateLabel(int label)
    {
        var isNoChange = label == _lastLabel;
        _noChange.Add(new Score(isNoChange, 0, 0, 0));
        _majority.Add(new Score(label == _majorityLabel, 0, 0, 0));
        if (_counts.Length <= label)
        {
            Array.Resize(ref _counts, Math.Max(16, Math.Max(label + 1, _counts.Length * 2)));
        }

        _counts[label]++;
        _lastLabel = label;
        if (_majorityLabel < 0 || _counts[label] > _counts[_majorityLabel] || (_counts[label] == _counts[_majorityLabel] && label < _majorityLabel))
        {
            _majorityLabel = label;
        }

        return isNoChange;
    }

    /// <summary>Scores both on numbers, then lets them see them. Before the first numbers both say 0.</summary>
    public void UpdateValues(ReadOnlySpan<double> targets)
    {
        if (_last.Length < targets.Length)
        {
            Array.Resize(ref _last, targets.Length);
            Array.Resize(ref _mean, targets.Length);
        }

        _noChange.Add(ScoreValues(_last, targets));
        _majority.Add(ScoreValues(_mean, targets));
        _valueCount++;
        for (var i = 0; i < targets.Length; i++)
        {
            _last[i] = targets[i];
            _mean[i] += (targets[i] - _mean[i]) / _valueCount;
        }
    }

    /// <summary>Both as metrics.</summary>
    public BaselineMetrics Summarise(bool isClassifier) => new()
    {
        NoChange = _noChange.Summarise(isClassifier, hasLogLoss: false),
        Majority = _majority.Summarise(isClassifier, hasLogLoss: false),
    };

    public void Write(BinaryWriter writer)
    {
        _noChange.Write(writer);
        _majority.Write(writer);
        writer.Write(_lastLabel);
        writer.Write(_majorityLabel);
        writer.Write(_counts.Length);
        foreach (var count in _counts)
        {
            writer.Write(count);
        }

        writer.Write(_valueCount);
        writer.Write(_last.Length);
        for (var i = 0; i < _last.Length; i++)
        {
            writer.Write(_last[i]);
            writer.Write(_mean[i]);
        }
    }

    public static Baselines Read(BinaryReader reader)
    {
        var baselines = new Baselines
        {
            _noChange = MetricTotals.Read(reader),
            _majority = MetricTotals.Read(reader),
            _lastLabel = reader.ReadInt32(),
            _majorityLabel = reader.ReadInt32(),
            _counts = new long[StoredCount.Read(reader, sizeof(long))],
        };
        for (var i = 0; i < baselines._counts.Length; i++)
        {
            baselines._counts[i] = reader.ReadInt64();
        }

        if (baselines._majorityLabel >= baselines._counts.Length || baselines._majorityLabel < -1 || baselines._lastLabel < -1)
        {
            throw new InvalidDataException("The stored statistics name a class that was never counted.");
        }

        baselines._valueCount = reader.ReadInt64();
        baselines._last = new double[StoredCount.Read(reader, 2 * sizeof(double))];
        baselines._mean = new double[baselines._last.Length];
        for (var i = 0; i < baselines._last.Length; i++)
        {
            baselines._last[i] = reader.ReadDouble();
            baselines._mean[i] = reader.ReadDouble();
        }

        return baselines;
    }

    private static Score ScoreValues(double[] predicted, ReadOnlySpan<double> targets)
    {
        var absolute = 0.0;
        var squared = 0.0;
        for (var i = 0; i < targets.Length; i++)
        {
            var error = predicted[i] - targets[i];
            absolute += Math.Abs(error);
            squared += error * error;
        }

        return new Score(false, 0, absolute / targets.Length, squared / targets.Length);
    }
}
