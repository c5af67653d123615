using System.Diagnostics;
using System.Globalization;
using LifelongApi.Contracts.Models;
using LifelongApi.Experiments.Data;
using LifelongApi.Experiments.Harness;
using LifelongApi.Learning.Recipes;

namespace LifelongApi.Experiments.Experiments;

/// <summary>
/// What a model in 8,000 bytes gives up: preset <c>compact</c> beside <c>classifier</c> and <c>regressor</c>, the majority, the last label and the running mean, test-then-train over generated streams.
/// <c>--real</c> adds the streams of the folder.
/// </summary>
internal sealed class Compact : Experiment
{
    private const int Rows = 6000;
    private static readonly (string File, string Label)[] Real = [("elec2", "class"), ("bananas", "class"), ("phishing", "is_phishing")];

    public override string Name => "compact";

    public override string Protocol => "preset compact (8,000 bytes) against classifier and regressor, 10 generated streams of labels and 12 of values, 6,000 rows each, test-then-train";

    public override int DefaultSeeds => 3;

    public override IReadOnlyDictionary<string, ModelSpec> Specs { get; } = CreateSpecs();

    public override ExperimentResult Run(ExperimentRun run)
    {
        var rows = run.IsQuick ? Rows / 5 : Rows;
        var details = new Dictionary<string, object>();
        var labels = new List<Measurement>();
        var values = new List<Measurement>();
        var bytes = 0L;
        foreach (var (name, create) in LabelStreams.All)
        {
            var scores = run.EachSeed(seed => ScoreLabels(create, seed, rows));
            Add(labels, details, name, [.. scores.Select(one => one.Compact)], scores.Average(one => one.Default), string.Create(CultureInfo.InvariantCulture, $"majority {scores.Average(one => one.Majority):F4}, last label {scores.Average(one => one.NoChange):F4}"));
            bytes = Math.Max(bytes, scores.Max(one => one.ByteCount));
        }

        foreach (var (name, draw) in ValueStreams.All)
        {
            var scores = run.EachSeed(seed => ScoreValues(draw, seed, rows));
            Add(values, details, $"values: {name}", [.. scores.Select(one => one.Compact)], scores.Average(one => one.Default), "running mean 1");
            bytes = Math.Max(bytes, scores.Max(one => one.ByteCount));
        }

        var measurements = new List<Measurement>
        {
            new("state, bytes, largest", [bytes]) { Bar = 8000, LowerIsBetter = true },
            new("mean accuracy of labels", [labels.Average(one => one.Mean)]) { Anchor = labels.Average(one => one.Anchor!.Value) },
            new("mean error of values over the running mean's", [values.Average(one => one.Mean)]) { Anchor = values.Average(one => one.Anchor!.Value), LowerIsBetter = true },
        };
        if (run.Has("--real"))
        {
            AddReal(run, measurements, details);
        }

        return new ExperimentResult([.. measurements, .. labels, .. values.Select(one => one with { LowerIsBetter = true })]) { Details = details };
    }

    private static void Add(List<Measurement> to, Dictionary<string, object> details, string name, double[] own, double other, string rest)
    {
        to.Add(new Measurement(name, own) { Anchor = other });
        details[name] = string.Create(CultureInfo.InvariantCulture, $"compact {own.Average():F4}, default preset {other:F4}, {rest}");
        ExperimentRun.Progress($"{name}: {details[name]}");
    }

    private void AddReal(ExperimentRun run, List<Measurement> measurements, Dictionary<string, object> details)
    {
        foreach (var (file, label) in Real)
        {
            var stream = CsvStream.Read(Path.Combine(run.DataFolder, "streams", file + ".csv"), label);
            var scores = run.EachSeed(seed => ScoreRows(stream, seed));
            measurements.Add(new Measurement(file, [.. scores.Select(one => one.Accuracy)]));
            details[file] = scores[0].ToString();
            ExperimentRun.Progress($"{file}: {measurements[^1].Mean:F4}; seed 1: {scores[0]}");
        }
    }

    private StreamScore ScoreRows(CsvStream stream, ulong seed)
    {
        using var model = new Trainee(Specs["labels"], seed, stream.Names);
        var score = new PrequentialScore([.. stream.Rows.Select(row => row.Label)], 0);
        var watch = Stopwatch.StartNew();
        for (var index = 0; index < stream.Rows.Count; index++)
        {
            model.Learn(stream.Rows[index].Values, stream.Rows[index].Label);
            score.Add(index, model.Outcome.Prediction, model.Model.Labels);
        }

        return score.Summarise(stream.Rows.Count / watch.Elapsed.TotalSeconds, model.StateByteCount);
    }

    private CompactScore ScoreLabels(Func<ulong, int, DriftingStream> create, ulong seed, int rows)
    {
        var stream = create(seed, rows);
        using var compact = new Trainee(Specs["labels"], seed, stream.Names);
        using var classifier = new Trainee(Specs["classifier"], seed, stream.Names);
        var row = new object?[stream.Names.Count];
        var counts = new Dictionary<string, int>();
        var (last, majority) = ("", "");
        var (own, other, same, most) = (0d, 0d, 0d, 0d);
        for (var index = 0; index < rows; index++)
        {
            var label = stream.Draw(index, row);
            own += compact.Learn(row, label) ? 1 : 0;
            other += classifier.Learn(row, label) ? 1 : 0;
            same += label == last ? 1 : 0;
            most += label == majority ? 1 : 0;
            last = label;
            counts[label] = counts.GetValueOrDefault(label) + 1;
            majority = counts[label] >= counts.GetValueOrDefault(majority) ? label : majority;
        }

        return new CompactScore(own / rows, other / rows, most / rows, same / rows, compact.StateByteCount);
    }

    private CompactScore ScoreValues(Func<Draws, float[], ulong, double, double> draw, ulong seed, int rows)
    {
        using var compact = new Trainee(Specs["values"], seed);
        using var regressor = new Trainee(Specs["regressor"], seed);
        var x = new float[ValueStreams.Size];
        var (own, other, plain, mean) = (0d, 0d, 0d, 0d);
        for (var row = 0; row < rows; row++)
        {
            var target = draw(new Draws(seed, (ulong)row), x, seed, (double)row / rows);
            compact.Learn(x, [target]);
            regressor.Learn(x, [target]);
            if (row > 0)
            {
                own += Math.Abs(target - compact.Outcome.Prediction.Scores[0]);
                other += Math.Abs(target - regressor.Outcome.Prediction.Scores[0]);
                plain += Math.Abs(target - mean);
            }

            mean += (target - mean) / (row + 1);
        }

        return new CompactScore(own / plain, other / plain, 1, 1, compact.StateByteCount);
    }

    private static Dictionary<string, ModelSpec> CreateSpecs()
    {
        var numbers = new InputSpec { Kind = InputKind.Vector, Size = ValueStreams.Size };
        return new Dictionary<string, ModelSpec>
        {
            ["labels"] = Presets.Expand(new CreateModelRequest { Preset = "compact" }),
            ["values"] = Presets.Expand(new CreateModelRequest { Preset = "compact", Input = numbers, Target = new TargetSpec { Kind = TargetKind.Value } }),
            ["classifier"] = Presets.Expand(new CreateModelRequest { Preset = "classifier" }),
            ["regressor"] = Presets.Expand(new CreateModelRequest { Preset = "regressor", Input = numbers }),
        };
    }

    private sealed record CompactScore(double Compact, double Default, double Majority, double NoChange, long ByteCount);
}
