using System.Globalization;
using LifelongApi.Contracts.Models;

namespace LifelongApi.Experiments.Harness;

/// <summary>
/// One method against forgetting on the published sequences of tasks. <c>--only ARM</c> runs one arm; <c>--validation</c> with <c>--rate</c>, <c>--strength</c>,
/// <c>--units</c>, <c>--passes</c> and <c>--set kind.field=value,…</c> is how settings are chosen.
/// </summary>
internal abstract class ProtectionExperiment : Experiment
{
    /// <summary>What is run, the one it is known by first.</summary>
    protected abstract IReadOnlyList<Arm> Arms { get; }

    public override IReadOnlyDictionary<string, ModelSpec> Specs => Arms.ToDictionary(arm => arm.Name, arm => arm.Spec);

    public override ExperimentResult Run(ExperimentRun run)
    {
        var data = TaskSequences.For(run);
        var measurements = new List<Measurement>();
        var details = new Dictionary<string, object>();
        foreach (var arm in Arms.Where(arm => (run.Option("--only") ?? arm.Name) == arm.Name))
        {
            var spec = Perceptron.Varied(arm.Spec, Number(run.Option("--rate")), Number(run.Option("--strength")), (int?)Number(run.Option("--units")));
            spec = run.Option("--transforms") is { } chain ? SpecChange.WithTransforms(spec, chain) : spec;
            spec = run.Option("--set") is { } changes ? SpecChange.Apply(spec, changes) : spec;
            var passes = (int?)Number(run.Option("--passes")) ?? arm.Passes;
            var scores = run.EachSeed(seed =>
            {
                var score = arm.PermutedTasks is { } tasks ? data.Permuted(spec, seed, run.IsQuick ? Math.Min(3, tasks) : tasks, passes) : data.Split(spec, seed, passes);
                ExperimentRun.Progress($"{Name} {arm.Name} seed {seed}: {score.Mean:F2} % in {score.Seconds:F0} s; by task {string.Join(" ", score.ByTask.Select(value => value.ToString("F1", CultureInfo.InvariantCulture)))}");
                return score;
            });
            measurements.Add(new Measurement($"{arm.Name}: accuracy %", [.. scores.Select(score => score.Mean)]) { Anchor = arm.Anchor, Bar = arm.Bar });
            details[$"{arm.Name}: accuracy % by task, seed 1"] = scores[0].ByTask;
            details[$"{arm.Name}: seconds a seed"] = scores.Average(score => score.Seconds);
            details.TryAdd("state bytes", scores[0].StateByteCount);
        }

        return measurements.Count > 0 ? new ExperimentResult(measurements) { Details = details } : throw new ArgumentException($"--only takes one of {string.Join(", ", Arms.Select(arm => arm.Name))}.");
    }

    private static float? Number(string? text) => text is null ? null : float.Parse(text, CultureInfo.InvariantCulture);

    /// <summary>A learner on a sequence of tasks.</summary>
    /// <param name="Name">Name of the arm.</param>
    /// <param name="Spec">The learner.</param>
    /// <param name="Passes">Passes over the data of a task.</param>
    protected sealed record Arm(string Name, ModelSpec Spec, int Passes)
    {
        /// <summary>Tasks of permuted MNIST; null: the five tasks of split MNIST.</summary>
        public int? PermutedTasks { get; init; }

        /// <summary>The published accuracy.</summary>
        public double? Anchor { get; init; }

        /// <summary>The accuracy to reach.</summary>
        public double? Bar { get; init; }
    }
}
