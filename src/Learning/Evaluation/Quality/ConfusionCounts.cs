using LifelongApi.Contracts.Learning;

namespace LifelongApi.Learning.Evaluation.Quality;

/// <summary>
/// How often each class was answered as which, and from it precision, recall and F1 (van Rijsbergen 1979). The first <see cref="MaxClasses"/> classes have
/// a row and a column each, all later ones share one, and an answer without a class has a column.
/// </summary>
internal sealed class ConfusionCounts
{
    /// <summary>Classes that are told apart.</summary>
    public const int MaxClasses = 32;

    private const int Other = MaxClasses;
    private const int Nothing = MaxClasses + 1;
    private const int Columns = MaxClasses + 2;
    private readonly long[] _counts = new long[(MaxClasses + 1) * Columns];

    /// <summary>Events counted.</summary>
    public long Count { get; private set; }

    /// <summary>Of these, answers without a class.</summary>
    public long Unanswered { get; private set; }

    /// <summary>Of these, right answers.</summary>
    public long Right { get; private set; }

    /// <summary>Counts an answer (−1: none) to an event of class <paramref name="target"/>.</summary>
    public void Add(int answer, int target)
    {
        Add(Math.Min(target, Other), answer < 0 ? Nothing : Math.Min(answer, Other), 1);
        Right += answer == target ? 1 : 0;
    }

    /// <summary>Examples of a class.</summary>
    public long Support(int label) => Row(label, Columns);

    /// <summary>How often a class was answered.</summary>
    public long Answered(int label)
    {
        var sum = 0L;
        for (var row = 0; row <= MaxClasses; row++)
        {
            sum += _counts[(row * Columns) + label];
        }

        return sum;
    }

    /// <summary>How often a class was answered rightly.</summary>
    public long Hits(int label) => _counts[(label * Columns) + label];

    /// <summary>Precision, recall and F1 of a class; null where they are not defined.</summary>
    public (double? Precision, double? Recall, double? F1) Of(int label)
    {
        var (hits, support, answered) = (Hits(label), Support(label), Answered(label));
        return (Share(hits, answered), Share(hits, support), Share(2 * hits, support + answered));
    }

    /// <summary>Unweighted means over the classes that occurred or were answered; a precision or recall that is not defined counts as 0.</summary>
    /// <param name="classes">Classes that are known.</param>
    public (double? Precision, double? Recall, double? F1) Macro(int classes)
    {
        var (precision, recall, f1, count) = (0d, 0d, 0d, 0);
        for (var label = 0; label < Math.Min(classes, MaxClasses); label++)
        {
            var (p, r, f) = Of(label);
            if (f is not null)
            {
                precision += p ?? 0d;
                recall += r ?? 0d;
                f1 += f.Value;
                count++;
            }
        }

        return count == 0 ? (null, null, null) : (precision / count, recall / count, f1 / count);
    }

    /// <summary>The two areas of <see cref="ScoreHistogram"/> for answers that say one class with probability 1, as the baselines do; means over the classes with examples.</summary>
    /// <param name="classes">Classes that are known.</param>
    public (double? AreaUnderCurve, double? AveragePrecision) MacroAreas(int classes)
    {
        var (areas, precisions, areaCount, precisionCount) = (0d, 0d, 0, 0);
        for (var label = 0; label < Math.Min(classes, MaxClasses); label++)
        {
            double support = Support(label), hits = Hits(label), answered = Answered(label), others = Count - support;
            if (support == 0d)
            {
                continue;
            }

            precisions += (answered == 0d ? 0d : hits / support * (hits / answered)) + ((1d - (hits / support)) * (support / Count));
            precisionCount++;
            if (others > 0d)
            {
                areas += ((hits / support) + 1d - ((answered - hits) / others)) / 2d;
                areaCount++;
            }
        }

        return (areaCount == 0 ? null : areas / areaCount, precisionCount == 0 ? null : precisions / precisionCount);
    }

    /// <summary>The matrix as the wire shows it.</summary>
    /// <param name="labels">Class names by id.</param>
    public ConfusionMetrics Summarise(IReadOnlyList<string> labels)
    {
        var shown = Math.Min(labels.Count, MaxClasses);
        var rows = new IReadOnlyList<long>[shown];
        var (other, unanswered) = (new long[shown], new long[shown]);
        for (var row = 0; row < shown; row++)
        {
            rows[row] = _counts.AsSpan(row * Columns, shown).ToArray();
            other[row] = _counts[(row * Columns) + Other];
            unanswered[row] = _counts[(row * Columns) + Nothing];
        }

        var hasOther = labels.Count > MaxClasses;
        return new ConfusionMetrics
        {
            Labels = [.. labels.Take(shown)],
            Counts = rows,
            Other = hasOther ? other : null,
            Unanswered = unanswered,
            OtherCounts = hasOther ? _counts.AsSpan(Other * Columns, shown + 1).ToArray() : null,
        };
    }

    /// <summary>The counts as bytes: only cells that hold anything.</summary>
    public void Write(BinaryWriter writer)
    {
        writer.Write7BitEncodedInt64(Right);
        writer.Write7BitEncodedInt(_counts.Length - _counts.AsSpan().Count(0L));
        for (var cell = 0; cell < _counts.Length; cell++)
        {
            if (_counts[cell] != 0)
            {
                writer.Write7BitEncodedInt(cell);
                writer.Write7BitEncodedInt64(_counts[cell]);
            }
        }
    }

    /// <summary>Reads counts.</summary>
    /// <exception cref="InvalidDataException">A cell does not exist.</exception>
    public static ConfusionCounts Read(BinaryReader reader)
    {
        var counts = new ConfusionCounts { Right = reader.Read7BitEncodedInt64() };
        for (var left = reader.Read7BitEncodedInt(); left > 0; left--)
        {
            var cell = reader.Read7BitEncodedInt();
            if ((uint)cell >= counts._counts.Length)
            {
                throw new InvalidDataException("The stored statistics name a cell that does not exist.");
            }

            counts.Add(cell / Columns, cell % Columns, reader.Read7BitEncodedInt64());
        }

        return counts;
    }

    private static double? Share(long part, long whole) => whole == 0 ? null : (double)part / whole;

    private long Row(int row, int columns)
    {
        var sum = 0L;
        foreach (var count in _counts.AsSpan(row * Columns, columns))
        {
            sum += count;
        }

        return sum;
    }

    private void Add(int row, int column, long count)
    {
        _counts[(row * Columns) + column] += count;
        Count += count;
        Unanswered += column == Nothing ? count : 0;
    }
}
