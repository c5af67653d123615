using System.Diagnostics;
using System.Globalization;
using LifelongApi.Contracts.Models;
using LifelongApi.Experiments.Data;
using LifelongApi.Experiments.Harness;
using LifelongApi.Learning.Recipes;

namespace LifelongApi.Experiments.Experiments;

/// <summary>
/// What fields of inputs that go together do where nothing, or something other than pixels, goes together: the default preset for vectors against 2,000 random features that see
/// the whole input under the same readout, class-incremental on generated problems (<see cref="VectorProblem"/>).
/// </summary>
internal sealed class Vectors : Experiment
{
    private const int TaskCount = 5;
    private const int TestSize = 2000;
    private const int Units = 2000;

    public override string Name => "vectors";

    public override string Protocol => "generated vectors that are not pixels, 10 classes in 5 tasks of 2, 6,000 events, one pass, no task id: default preset against 2,000 random features under the same readout";

    public override int DefaultSeeds => 3;

    public override IReadOnlyDictionary<string, ModelSpec> Specs { get; } = VectorProblem.Kinds.SelectMany(Pair).ToDictionary();

    public override ExperimentResult Run(ExperimentRun run)
    {
        var count = run.IsQuick ? 2000 : 6000;
        var measurements = new List<Measurement>();
        var details = new Dictionary<string, object>();
        foreach (var kind in VectorProblem.Kinds.Where(kind => (run.Option("--only") ?? kind) == kind))
        {
            var fields = run.EachSeed(seed => Measure(kind, kind, seed, count));
            var random = run.EachSeed(seed => Measure(kind, $"{kind} random", seed, count));
            measurements.Add(new Measurement($"{kind}: class-incremental accuracy %", [.. fields.Select(one => one.Accuracy)]));
            measurements.Add(new Measurement($"{kind}: over random features, points", [.. fields.Zip(random, (ours, theirs) => ours.Accuracy - theirs.Accuracy)]) { Bar = -0.5 });
            details[$"{kind}: events per second"] = fields.Average(one => one.Rate);
            details[$"{kind}: events per second, random features"] = random.Average(one => one.Rate);
            ExperimentRun.Progress($"{kind}: {fields.Average(one => one.Accuracy):F2} %, random features {random.Average(one => one.Accuracy):F2} %, {fields.Average(one => one.Rate):F0} and {random.Average(one => one.Rate):F0} events/s");
        }

        return new ExperimentResult([.. measurements]) { Details = details };
    }

    private (double Accuracy, double Rate) Measure(string kind, string role, ulong seed, int count)
    {
        using var model = new Trainee(Specs[role], seed);
        var problem = new VectorProblem(seed, kind);
        var watch = new Stopwatch();
        for (var n = 0; n < count; n++)
        {
            // Two classes a task in any order: the parity of a keyed draw.
            var label = (2 * (n * TaskCount / count)) + new Draws(seed, (ulong)n).Below(2);
            var x = problem.Example(label, n);
            watch.Start();
            model.Learn(x, label.ToString(CultureInfo.InvariantCulture));
            watch.Stop();
        }

        var right = 0;
        for (var n = 0; n < TestSize; n++)
        {
            right += model.Predict(problem.Example(n % (2 * TaskCount), count + n)) == (n % (2 * TaskCount)).ToString(CultureInfo.InvariantCulture) ? 1 : 0;
        }

        return (100d * right / TestSize, count / watch.Elapsed.TotalSeconds);
    }

    private static IEnumerable<KeyValuePair<string, ModelSpec>> Pair(string kind)
    {
        var spec = Presets.Expand(new CreateModelRequest { Preset = "classifier", Input = new InputSpec { Kind = InputKind.Vector, Size = VectorProblem.SizeOf(kind) } });
        return [new(kind, spec), new($"{kind} random", spec with { Preset = null, Network = DefaultRecipe.Expanded(spec.Input, spec.Target, Units) })];
    }
}
