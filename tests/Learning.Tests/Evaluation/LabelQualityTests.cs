using LifelongApi.Contracts.Learning;
using LifelongApi.Learning.Evaluation.Quality;
using LifelongApi.Learning.Tests.Support;
using LifelongApi.Testing;

namespace LifelongApi.Learning.Tests.Evaluation;

public sealed class LabelQualityTests
{
    private const int Window = 200;

    [Theory]
    [InlineData(2, 1000)]
    [InlineData(5, 1000)]
    [InlineData(3, 20)]
    public void Measures_are_those_of_plain_sums_over_all_answers(int classes, int count)
    {
        var answers = Answers(classes, count, seed: 7);
        var quality = Fold(answers);

        var total = quality.InTotal(new MetricSummary { Count = count });
        var recent = answers.TakeLast(Window).ToArray();
        var window = quality.InWindow(new MetricSummary { Count = recent.Length });

        Assert.Equal(Area(recent, classes), window.Auc!.Value, 12);
        Assert.Equal(Precision(recent, classes), window.PrAuc!.Value, 12);
        Assert.Equal(CalibrationError(recent), window.CalibrationError!.Value, 12);
        Assert.Equal(Brier(recent), window.Brier!.Value, 12);
        Assert.Null(window.AucError);
        Assert.InRange(Math.Abs(Area(answers, classes) - total.Auc!.Value), 0, total.AucError!.Value + 1e-12);
        Assert.InRange(Math.Abs(Precision(answers, classes) - total.PrAuc!.Value), 0, total.PrAucError!.Value + 1e-12);
        Assert.InRange(total.AucError.Value, 0, 0.02);
        Assert.InRange(total.PrAucError.Value, 0, 0.05);
        Assert.Equal(CalibrationError(answers), total.CalibrationError!.Value, 12);
        Assert.Equal(Brier(answers), total.Brier!.Value, 12);
        AssertMacro(answers, classes, total);
        AssertMacro(recent, classes, window);
    }

    [Fact]
    public void A_class_has_its_own_measures()
    {
        var answers = Answers(3, 600, seed: 3);
        var quality = Fold(answers);
        for (var label = 0; label < 3; label++)
        {
            var support = answers.Count(answer => answer.Target == label);
            var summary = quality.InClass(label, new MetricSummary { Count = support });
            double hits = answers.Count(answer => answer.Target == label && answer.Label == label);
            double answered = answers.Count(answer => answer.Label == label);
            Assert.Equal(hits / answered, summary.Precision!.Value, 12);
            Assert.Equal(hits / support, summary.Recall!.Value, 12);
            Assert.Equal(2 * hits / (answered + support), summary.F1!.Value, 12);
            Assert.InRange(Math.Abs(AreaOf(answers, label) - summary.Auc!.Value), 0, summary.AucError!.Value + 1e-12);
        }
    }

    [Fact]
    public void Baselines_are_scored_as_classifiers_that_are_always_sure()
    {
        var answers = Answers(3, 500, seed: 11);
        var quality = Fold(answers);
        var sure = answers.Select((answer, i) => i == 0
            ? answer with { Scores = new float[3], Label = -1 }
            : answer with { Label = answers[i - 1].Target, Scores = [.. Enumerable.Range(0, 3).Select(label => label == answers[i - 1].Target ? 1f : 0f)] }).ToArray();

        var summary = quality.InNoChange(new MetricSummary { Count = 500 });

        Assert.Equal(Area(sure, 3), summary.Auc!.Value, 12);
        Assert.Equal(Precision(sure, 3), summary.PrAuc!.Value, 12);
        Assert.Equal(Brier(sure), summary.Brier!.Value, 12);
        Assert.Equal(CalibrationError(sure), summary.CalibrationError!.Value, 12);
        AssertMacro(sure, 3, summary);
        Assert.Equal(0.5, Fold([.. answers.Select(answer => answer with { Majority = 0 })]).InMajority(new MetricSummary { Count = 500 }).Auc!.Value, 12);
    }

