using LifelongApi.Contracts.Models;
using LifelongApi.Experiments.Data;
using LifelongApi.Experiments.Harness;
using LifelongApi.Learning.Recipes;

namespace LifelongApi.Experiments.Experiments;

/// <summary>
/// The three stages of the default preset switched off one at a time from the spec, paired over seeds: p that the preset is better in any of its courses, by the best of their tests times how many there are (Bonferroni).
/// Images: short forms of <c>split-mnist</c> (10,000 training images, others for every seed) and <c>recurring</c> (1,000 events a period). Tables: ten kinds of rows two at a time (600 rows a pair), <c>recurring</c> with
/// 1,000 rows a period, and three streams that drift at once, step by step and all the time (3,000 rows each).
/// <c>--only image</c> or <c>--only table</c> runs one of them; <c>--full</c> takes all training images and 3,000 events a period; <c>--validation</c> reports on the last 10,000 training images.
/// <c>--first N</c> starts at another seed, for a look that is not reported.
/// </summary>
internal sealed class Ablation : Experiment
{
    private const string Whole = "preset";
    private const string TableRole = "table ";
    private const int TableTests = 2000;
    private const int RowsOfPair = 600;
    private const int RowsOfStream = 3000;
    private static readonly string[] Drifting = ["lamps, 1 turn", "loans, 3 turns", "turning hyperplane"];

    public override string Name => "ablation";

    public override string Protocol => "each stage of the default preset off, paired seeds, short split-mnist and recurring; tables: ten kinds two at a time, recurring, three streams that drift";

    public override int DefaultSeeds => 10;

    public override IReadOnlyDictionary<string, ModelSpec> Specs { get; } = CreateSpecs();

    public override ExperimentResult Run(ExperimentRun run)
    {
        var only = run.Option("--only");
        var measurements = new List<Measurement>();
        if (only is null or "image")
        {
            var (train, test) = run.Has("--validation") ? (Digits.Fitting(run.DataFolder), Digits.Validation(run.DataFolder)) : (Digits.Train(run.DataFolder), Digits.Test(run.DataFolder));
            var (images, events) = run.Has("--full") ? (train.Count, 3000) : run.IsQuick ? (4000, 500) : (10_000, 1000);
            measurements.AddRange(Measure(run, string.Empty, string.Empty, ["split-mnist accuracy %", "recurring, contradicted images right %"], (spec, seed) =>
            [
                SplitMnist.ClassIncremental(spec, seed, train.Part(run.Has("--full") ? 0 : 4000 * (int)(seed - 1) % (train.Count - images), images), test).Accuracy,
                Recurring.Visit(spec, seed, new DigitKinds(train), new DigitKinds(test), events, contradict: true).Following,
            ]));
        }

        if (only is null or "table")
        {
            var first = (ulong)(run.Option("--first") is { } text ? int.Parse(text, System.Globalization.CultureInfo.InvariantCulture) : 1) - 1;
            var events = run.IsQuick ? 300 : 1000;
            measurements.AddRange(Measure(run, "table: ", TableRole, ["ten kinds two at a time, accuracy %", "recurring, contradicted rows right %", "streams that drift, accuracy %"], (spec, seed) =>
            [
                TwoAtATime(spec, first + seed),
                Recurring.Visit(spec, first + seed, new TableKinds(first + seed, 0, 12 * events), new TableKinds(first + seed, Recurring.Rows, TableTests), events, contradict: true).Following,
                100d * LabelStreams.All.Where(stream => Drifting.Contains(stream.Name)).Average(stream => TestThenTrain(spec, first + seed, stream.Create(first + seed, RowsOfStream))),
            ]));
        }

        return measurements.Count > 0 ? new ExperimentResult(measurements) : throw new ArgumentException("--only is 'image' or 'table'.");
    }

