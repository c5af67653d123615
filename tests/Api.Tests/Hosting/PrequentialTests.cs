using LifelongApi.Contracts.Journal;
using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Models;
using LifelongApi.Learning;
using LifelongApi.Learning.Evaluation;
using LifelongApi.Learning.Features;
using LifelongApi.Learning.Recipes;
using LifelongApi.Testing;
using static LifelongApi.Api.Tests.Hosting.House;

namespace LifelongApi.Api.Tests.Hosting;

public sealed class PrequentialTests
{
    [Fact]
    public void Totals_window_classes_tasks_and_baselines_are_those_of_a_plain_count()
    {
        using var model = Model.Create(Presets.Expand(new CreateModelRequest { Preset = "classifier", Input = new InputSpec { Kind = InputKind.Vector, Size = 2 } }));
        var statistics = new Prequential(isClassifier: true, windowSize: 100);
        var outcome = new Outcome();
        var rights = new List<(bool IsRight, double Loss, string Label, string Task)>();
        var rows = Rows(250);
        for (var i = 0; i < rows.Count; i++)
        {
            var task = i < 120 ? "first" : "second";
            model.Apply(new EventInput { Kind = EventKind.Learned, Sequence = i + 1, Payload = rows[i].Payload.Span }, outcome);
            statistics.Update(outcome, task, isExample: true);
            var loss = float.IsFinite(outcome.Loss) ? Math.Clamp(outcome.Loss, 0, Prequential.LogLossCap) : Prequential.LogLossCap;
            rights.Add((outcome.Prediction.Label == outcome.TargetLabel, loss, rows[i].Label!, task));
        }

        var metrics = statistics.Summarise("1:250", model.Labels, new Dictionary<string, float>());

        Assert.Equal(250, metrics.Total.Count);
        Assert.Equal(rights.Average(row => row.IsRight ? 1.0 : 0), metrics.Total.Accuracy!.Value, 12);
        Assert.Equal(rights.Average(row => row.Loss), metrics.Total.LogLoss!.Value, 9);
        Assert.Equal(rights.TakeLast(100).Average(row => row.IsRight ? 1.0 : 0), metrics.Window.Accuracy!.Value, 12);
        Assert.Equal(100, metrics.Window.Count);
        Assert.Equal(rights.Where(row => row.Label == "down").Average(row => row.IsRight ? 1.0 : 0), metrics.Classes!["down"].Accuracy!.Value, 12);
        Assert.Equal(rights.Where(row => row.Task == "second").Average(row => row.IsRight ? 1.0 : 0), metrics.Tasks!["second"].Accuracy!.Value, 12);
        Assert.Equal(Enumerable.Range(1, 249).Count(i => rows[i].Label == rows[i - 1].Label) / 250.0, metrics.Baselines.NoChange.Accuracy!.Value, 12);
        Assert.Equal(MajorityHits(rows) / 250.0, metrics.Baselines.Majority.Accuracy!.Value, 12);
        Assert.Equal(250, metrics.Events["learned"]);
    }

    [Fact]
    public void Stored_statistics_go_on_as_if_they_had_not_been_stored()
    {
        using var model = Model.Create(Presets.Expand(new CreateModelRequest { Preset = "regressor", Input = new InputSpec { Kind = InputKind.Vector, Size = 2 } }));
        var whole = new Prequential(isClassifier: false, windowSize: 16);
        var stored = new Prequential(isClassifier: false, windowSize: 16);
        var outcome = new Outcome();
        var absolute = 0.0;
        for (var i = 0; i < 60; i++)
        {
            var builder = new PayloadBuilder();
            builder.Dense([MathF.Sin(i), 1]);
            builder.Target([3 * Math.Sin(i)]);
            model.Apply(new EventInput { Kind = EventKind.Learned, Sequence = i + 1, Payload = builder.Written.Span }, outcome);
            whole.Update(outcome, "t", isExample: true);
            stored.Update(outcome, "t", isExample: true);
            stored = Prequential.Read(stored.Write());
            absolute += Math.Abs((outcome.Prediction.Count > 0 ? outcome.Prediction.Scores[0] : 0f) - outcome.Targets[0]);
        }

        Assert.Equal(whole.Write(), stored.Write());
        var metrics = stored.Summarise("1:60", model.Labels, new Dictionary<string, float>());
        Assert.Equal(absolute / 60, metrics.Total.MeanAbsoluteError!.Value, 9);
        Assert.Equal(16, metrics.Window.Count);
        Assert.Null(metrics.Classes);
        Assert.NotNull(metrics.Baselines.Majority.RootMeanSquaredError);
    }