    [Fact]
    public void The_matrix_counts_every_answer_once_and_later_classes_share_a_row()
    {
        var answers = Answers(40, 2000, seed: 5);
        var matrix = Fold(answers).Confusion([.. Enumerable.Range(0, 40).Select(label => $"c{label}")])!;

        Assert.Equal(32, matrix.Labels.Count);
        Assert.Equal(answers.Count(answer => answer is { Target: 4, Label: 6 }), matrix.Counts[4][6]);
        Assert.Equal(answers.Count(answer => answer is { Target: 3, Label: >= 32 }), matrix.Other![3]);
        Assert.Equal(answers.Count(answer => answer is { Target: 2, Label: < 0 }), matrix.Unanswered[2]);
        Assert.Equal(answers.Count(answer => answer is { Target: >= 32, Label: 1 }), matrix.OtherCounts![1]);
        Assert.Equal(answers.Count(answer => answer is { Target: >= 32, Label: >= 32 }), matrix.OtherCounts[^1]);
        Assert.Null(Fold(Answers(3, 100, seed: 1)).Confusion(["a", "b", "c"])!.Other);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(16)]
    [InlineData(40)]
    public void A_few_positives_alone_at_the_top_have_a_finite_error(int positives)
    {
        var histogram = new ScoreHistogram();
        for (var i = 0; i < positives; i++)
        {
            histogram.Add(0.998f, isPositive: true);
        }

        histogram.Add(0.1f, isPositive: false);
        Assert.Equal((1d, 0d), histogram.AveragePrecision());
        Assert.Equal((1d, 0d), histogram.AreaUnderCurve());
    }

    [Fact]
    public void Higher_probabilities_never_have_lower_bins()
    {
        var last = 0;
        for (var bits = 0; bits <= BitConverter.SingleToInt32Bits(1f); bits += 4099)
        {
            var bin = ScoreHistogram.BinOf(BitConverter.Int32BitsToSingle(bits));
            Assert.InRange(bin, last, ScoreHistogram.BinCount - 1);
            last = bin;
        }

        Assert.Equal(ScoreHistogram.BinCount - 1, ScoreHistogram.BinOf(1f));
        Assert.NotEqual(ScoreHistogram.BinOf(1f), ScoreHistogram.BinOf(MathF.BitDecrement(1f)));
        Assert.Equal(0, ScoreHistogram.BinOf(0f));
        Assert.NotEqual(0, ScoreHistogram.BinOf(float.Epsilon));
        Assert.Equal(0, ScoreHistogram.BinOf(float.NaN));
    }

    [Fact]
    public void What_was_stored_goes_on_to_the_same_bytes()
    {
        var answers = Answers(4, 700, seed: 9);
        var whole = new LabelQuality(64);
        var stored = new LabelQuality(64);
        foreach (var answer in answers)
        {
            Add(whole, answer);
            Add(stored, answer);
            stored = LabelQuality.Read(new BinaryReader(new MemoryStream(Bytes(stored))), 64);
        }

        Assert.Equal(Bytes(whole), Bytes(stored));
        Assert.True(Bytes(whole).Length < 20_000);
    }

    [Fact]
    public void Answers_of_known_classes_allocate_nothing()
    {
        var quality = Fold(Answers(6, 100, seed: 2));
        float[] scores = [0.1f, 0.2f, 0.3f, 0.1f, 0.2f, 0.1f];
        Allocation.IsNone(() =>
        {
            for (var i = 0; i < 1000; i++)
            {
                quality.Add(scores, 2, i % 6, 1, 0);
            }
        });
    }