    /// <summary>Courses of every arm with every seed, and p that the preset is better.</summary>
    private IEnumerable<Measurement> Measure(ExperimentRun run, string arms, string roles, string[] courses, Func<ModelSpec, ulong, double[]> go)
    {
        var scores = Specs.Where(spec => spec.Key.StartsWith(TableRole, StringComparison.Ordinal) == (roles == TableRole))
            .ToDictionary(spec => spec.Key[roles.Length..], spec => run.EachSeed(seed => go(spec.Value, seed)));
        foreach (var (name, values) in scores.Where(arm => arm.Key != Whole))
        {
            yield return new Measurement($"{arms}{name}: p that the preset is better", [P(scores[Whole], values)]) { Bar = name.StartsWith("no ", StringComparison.Ordinal) ? 0.01 : null, LowerIsBetter = true };
        }

        foreach (var (name, values) in scores)
        {
            for (var course = 0; course < courses.Length; course++)
            {
                yield return new Measurement($"{arms}{name}: {courses[course]}", [.. values.Select(score => score[course])]);
            }
        }
    }

    private static double P(IReadOnlyList<double[]> preset, IReadOnlyList<double[]> other)
    {
        var courses = preset[0].Length;
        return preset.Count < 2 ? 1d : Math.Min(1d, courses * Enumerable.Range(0, courses).Min(course => Significance.PairedP([.. preset.Select(score => score[course])], [.. other.Select(score => score[course])])));
    }

    private static double TwoAtATime(ModelSpec spec, ulong seed)
    {
        var (train, test) = (new TableKinds(seed, 0, 12 * RowsOfPair), new TableKinds(seed, Recurring.Rows, TableTests));
        using var model = new Trainee(spec, seed, train.Names);
        for (var kind = 0; kind < 10; kind += 2)
        {
            foreach (var index in train.Shuffled(seed, kind, kind + 1).Take(RowsOfPair))
            {
                train.Learn(model, index, $"kind{train.KindOf(index)}");
            }
        }

        return 100d * Enumerable.Range(0, test.Count).Count(index => test.Predict(model, index) == $"kind{test.KindOf(index)}") / test.Count;
    }

    private static double TestThenTrain(ModelSpec spec, ulong seed, DriftingStream stream)
    {
        using var model = new Trainee(spec, seed, stream.Names);
        var row = new object?[stream.Names.Count];
        var right = 0;
        for (var index = 0; index < stream.RowCount; index++)
        {
            right += model.Learn(row, stream.Draw(index, row)) ? 1 : 0;
        }

        return (double)right / stream.RowCount;
    }

    private static Dictionary<string, ModelSpec> CreateSpecs()
    {
        var request = new CreateModelRequest { Preset = "classifier", Input = new InputSpec { Kind = InputKind.Image, Height = 28, Width = 28 } };
        var preset = Presets.Expand(request);
        var table = Presets.Expand(new CreateModelRequest { Preset = "classifier" });
        return new Dictionary<string, ModelSpec>
        {
            [Whole] = preset,
            ["no local plasticity"] = preset with { Network = Ablations.WithoutLocalPlasticity(preset.Network) },
            ["no neuromodulation"] = preset with { Network = Ablations.WithoutModulation(preset.Network) },
            ["no protection"] = preset with { Network = Ablations.WithoutProtection(preset.Network) },
            ["analytic"] = Presets.Expand(request with { Preset = "analytic" }),
            [$"{TableRole}{Whole}"] = table,
            [$"{TableRole}no local plasticity"] = table with { Network = Ablations.WithoutLocalRules(table.Network) },
            [$"{TableRole}no neuromodulation"] = table with { Network = Ablations.WithoutModulation(table.Network) },
            [$"{TableRole}no protection"] = table with { Network = Ablations.WithoutProtection(table.Network) },
            [$"{TableRole}filters alone stay as drawn"] = table with { Network = Ablations.WithoutLocalPlasticity(table.Network) },
        };
    }
}
