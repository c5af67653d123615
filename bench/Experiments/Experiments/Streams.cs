using System.Diagnostics;
using LifelongApi.Contracts.Models;
using LifelongApi.Experiments.Data;
using LifelongApi.Experiments.Harness;
using LifelongApi.Learning.Recipes;

namespace LifelongApi.Experiments.Experiments;

/// <summary>
/// Streams with drift, test-then-train, one row at a time, the default preset unchanged. <c>--csv FILE --label COLUMN</c> runs any other stream;
/// <c>--delay N</c> gives every label N rows late.
/// </summary>
internal sealed class Streams : Experiment
{
    private static readonly (string File, string Label, double Anchor, double Bar)[] Known =
    [
        ("elec2", "class", 0.9064, 0.920),
        ("bananas", "class", 0.8894, 0.893),
        ("phishing", "is_phishing", 0.9135, 0.916),
    ];

    public override string Name => "streams";

    public override string Protocol => "real streams with drift, test-then-train, batch 1, default preset for named features";

    public override IReadOnlyDictionary<string, ModelSpec> Specs { get; } = new Dictionary<string, ModelSpec>
    {
        ["named"] = Presets.Expand(new CreateModelRequest { Preset = "classifier" }),
    };

    public override ExperimentResult Run(ExperimentRun run)
    {
        var delays = run.Option("--delay") is { } delay ? [int.Parse(delay, System.Globalization.CultureInfo.InvariantCulture)] : run.IsQuick ? new[] { 0 } : [0, 100, 1000];
        var streams = run.Option("--csv") is { } path
            ? [(Path.GetFileNameWithoutExtension(path), CsvStream.Read(path, run.Option("--label") ?? throw new ArgumentException("--csv goes with --label COLUMN.")), (double?)null, (double?)null)]
            : Known.Select(stream => (stream.File, CsvStream.Read(Path.Combine(run.DataFolder, "streams", stream.File + ".csv"), stream.Label), (double?)stream.Anchor, (double?)stream.Bar)).ToArray();
        var measurements = new List<Measurement>();
        var details = new Dictionary<string, object>();
        foreach (var late in delays)
        {
            foreach (var (name, stream, anchor, bar) in streams)
            {
                var scores = run.EachSeed(seed => Score(stream, seed, late));
                var title = late == 0 ? name : $"{name}, labels {late} rows late";
                measurements.Add(new Measurement($"{title}: accuracy", [.. scores.Select(score => score.Accuracy)]) { Anchor = late == 0 ? anchor : null, Bar = late == 0 ? bar : null });
                details[title] = scores[0].ToString();
                details["state bytes"] = scores[0].StateByteCount;
                ExperimentRun.Progress($"{title}: {measurements[^1].Mean:F4}; seed 1: {scores[0]}");
            }
        }

        return new ExperimentResult(measurements) { Details = details };
    }

    internal StreamScore Score(CsvStream stream, ulong seed, int delay)
    {
        using var model = new Trainee(Specs["named"], seed, stream.Names);
        var score = new PrequentialScore([.. stream.Rows.Select(row => row.Label)], delay);
        var watch = Stopwatch.StartNew();
        for (var index = 0; index < stream.Rows.Count + delay; index++)
        {
            if (delay > 0 && index < stream.Rows.Count)
            {
                model.Predict(stream.Rows[index].Values);
                score.Add(index, model.Prediction, model.Model.Labels);
            }

            if (index >= delay)
            {
                var (values, label) = stream.Rows[index - delay];
                model.Learn(values, label);
                if (delay == 0)
                {
                    score.Add(index, model.Outcome.Prediction, model.Model.Labels);
                }
            }
        }

        return score.Summarise(stream.Rows.Count / watch.Elapsed.TotalSeconds, model.StateByteCount);
    }
}
