using System.Globalization;
using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Experiments.Data;
using LifelongApi.Experiments.Harness;
using LifelongApi.Learning.Recipes;

namespace LifelongApi.Experiments.Experiments;

/// <summary>
/// Retain and follow: A → B → A → B over things of ten kinds, one pass, no ids, the default preset unchanged; digit images, and rows of a generated table. In A the kinds 0 … 5 have their names; in B 0 … 3
/// come with the names of 0 and 1 exchanged, and 4 and 5 are not seen. Every period brings a new kind (6, 7, 8, 9 in turn; those of a visit stay with it).
/// Recovery is the number of events from a change until 90 % of the next 50 contradicted things are answered as they are labelled.
/// <c>--only image</c> or <c>--only table</c> runs one of them; <c>--validation</c> reports on the last 10,000 training images.
/// </summary>
internal sealed class Recurring : Experiment
{
    private const int Window = 50;

    /// <summary>Rows to learn of a table; rows to test on come after them.</summary>
    internal const int Rows = 60_000;
    private const int Tests = 10_000;
    private static readonly int[][] Seen = [[0, 1, 2, 3, 4, 5, 6], [0, 1, 2, 3, 7], [0, 1, 2, 3, 4, 5, 6, 8], [0, 1, 2, 3, 7, 9]];

    public override string Name => "recurring";

    public override string Protocol => "A → B → A → B, two names exchanged in B, a new class in every period, one pass, no ids, default preset; digit images, and a table of 6 numbers and 4 categories";

    public override IReadOnlyDictionary<string, ModelSpec> Specs { get; } = CreateSpecs();

    public override ExperimentResult Run(ExperimentRun run)
    {
        var only = run.Option("--only");
        var measurements = new List<Measurement>();
        if (only is null or "image")
        {
            var (train, test) = run.Has("--validation") ? (Digits.Fitting(run.DataFolder), Digits.Validation(run.DataFolder)) : (Digits.Train(run.DataFolder), Digits.Test(run.DataFolder));
            test = run.IsQuick ? test.Part(0, 2000) : test;
            measurements.AddRange(Measure(run, "", "image", "stationary", _ => (new DigitKinds(train), new DigitKinds(test))));
        }

        if (only is null or "table")
        {
            measurements.AddRange(Measure(run, "table: ", "table", "table-stationary", seed => (new TableKinds(seed, 0, Rows), new TableKinds(seed, Rows, run.IsQuick ? Tests / 5 : Tests))));
        }

        return measurements.Count > 0 ? new ExperimentResult(measurements) : throw new ArgumentException("--only is 'image' or 'table'.");
    }

    private List<Measurement> Measure(ExperimentRun run, string arm, string preset, string stationary, Func<ulong, (IKinds Train, IKinds Test)> kinds)
    {
        var events = run.IsQuick ? 1000 : 3000;
        Course Go(string spec, ulong seed, bool contradict)
        {
            var (train, test) = kinds(seed);
            return Visit(Specs[spec], seed, train, test, events, contradict);
        }

        var all = run.EachSeed(seed => Go(preset, seed, contradict: true));
        var still = run.EachSeed(seed => Go(preset, seed, contradict: false).Final);
        var other = run.EachSeed(seed => Go(stationary, seed, contradict: false).Final);
        return
        [
            new Measurement($"{arm}second recovery over the first", [.. all.Select(one => one.SecondOverFirst)]) { Bar = 1 / 3d, LowerIsBetter = true },
            new Measurement($"{arm}loss of classes not seen in B, points", [.. all.Select(one => one.Loss)]) { Bar = 1, LowerIsBetter = true },
            new Measurement($"{arm}nothing drifts: against the stationary preset, points", [.. still.Zip(other, (own, rest) => own - rest)]) { Bar = -0.5 },
            new Measurement($"{arm}events to recover, first B", [.. all.Select(one => (double)one.Recoveries[0])]),
            new Measurement($"{arm}events to recover, second A", [.. all.Select(one => (double)one.Recoveries[1])]),
            new Measurement($"{arm}events to recover, second B", [.. all.Select(one => (double)one.Recoveries[2])]),
            new Measurement($"{arm}final accuracy %, names of B", [.. all.Select(one => one.Final)]),
        ];
    }

