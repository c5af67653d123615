using LifelongApi.Contracts.Learning;

namespace LifelongApi.Learning.Evaluation;

/// <summary>One scored event: what the sums of <see cref="MetricTotals"/> are made of.</summary>
/// <param name="IsRight">Whether the predicted label was the target.</param>
/// <param name="LogLoss">−ln p(label), at most −ln 10^-7; 0 for values.</param>
/// <param name="AbsoluteError">Mean absolute error over the target numbers; 0 for labels.</param>
/// <param name="SquaredError">Mean squared error over the target numbers; 0 for labels.</param>
public readonly record struct Score(bool IsRight, double LogLoss, double AbsoluteError, double SquaredError);

/// <summary>Running sums of scores.</summary>
public struct MetricTotals : IEquatable<MetricTotals>
{
    /// <summary>Scored events.</summary>
    public long Count { get; private set; }

    /// <summary>Of these, right labels.</summary>
    public long Right { get; private set; }

    /// <summary>Sum of log-losses.</summary>
    public double LogLoss { get; private set; }

    /// <summary>Sum of mean absolute errors.</summary>
    public double AbsoluteError { get; private set; }

    /// <summary>Sum of mean squared errors.</summary>
    public double SquaredError { get; private set; }

    /// <summary>Adds a score.</summary>
    /// <param name="score">Score of one event.</param>
    public void Add(in Score score)
    {
        Count++;
        Right += score.IsRight ? 1 : 0;
        LogLoss += score.LogLoss;
        AbsoluteError += score.AbsoluteError;
        SquaredError += score.SquaredError;
    }

    /// <summary>The sums as means.</summary>
    /// <param name="isClassifier">Labels (accuracy, log-loss) or values (errors).</param>
    /// <param name="hasLogLoss">Whether the predictor gives probabilities.</param>
    /// <returns>The summary; only the count where nothing was scored.</returns>
    public readonly MetricSummary Summarise(bool isClassifier, bool hasLogLoss = true) => (Count, isClassifier) switch
    {
        (0, _) => new MetricSummary { Count = 0 },
        (_, true) => new MetricSummary { Count = Count, Accuracy = (double)Right / Count, LogLoss = hasLogLoss ? LogLoss / Count : null },
        _ => new MetricSummary { Count = Count, MeanAbsoluteError = AbsoluteError / Count, RootMeanSquaredError = Math.Sqrt(SquaredError / Count) },
    };

    /// <inheritdoc/>
    public readonly bool Equals(MetricTotals other) =>
        Count == other.Count && Right == other.Right && LogLoss.Equals(other.LogLoss) && AbsoluteError.Equals(other.AbsoluteError) && SquaredError.Equals(other.SquaredError);

    /// <inheritdoc/>
    public override readonly bool Equals(object? obj) => obj is MetricTotals other && Equals(other);

    /// <inheritdoc/>
    public override readonly int GetHashCode() => HashCode.Combine(Count, Right, LogLoss, AbsoluteError, SquaredError);

    /// <summary>Whether two sums are the same, bit for bit.</summary>
    public static bool operator ==(MetricTotals left, MetricTotals right) => left.Equals(right);

    /// <summary>Whether two sums differ.</summary>
    public static bool operator !=(MetricTotals left, MetricTotals right) => !left.Equals(right);

    internal readonly void Write(BinaryWriter writer)
    {
        writer.Write(Count);
        writer.Write(Right);
        writer.Write(LogLoss);
        writer.Write(AbsoluteError);
        writer.Write(SquaredError);
    }

    internal static MetricTotals Read(BinaryReader reader) => new()
    {
        Count = reader.ReadInt64(),
        Right = reader.ReadInt64(),
        LogLoss = reader.ReadDouble(),
        AbsoluteError = reader.ReadDouble(),
        SquaredError = reader.ReadDouble(),
    };
}
