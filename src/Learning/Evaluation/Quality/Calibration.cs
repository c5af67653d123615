using LifelongApi.Contracts.Learning;

namespace LifelongApi.Learning.Evaluation.Quality;

/// <summary>
/// How far confidence and accuracy are apart: ten bins of equal width over the probability of the answered class,
/// expected calibration error = Σ_b |Σ confidence − right| / n (Naeini, Cooper and Hauskrecht 2015, eq. 3; Guo et al. 2017).
/// </summary>
internal sealed class Calibration
{
    /// <summary>How many bins there are.</summary>
    public const int BinCount = 10;

    private readonly long[] _count = new long[BinCount];
    private readonly long[] _right = new long[BinCount];
    private readonly double[] _confidence = new double[BinCount];

    /// <summary>Counts an answer. One without a class has no confidence and is not counted.</summary>
    public void Add(float confidence, bool isRight)
    {
        var bin = Math.Clamp((int)(confidence * BinCount), 0, BinCount - 1);
        _count[bin]++;
        _right[bin] += isRight ? 1 : 0;
        _confidence[bin] += confidence;
    }

    /// <summary>The expected calibration error; null without an answer.</summary>
    public double? Error()
    {
        var (sum, count) = (0d, 0L);
        for (var bin = 0; bin < BinCount; bin++)
        {
            sum += Math.Abs(_confidence[bin] - _right[bin]);
            count += _count[bin];
        }

        return count == 0 ? null : sum / count;
    }

    /// <summary>The bins that hold answers, from low to high confidence.</summary>
    public IReadOnlyList<CalibrationBin> Bins()
    {
        var bins = new List<CalibrationBin>();
        for (var bin = 0; bin < BinCount; bin++)
        {
            if (_count[bin] > 0)
            {
                bins.Add(new CalibrationBin { From = bin / (double)BinCount, Count = _count[bin], Confidence = _confidence[bin] / _count[bin], Accuracy = (double)_right[bin] / _count[bin] });
            }
        }

        return bins;
    }

    /// <summary>The sums as bytes.</summary>
    public void Write(BinaryWriter writer)
    {
        for (var bin = 0; bin < BinCount; bin++)
        {
            writer.Write7BitEncodedInt64(_count[bin]);
            writer.Write7BitEncodedInt64(_right[bin]);
            writer.Write(_confidence[bin]);
        }
    }

    /// <summary>Reads sums.</summary>
    public static Calibration Read(BinaryReader reader)
    {
        var calibration = new Calibration();
        for (var bin = 0; bin < BinCount; bin++)
        {
            calibration._count[bin] = reader.Read7BitEncodedInt64();
            calibration._right[bin] = reader.Read7BitEncodedInt64();
            calibration._confidence[bin] = reader.ReadDouble();
        }

        return calibration;
    }
}