    internal static Course Visit(ModelSpec spec, ulong seed, IKinds train, IKinds test, int events, bool contradict)
    {
        using var model = new Trainee(spec, seed, train.Names);
        var taken = new HashSet<int>();
        var recoveries = new List<int>();
        var losses = new List<double>();
        var following = new List<bool>();
        for (var period = 0; period < Seen.Length; period++)
        {
            var inB = period % 2 == 1;
            var before = inB ? Accuracy(model, test, [4, 5], swapped: false) : 0;
            var order = train.Shuffled(seed + (100 * (ulong)period), Seen[period]).Where(taken.Add).Take(events).ToArray();
            var hits = new List<(int Event, bool Hit)>();
            for (var index = 0; index < order.Length; index++)
            {
                var kind = train.KindOf(order[index]);
                var hit = train.Learn(model, order[index], NameOf(kind, inB && contradict));
                if (kind < 2)
                {
                    hits.Add((index, hit));
                }
            }

            if (period > 0 && contradict)
            {
                following.AddRange(hits.Select(one => one.Hit));
                recoveries.Add(Recovery(hits, order.Length));
                ExperimentRun.Progress($"seed {seed}: period {period + 1} recovered after {recoveries[^1]} events");
            }

            if (inB)
            {
                losses.Add(before - Accuracy(model, test, [4, 5], swapped: false));
            }
        }

        var final = Accuracy(model, test, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], contradict);
        ExperimentRun.Progress($"seed {seed}: at the end {final:F2} % of all classes");
        return new Course(recoveries, losses.Average(), final, following.Count == 0 ? 100 : 100d * following.Count(hit => hit) / following.Count);
    }

    /// <summary>Events until 90 % of the next 50 contradicted things are right; the whole period where that never happens.</summary>
    internal static int Recovery(IReadOnlyList<(int Event, bool Hit)> hits, int events)
    {
        for (var start = 0; start + Window <= hits.Count; start++)
        {
            if (hits.Skip(start).Take(Window).Count(one => one.Hit) >= 0.9 * Window)
            {
                return start == 0 ? 0 : hits[start - 1].Event + 1;
            }
        }

        return events;
    }

    private static double Accuracy(Trainee model, IKinds test, int[] kinds, bool swapped)
    {
        var (right, count) = (0, 0);
        for (var index = 0; index < test.Count; index++)
        {
            if (kinds.Contains(test.KindOf(index)))
            {
                right += test.Predict(model, index) == NameOf(test.KindOf(index), swapped) ? 1 : 0;
                count++;
            }
        }

        return 100d * right / count;
    }

    private static string NameOf(int kind, bool swapped) => (swapped && kind < 2 ? 1 - kind : kind).ToString(CultureInfo.InvariantCulture);

    private static Dictionary<string, ModelSpec> CreateSpecs()
    {
        var image = Presets.Expand(new CreateModelRequest { Preset = "classifier", Input = new InputSpec { Kind = InputKind.Image, Height = 28, Width = 28 } });
        var table = Presets.Expand(new CreateModelRequest { Preset = "classifier" });
        return new Dictionary<string, ModelSpec>
        {
            ["image"] = image,
            ["stationary"] = image with { Network = Ablations.WithoutModulation(image.Network) },
            ["table"] = table,
            ["table-stationary"] = table with { Preset = null, Network = Unforgetting(Ablations.WithoutModulation(table.Network)) },
        };
    }

    /// <summary>No readout by least squares forgets at rest either.</summary>
    private static NetworkSpec Unforgetting(NetworkSpec network) => network with
    {
        Projections = [.. network.Projections.Select(projection => projection.Rule is RecursiveLeastSquaresRuleSpec squares ? projection with { Rule = squares with { Forgetting = 1f } } : projection)],
    };

    /// <summary>How a course went: events to recover at every change, mean loss of what was not seen in B, accuracy at the end, share of contradicted things right as they came.</summary>
    internal sealed record Course(IReadOnlyList<int> Recoveries, double Loss, double Final, double Following)
    {
        /// <summary>Mean of the second visits over the first visit of B; a first recovery at once counts as one event.</summary>
        public double SecondOverFirst => (Recoveries[1] + Recoveries[2]) / 2d / Math.Max(1, Recoveries[0]);
    }
}