    private static byte[] Bytes(LabelQuality quality)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        quality.Write(writer);
        return stream.ToArray();
    }

    private static LabelQuality Fold(IReadOnlyList<Row> answers)
    {
        var quality = new LabelQuality(Window);
        foreach (var answer in answers)
        {
            Add(quality, answer);
        }

        return quality;
    }

    private static void Add(LabelQuality quality, in Row answer) => quality.Add(answer.Scores.AsSpan(0, answer.Known), answer.Label, answer.Target, answer.NoChange, answer.Majority);

    /// <summary>Answers of a model that leans to the right class. Classes are met one after the other, and one that was not met has probability 0.</summary>
    private static Row[] Answers(int classes, int count, int seed)
    {
        var rows = new Row[count];
        var known = 0;
        for (var i = 0; i < count; i++)
        {
            var target = i < 2 * classes && known < classes && i % 2 == 0 ? known : Draw.Below(Math.Max(1, known), seed, i);
            var scores = new float[classes];
            var sum = 0f;
            for (var label = 0; label < known; label++)
            {
                var drawn = Draw.Uniform(seed, i, label);
                scores[label] = drawn * drawn * drawn + (label == target ? 0.2f : 0.001f);
                sum += scores[label];
            }

            var best = -1;
            for (var label = 0; label < known; label++)
            {
                scores[label] /= sum;
                best = best < 0 || scores[label] > scores[best] ? label : best;
            }

            rows[i] = new Row(scores, known, best, target, i == 0 ? -1 : rows[i - 1].Target, -1);
            known = Math.Max(known, target + 1);
        }

        return rows;
    }

    private static double Area(IReadOnlyList<Row> rows, int classes) =>
        Enumerable.Range(0, classes).Select(label => AreaOf(rows, label)).Where(double.IsFinite).Average();

    private static double AreaOf(IReadOnlyList<Row> rows, int label)
    {
        var positives = rows.Where(row => row.Target == label).ToArray();
        var negatives = rows.Where(row => row.Target != label).ToArray();
        var sum = positives.Sum(up => negatives.Sum(down => up.Scores[label] > down.Scores[label] ? 1d : up.Scores[label] == down.Scores[label] ? 0.5 : 0d));
        return sum / positives.Length / negatives.Length;
    }

    private static double Precision(IReadOnlyList<Row> rows, int classes)
    {
        var areas = new List<double>();
        for (var label = 0; label < classes; label++)
        {
            var positives = rows.Count(row => row.Target == label);
            if (positives == 0)
            {
                continue;
            }

            var (sum, recalled) = (0d, 0d);
            foreach (var threshold in rows.Select(row => row.Scores[label]).Distinct().OrderDescending())
            {
                var taken = rows.Where(row => row.Scores[label] >= threshold).ToArray();
                double hits = taken.Count(row => row.Target == label);
                sum += (hits - recalled) / positives * (hits / taken.Length);
                recalled = hits;
            }

            areas.Add(sum);
        }

        return areas.Average();
    }

    private static double CalibrationError(IReadOnlyList<Row> rows)
    {
        var answered = rows.Where(row => row.Label >= 0).ToArray();
        return answered.GroupBy(row => Math.Min((int)(row.Scores[row.Label] * 10), 9))
            .Sum(bin => bin.Count() / (double)answered.Length * Math.Abs(bin.Average(row => (double)row.Scores[row.Label]) - bin.Average(row => row.Label == row.Target ? 1d : 0d)));
    }

    private static double Brier(IReadOnlyList<Row> rows) =>
        rows.Average(row => row.Scores.Select((score, label) => Math.Pow(score - (label == row.Target ? 1d : 0d), 2)).Sum());

    private static void AssertMacro(IReadOnlyList<Row> rows, int classes, MetricSummary summary)
    {
        var met = Enumerable.Range(0, classes).Where(label => rows.Any(row => row.Target == label || row.Label == label)).ToArray();
        double Hits(int label) => rows.Count(row => row.Target == label && row.Label == label);
        double Support(int label) => rows.Count(row => row.Target == label);
        double Answered(int label) => rows.Count(row => row.Label == label);
        Assert.Equal(met.Average(label => Answered(label) == 0 ? 0 : Hits(label) / Answered(label)), summary.Precision!.Value, 12);
        Assert.Equal(met.Average(label => Support(label) == 0 ? 0 : Hits(label) / Support(label)), summary.Recall!.Value, 12);
        Assert.Equal(met.Average(label => 2 * Hits(label) / (Support(label) + Answered(label))), summary.F1!.Value, 12);
    }

    private readonly record struct Row(float[] Scores, int Known, int Label, int Target, int NoChange, int Majority);
}