    [Fact]
    public void Kappas_are_those_worked_out_by_hand()
    {
        // Targets a a b b a b, predictions - a a b b b: 3 of 6 right; no change is right for the 2nd and 4th.
        var statistics = new Prequential(isClassifier: true, windowSize: 4);
        Score(statistics, [0, 0, 1, 1, 0, 1], [-1, 0, 0, 1, 1, 1]);
        var metrics = Summary(statistics);

        Assert.Equal((3 - 2.0) / (6 - 2), metrics.Total.KappaTemporal!.Value, 12);
        // Chance: a predicted 2, true 3; b predicted 3, true 3; (6 + 9) / 6 = 2.5 of 6.
        Assert.Equal((3 - 2.5) / (6 - 2.5), metrics.Total.Kappa!.Value, 12);
        // The last four: targets b b a b, predictions a b b b: 2 right, no change 1; chance (1·1 + 3·3) / 4 = 2.5.
        Assert.Equal((2 - 1.0) / (4 - 1), metrics.Window.KappaTemporal!.Value, 12);
        Assert.Equal((2 - 2.5) / (4 - 2.5), metrics.Window.Kappa!.Value, 12);
        Assert.Equal(metrics.Total, Summary(Prequential.Read(statistics.Write())).Total);
        Assert.Equal(metrics.Window, Summary(Prequential.Read(statistics.Write())).Window);
    }

    [Fact]
    public void Statistics_of_the_first_format_are_read_and_their_window_has_kappas_once_it_was_filled_anew()
    {
        var statistics = new Prequential(isClassifier: true, windowSize: 4);
        Score(statistics, [0, 0, 1, 1, 0, 1], [-1, 0, 0, 1, 1, 1]);
        var bytes = statistics.Write();
        // The first format ends after the baselines; what stands behind them is not read.
        var first = bytes.ToArray();
        first[0] = 1;

        var read = Prequential.Read(first);
        var before = Summary(read);
        Score(read, [0, 0, 0], [0, 0, 0]);
        Assert.Null(Summary(read).Window.KappaTemporal);
        Score(read, [1], [1]);
        var after = Summary(read);

        Assert.Equal((3 - 2.0) / (6 - 2), before.Total.KappaTemporal!.Value, 12);
        Assert.Null(before.Total.Kappa);
        Assert.Null(before.Window.KappaTemporal);
        Assert.Null(after.Total.Kappa);
        Assert.Equal((4 - 2.0) / (4 - 2), after.Window.KappaTemporal!.Value, 12);
        Assert.Equal((4 - 2.5) / (4 - 2.5), after.Window.Kappa!.Value, 12);
    }

    [Fact]
    public void Statistics_of_the_second_format_are_read_and_their_window_has_areas_once_it_was_filled_anew()
    {
        var statistics = new Prequential(isClassifier: true, windowSize: 4);
        Score(statistics, [0, 0, 1, 1, 0, 1], [-1, 0, 0, 1, 1, 1]);
        var second = statistics.Write();
        second[0] = 2;

        var read = Prequential.Read(second);
        var before = Summary(read);
        Score(read, [0, 1, 0, 1], [0, 1, 1, 1]);
        var after = Summary(read);

        Assert.NotNull(Summary(statistics).Total.Recall);
        Assert.NotNull(before.Total.Kappa);
        Assert.Null(before.Total.Recall);
        Assert.Null(before.Window.Recall);
        Assert.Null(after.Total.Recall);
        Assert.Equal(0.75, after.Window.Recall!.Value, 12);
    }

    private static void Score(Prequential statistics, int[] targets, int[] predictions)
    {
        for (var i = 0; i < targets.Length; i++)
        {
            var outcome = new Outcome { Status = LearnStatus.Learned, IsScored = true, TargetLabel = targets[i], Loss = 1 };
            outcome.Prediction.Label = predictions[i];
            statistics.Update(outcome, null, isExample: true);
        }
    }

    private static ModelMetrics Summary(Prequential statistics) => statistics.Summarise("1:1", ["a", "b"], new Dictionary<string, float>());

    [Fact]
    public void Bytes_that_are_not_statistics_are_refused()
    {
        Assert.Throws<InvalidDataException>(() => Prequential.Read([]));
        Assert.Throws<InvalidDataException>(() => Prequential.Read([9, 9]));
        Assert.Throws<InvalidDataException>(() => Prequential.Read(new Prequential(true).Write().AsSpan(0, 20)));
    }

    [Fact]
    public void An_update_allocates_nothing_once_classes_and_tasks_are_known()
    {
        using var model = Model.Create(Presets.Expand(new CreateModelRequest { Preset = "classifier", Input = new InputSpec { Kind = InputKind.Vector, Size = 2 } }));
        var statistics = new Prequential(isClassifier: true);
        var outcome = new Outcome();
        foreach (var (row, i) in Rows(20).Select((row, i) => (row, i)))
        {
            model.Apply(new EventInput { Kind = EventKind.Learned, Sequence = i + 1, Payload = row.Payload.Span }, outcome);
            statistics.Update(outcome, "t", isExample: true);
        }

        Allocation.IsNone(() =>
        {
            for (var i = 0; i < 1000; i++)
            {
                statistics.Update(outcome, "t", isExample: true);
            }
        });
    }

    private static int MajorityHits(List<LifelongApi.Api.Hosting.LearnInput> rows)
    {
        var counts = new Dictionary<string, int>();
        var order = new List<string>();
        var hits = 0;
        foreach (var row in rows)
        {
            var majority = order.OrderByDescending(label => counts[label]).ThenBy(order.IndexOf).FirstOrDefault();
            hits += majority == row.Label ? 1 : 0;
            if (counts.TryAdd(row.Label!, 0))
            {
                order.Add(row.Label!);
            }

            counts[row.Label!]++;
        }

        return hits;
    }
}
