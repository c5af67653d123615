namespace LifelongApi.Learning.Evaluation.Quality;

/// <summary>
/// Probabilities of one class on its own examples and on the others, in bins: the area under the ROC curve and the average precision of any number of
/// events in bounded memory, each with a bound of its error.
/// </summary>
/// <remarks>
/// Bins are finer the nearer a probability is to 0 or 1, where models put most of theirs: 16 steps in each of 20 octaves of p below ½, the same of 1 − p above.
/// Scores in one bin count as ties, so the area is wrong by at most half of Σ_b p(b) · n(b) / (P · N).
/// </remarks>
internal sealed class ScoreHistogram
{
    /// <summary>How many bins there are.</summary>
    public const int BinCount = 2 * HalfCount;

    private const int StepBits = 4;
    private const int Octaves = 20;
    private const int HalfCount = (Octaves << StepBits) + 2;

    /// <summary>Pieces into which the bound of a bin's precision is cut.</summary>
    private const int Pieces = 16;

    private readonly long[] _positives = new long[BinCount];
    private readonly long[] _negatives = new long[BinCount];

    /// <summary>Examples of the class.</summary>
    public long Positives { get; private set; }

    /// <summary>Examples of other classes.</summary>
    public long Negatives { get; private set; }

    /// <summary>The bin of a probability; a higher one never has a lower bin. What is not a number counts as 0.</summary>
    public static int BinOf(float probability)
    {
        if (!(probability > 0f))
        {
            return 0;
        }

        if (probability >= 1f)
        {
            return BinCount - 1;
        }

        // 1 − p has no rounding error above ½ (Sterbenz), and the bits of a positive float rise with it.
        var isUpper = probability > 0.5f;
        var rest = isUpper ? 1f - probability : probability;
        const int LowestBits = (127 - 1 - Octaves) << StepBits;
        var step = (BitConverter.SingleToInt32Bits(rest) >> (23 - StepBits)) - LowestBits;
        var bin = Math.Clamp(step + 1, 1, HalfCount - 1);
        return isUpper ? BinCount - 1 - bin : bin;
    }

    /// <summary>Counts a score.</summary>
    public void Add(float probability, bool isPositive) => Add(BinOf(probability), isPositive, 1);

    /// <summary>Counts examples of other classes for which the class was not known, so that its probability was 0.</summary>
    public void AddUnknown(long count) => Add(0, isPositive: false, count);

    /// <summary>Area under the ROC curve (Hanley and McNeil 1982): the share of pairs in the right order, ties by half; null where there are no pairs.</summary>
    public (double Value, double Error)? AreaUnderCurve()
    {
        if (Positives == 0 || Negatives == 0)
        {
            return null;
        }

        var (below, area, ties) = (0d, 0d, 0d);
        for (var bin = 0; bin < BinCount; bin++)
        {
            double up = _positives[bin], down = _negatives[bin];
            area += up * (below + (down / 2d));
            below += down;

            // Probabilities of exactly 0 and 1 are true ties.
            ties += bin is 0 or BinCount - 1 ? 0d : up * down;
        }

        var pairs = (double)Positives * Negatives;
        return (area / pairs, ties / 2d / pairs);
    }

    /// <summary>Average precision, Σ (R(i) − R(i−1)) · P(i) over falling thresholds, without interpolation (Davis and Goadrich 2006); null where the class has no examples.</summary>
    public (double Value, double Error)? AveragePrecision()
    {
        if (Positives == 0)
        {
            return null;
        }

        var (truePositives, falsePositives, sum, low, high) = (0d, 0d, 0d, 0d, 0d);
        for (var bin = BinCount - 1; bin >= 0; bin--)
        {
            double up = _positives[bin], down = _negatives[bin];
            if (up > 0d)
            {
                var middle = up * (truePositives + up) / (truePositives + falsePositives + up + down);
                sum += middle;
                var isTie = bin is 0 or BinCount - 1 || down == 0d && up == 1d;
                low += isTie ? middle : Bound(up, truePositives, falsePositives + down, isLow: true);
                high += isTie ? middle : Bound(up, truePositives, falsePositives, isLow: false);
            }

            truePositives += up;
            falsePositives += down;
        }

        return (sum / Positives, Math.Max(Math.Max(high - sum, sum - low), 0d) / Positives);
    }

    /// <summary>The counts as bytes: only bins that hold anything.</summary>
    public void Write(BinaryWriter writer)
    {
        WriteCounts(writer, _positives);
        WriteCounts(writer, _negatives);
    }

    /// <summary>Reads counts.</summary>
    /// <exception cref="InvalidDataException">A bin does not exist.</exception>
    public static ScoreHistogram Read(BinaryReader reader)
    {
        var histogram = new ScoreHistogram();
        for (var side = 0; side < 2; side++)
        {
            for (var left = reader.Read7BitEncodedInt(); left > 0; left--)
            {
                var bin = reader.Read7BitEncodedInt();
                if ((uint)bin >= BinCount)
                {
                    throw new InvalidDataException("The stored statistics name a bin that does not exist.");
                }

                histogram.Add(bin, isPositive: side == 0, reader.Read7BitEncodedInt64());
            }
        }

        return histogram;
    }

    private static void WriteCounts(BinaryWriter writer, long[] counts)
    {
        writer.Write7BitEncodedInt(counts.Length - counts.AsSpan().Count(0L));
        for (var bin = 0; bin < counts.Length; bin++)
        {
            if (counts[bin] != 0)
            {
                writer.Write7BitEncodedInt(bin);
                writer.Write7BitEncodedInt64(counts[bin]);
            }
        }
    }

    /// <summary>
    /// What a bin's positives add at best (before its negatives) or at worst (after them): Σ_i (T + i) / (T + F + i), which rises with i,
    /// bounded piece by piece by its last or first term.
    /// </summary>
    private static double Bound(double up, double truePositives, double falsePositives, bool isLow)
    {
        var bound = 0d;
        for (var piece = 0; piece < Pieces; piece++)
        {
            var first = Math.Floor(up * piece / Pieces);
            var last = Math.Floor(up * (piece + 1) / Pieces);
            if (last == first)
            {
                // Fewer positives than pieces: an empty one would be 0 / 0 at the top of the ranking.
                continue;
            }

            var at = truePositives + (isLow ? first + 1d : last);
            bound += (last - first) * at / (at + falsePositives);
        }

        return bound;
    }

    private void Add(int bin, bool isPositive, long count)
    {
        if (isPositive)
        {
            _positives[bin] += count;
            Positives += count;
        }
        else
        {
            _negatives[bin] += count;
            Negatives += count;
        }
    }
}
