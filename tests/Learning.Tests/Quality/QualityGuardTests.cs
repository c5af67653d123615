using System.Text;
using LifelongApi.Contracts.Journal;
using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Features;
using LifelongApi.Learning.Recipes;
using LifelongApi.Learning.Tests.Support;

namespace LifelongApi.Learning.Tests.Quality;

/// <summary>Small streams with known answers that the default presets must keep learning. Prequential: asked first, learned after.</summary>
public sealed class QualityGuardTests
{
    [Theory]
    [InlineData("classifier")]
    [InlineData("compact")]
    public void The_classifier_beats_the_majority_and_the_last_label_on_a_drifting_stream(string preset)
    {
        using var trial = Preset(preset, 8);
        var counts = new int[3];
        var (right, majority, last, previous) = (0, 0, 0, 0);
        const int count = 3000;
        for (var n = 0; n < count; n++)
        {
            var x = Draw.Normals(8, 41, n);

            // The boundary turns slowly and jumps once in the middle.
            var angle = (n / 3000d) + (n > 1500 ? 1.5 : 0);
            var side = (x[0] * Math.Cos(angle)) + (x[1] * Math.Sin(angle)) + (0.2 * x[2]);
            var label = side > 0.5 ? 2 : side < -0.5 ? 0 : 1;
            trial.Learn(x, $"{label}");
            right += trial.Outcome.Prediction.Label == trial.Outcome.TargetLabel ? 1 : 0;
            majority += Array.IndexOf(counts, counts.Max()) == label ? 1 : 0;
            last += previous == label ? 1 : 0;
            counts[label]++;
            previous = label;
        }

        Assert.True(right > Math.Max(majority, last) + (0.15 * count), $"right {right}, majority {majority}, no-change {last} of {count}");
    }

    [Theory]
    [InlineData("regressor", 20)]
    [InlineData("compact", 8)]
    public void The_regressor_explains_a_nonlinear_function_far_from_zero(string preset, int factor)
    {
        using var trial = Preset(preset, 5, new TargetSpec { Kind = TargetKind.Value });
        double error = 0, meanError = 0, mean = 0;
        for (var n = 0; n < 2500; n++)
        {
            var x = Draw.Normals(5, 42, n);
            var y = 100 + (3 * x[0]) - (2 * x[1]) + Math.Sin(2 * x[2]) + (0.1 * Draw.Normal(43, n));
            trial.Learn(x, [y]);
            if (n >= 500)
            {
                error += Math.Pow(y - trial.Outcome.Prediction.Scores[0], 2);
                meanError += Math.Pow(y - mean, 2);
            }

            mean += (y - mean) / (n + 1);
        }

        Assert.True(error < meanError / factor, $"squared error {error} against {meanError} for the running mean");
    }

    [Theory]
    [InlineData("classifier")]
    [InlineData("compact")]
    public void Two_old_classes_are_kept_while_two_new_ones_are_learned(string preset)
    {
        using var trial = Preset(preset, 10);
        Train(trial, 0, 800);
        trial.Apply(EventKind.TaskEnded, []);
        var before = Accuracy(trial, 0, 4);
        Train(trial, 2, 800);
        trial.Apply(EventKind.TaskEnded, []);
        var after = Accuracy(trial, 0, 4);
        var second = Accuracy(trial, 2, 4);

        Assert.True(before > 0.9, $"first task {before}");
        Assert.True(after >= 0.95 * before, $"first task fell from {before} to {after}");
        Assert.True(second > 0.9, $"second task {second}");
    }

