using LifelongApi.Contracts.Learning;

namespace LifelongApi.Learning.Evaluation;

/// <summary>
/// Predicted against true classes, in total and over the window of <see cref="Prequential"/>: what the kappas are made of.
/// </summary>
/// <param name="windowSize">Events in the window.</param>
internal sealed class Agreement(int windowSize)
{
    private readonly Answer[] _ring = new Answer[windowSize];
    private long[] _predicted = [];
    private long _count;

    /// <summary>One event.</summary>
    /// <param name="Predicted">The predicted class; −1: none.</param>
    /// <param name="Target">The true class; −1: not known.</param>
    /// <param name="IsNoChange">Whether the no-change classifier was right.</param>
    public readonly record struct Answer(int Predicted, int Target, bool IsNoChange)
    {
        /// <summary>An event that was scored before answers were kept.</summary>
        public static Answer Unknown { get; } = new(-1, -1, false);
    }

    /// <summary>Takes in an event.</summary>
    public void Add(long place, in Answer answer)
    {
        _ring[place] = answer;
        _count++;
        if (answer.Predicted < 0)
        {
            return;
        }

        if (_predicted.Length <= answer.Predicted)
        {
            Array.Resize(ref _predicted, Math.Max(16, Math.Max(answer.Predicted + 1, _predicted.Length * 2)));
        }

        _predicted[answer.Predicted]++;
    }

    /// <summary>The kappas of the total. Cohen's only where every scored event was seen here.</summary>
    public MetricSummary InTotal(MetricSummary total, long right, ReadOnlySpan<MetricTotals> classes, long noChangeRight)
    {
        var actual = new long[classes.Length];
        for (var i = 0; i < actual.Length; i++)
        {
            actual[i] = classes[i].Count;
        }

        return total with
        {
            Kappa = _count == total.Count ? Kappa.Over(right, Kappa.Chance(_predicted, actual, total.Count), total.Count) : null,
            KappaTemporal = Kappa.Over(right, noChangeRight, total.Count),
        };
    }

    /// <summary>The kappas of the window; none while it holds events whose answers are unknown.</summary>
    public MetricSummary InWindow(MetricSummary window, long right)
    {
        var answers = _ring.AsSpan(0, (int)window.Count);
        var predicted = new long[_predicted.Length];
        var actual = new long[_predicted.Length];
        var noChangeRight = 0L;
        foreach (var answer in answers)
        {
            if (answer.Target < 0)
            {
                return window;
            }

            noChangeRight += answer.IsNoChange ? 1 : 0;

            // A class that was never predicted adds nothing to the chance of agreeing.
            if (answer.Target < actual.Length)
            {
                actual[answer.Target]++;
            }

            if (answer.Predicted >= 0)
            {
                predicted[answer.Predicted]++;
            }
        }

        return window with
        {
            Kappa = Kappa.Over(right, Kappa.Chance(predicted, actual, answers.Length), answers.Length),
            KappaTemporal = Kappa.Over(right, noChangeRight, answers.Length),
        };
    }

    public void Write(BinaryWriter writer, long windowCount)
    {
        for (var i = 0; i < windowCount; i++)
        {
            writer.Write(_ring[i].Predicted);
            writer.Write(_ring[i].Target);
            writer.Write(_ring[i].IsNoChange);
        }

        writer.Write(_count);
        writer.Write(_predicted.Length);
        foreach (var count in _predicted)
        {
            writer.Write(count);
        }
    }

    public static Agreement Read(BinaryReader reader, int windowSize, long windowCount)
    {
        var agreement = new Agreement(windowSize);
        for (var i = 0; i < windowCount; i++)
        {
            agreement._ring[i] = new Answer(reader.ReadInt32(), reader.ReadInt32(), reader.ReadBoolean());
        }

        agreement._count = reader.ReadInt64();
        agreement._predicted = new long[StoredCount.Read(reader, sizeof(long))];
        for (var i = 0; i < agreement._predicted.Length; i++)
        {
            agreement._predicted[i] = reader.ReadInt64();
        }

        foreach (var answer in agreement._ring.AsSpan(0, (int)windowCount))
        {
            if (answer.Predicted >= agreement._predicted.Length || answer.Predicted < -1)
            {
                throw new InvalidDataException("The stored statistics name an answer that was never counted.");
            }
        }

        return agreement;
    }

    /// <summary>What follows statistics that were stored before answers were kept.</summary>
    public static Agreement Unknown(int windowSize, long windowCount)
    {
        var agreement = new Agreement(windowSize);
        agreement._ring.AsSpan(0, (int)windowCount).Fill(Answer.Unknown);
        return agreement;
    }
}
