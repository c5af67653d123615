using System.Diagnostics;
using LifelongApi.Contracts.Models;
using LifelongApi.Experiments.Data;
using LifelongApi.Experiments.Harness;
using LifelongApi.Learning.Recipes;

namespace LifelongApi.Experiments.Experiments;

/// <summary>
/// Random trees and Agrawal's predicates with abrupt and gradual drift, four streams that make <c>--rows</c> rows together (a million; 40,000 with <c>--quick</c>), test-then-train, the default preset unchanged:
/// accuracy over all rows and over the 2,000 rows (a tenth of a concept at most) after each change, beside the majority and the last label.
/// </summary>
internal sealed class Trees : Experiment
{
    private const int Concepts = 4;
    private static readonly int[] Functions = [2, 5, 7, 4];

    public override string Name => "trees-1m";

    public override string Protocol => "random-tree and Agrawal concepts, abrupt and gradual drift, 1M rows, default preset for named features";

    public override int DefaultSeeds => 1;

    public override IReadOnlyDictionary<string, ModelSpec> Specs { get; } = new Dictionary<string, ModelSpec> { ["named"] = Presets.Expand(new CreateModelRequest { Preset = "classifier" }) };

    public override ExperimentResult Run(ExperimentRun run)
    {
        var rows = int.Parse(run.Option("--rows") ?? (run.IsQuick ? "40000" : "1000000"), System.Globalization.CultureInfo.InvariantCulture) / 4;
        var measurements = new List<Measurement>();
        var details = new Dictionary<string, object>();
        foreach (var (name, create) in Streams(rows))
        {
            var scores = run.EachSeed(seed => Score(create(seed), seed));
            measurements.Add(new Measurement($"{name}: accuracy", [.. scores.Select(score => score.Accuracy)]));
            measurements.Add(new Measurement($"{name}: accuracy after changes", [.. scores.Select(score => score.After)]));
            details[name] = FormattableString.Invariant($"majority {scores.Average(score => score.Majority):F4}, no change {scores.Average(score => score.NoChange):F4}, {scores[0].Rate:F0} rows/s, {scores[0].StateByteCount} bytes");
            ExperimentRun.Progress($"{name}: {measurements[^2].Mean:F4}, after changes {measurements[^1].Mean:F4}; {details[name]}");
        }

        return new ExperimentResult([new Measurement("mean accuracy", [measurements.Where((_, i) => i % 2 == 0).Average(one => one.Mean)]), .. measurements]) { Details = details };
    }

    private static IEnumerable<(string Name, Func<ulong, DriftingStream> Create)> Streams(int rows)
    {
        static IConcept[] Forest(ulong seed) => [.. Enumerable.Range(0, Concepts).Select(i => new RandomTreeConcept((10 * seed) + (ulong)i))];
        static IConcept[] Loans() => [.. Functions.Select(function => new AgrawalConcept(function))];
        yield return ("trees, abrupt", seed => new DriftingStream(seed, rows, 0, Forest(seed)));
        yield return ("trees, gradual", seed => new DriftingStream(seed, rows, rows / 20, Forest(seed)));
        yield return ("agrawal, abrupt", seed => new DriftingStream(seed, rows, 0, Loans()));
        yield return ("agrawal, gradual", seed => new DriftingStream(seed, rows, rows / 20, Loans()));
    }

    private TreeScore Score(DriftingStream stream, ulong seed)
    {
        using var model = new Trainee(Specs["named"], seed, stream.Names);
        var row = new object?[stream.Names.Count];
        var counts = new Dictionary<string, int>();
        var (last, majority) = ("", "");
        var (right, same, most, after, rightAfter) = (0, 0, 0, 0, 0);
        var window = Math.Min(2000, stream.RowCount / Concepts / 10);
        int[] changes = [.. stream.Changes];
        var watch = Stopwatch.StartNew();
        for (var index = 0; index < stream.RowCount; index++)
        {
            var label = stream.Draw(index, row);
            var isRight = model.Learn(row, label);
            right += isRight ? 1 : 0;
            if (Array.Exists(changes, change => index >= change && index < change + window))
            {
                after++;
                rightAfter += isRight ? 1 : 0;
            }

            same += label == last ? 1 : 0;
            most += label == majority ? 1 : 0;
            last = label;
            counts[label] = counts.GetValueOrDefault(label) + 1;
            majority = counts[label] >= counts.GetValueOrDefault(majority) ? label : majority;
        }

        double Share(int count) => (double)count / stream.RowCount;
        return new TreeScore(Share(right), (double)rightAfter / after, Share(most), Share(same), stream.RowCount / watch.Elapsed.TotalSeconds, model.StateByteCount);
    }

    private sealed record TreeScore(double Accuracy, double After, double Majority, double NoChange, double Rate, long StateByteCount);
}