    [Fact]
    public void A_compact_model_follows_a_table_that_drifts_and_grows_to_more_classes_than_it_had_room_for()
    {
        using var trial = new Trial(Presets.Expand(new CreateModelRequest { Preset = "compact" }));
        var (right, majority, last, previous, scored) = (0, 0, 0, -1, 0);
        var counts = new int[20];
        for (var n = 0; n < 6000; n++)
        {
            // Eight numbers and four categories; the label is the colour and on which side of a plane two of the numbers lie. The plane changes half-way; new colours come all along.
            var x = Draw.Normals(8, 71, n);
            var colour = Draw.Below(Math.Min(10, 2 + (n / 400)), 72, n);
            var at = n < 3000 ? 0 : 3;
            var label = (2 * colour) + (x[at] + (0.5 * x[at + 1]) > 0 ? 1 : 0);
            var builder = new PayloadBuilder();
            builder.BeginNamed();
            for (var i = 0; i < 8; i++)
            {
                builder.Named(i, (double)x[i] * (i + 1));
            }

            builder.Named(8, Encoding.UTF8.GetBytes($"colour {colour}"));
            for (var i = 9; i < 12; i++)
            {
                builder.Named(i, Encoding.UTF8.GetBytes($"value {Draw.Below(4, 73, n, i)}"));
            }

            builder.EndNamed();
            builder.Label(Encoding.UTF8.GetBytes($"class {label}"));
            trial.Apply(EventKind.Learned, builder.Written.Span);
            if (n >= 500)
            {
                scored++;
                right += trial.Outcome.Prediction.Label == trial.Outcome.TargetLabel ? 1 : 0;
                majority += Array.IndexOf(counts, counts.Max()) == label ? 1 : 0;
                last += previous == label ? 1 : 0;
            }

            counts[label]++;
            previous = label;
        }

        Assert.True(trial.Model.Labels.Count > 16, $"{trial.Model.Labels.Count} classes");
        Assert.True(right > Math.Max(majority, last) + (0.15 * scored), $"right {right}, majority {majority}, no-change {last} of {scored}");
    }

    [Theory]
    [InlineData("classifier")]
    [InlineData("compact")]
    public void Ten_classes_that_come_two_at_a_time_are_all_known_at_the_end(string preset)
    {
        using var trial = Preset(preset, 10);
        using var other = new Trial(WithoutAbsence(trial.Model.Spec));
        for (var first = 0; first < 10; first += 2)
        {
            Train(trial, first, 400);
            Train(other, first, 400);
        }

        var known = Enumerable.Range(0, 5).Average(task => Accuracy(trial, 2 * task, 7));
        var forgotten = Enumerable.Range(0, 5).Average(task => Accuracy(other, 2 * task, 7));
        Assert.True(known > 0.8, $"{known} of ten classes");
        Assert.True(known > forgotten + 0.2, $"{known}, and {forgotten} where nothing counts as absent");
    }

    private static ModelSpec WithoutAbsence(ModelSpec spec) =>
        spec with { Network = spec.Network with { Head = (EnsembleHeadSpec)spec.Network.Head with { Absence = 1e9f } } };

    private static Trial Preset(string name, int size, TargetSpec? target = null) =>
        new(Presets.Expand(new CreateModelRequest { Preset = name, Input = new InputSpec { Kind = InputKind.Vector, Size = size }, Target = target }));

    private static float[] Example(int label, int seed, int n)
    {
        var x = Draw.Normals(10, seed, n);
        for (var i = 0; i < 10; i++)
        {
            x[i] = (0.6f * x[i]) + (1.5f * Draw.Normal(99, label, i));
        }

        return x;
    }

    private static void Train(Trial trial, int first, int count)
    {
        for (var n = 0; n < count; n++)
        {
            var label = first + Draw.Below(2, 44 + first, n);
            trial.Learn(Example(label, 45 + first, n), $"{label}");
        }
    }

    private static double Accuracy(Trial trial, int first, int seed)
    {
        var right = 0;
        for (var n = 0; n < 400; n++)
        {
            var label = first + (n % 2);
            trial.Predict(Example(label, 60 + seed, n));
            right += trial.Prediction.Label == trial.Model.Labels.ToList().IndexOf($"{label}") ? 1 : 0;
        }

        return right / 400d;
    }
}
