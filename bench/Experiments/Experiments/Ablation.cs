using LifelongApi.Contracts.Models;
using LifelongApi.Experiments.Data;
using LifelongApi.Experiments.Harness;
using LifelongApi.Learning.Recipes;

namespace LifelongApi.Experiments.Experiments;

/// <summary>
/// The three stages of the default preset switched off one at a time from the spec, on short forms of <c>split-mnist</c> (10,000 training images, others for every seed) and
/// <c>recurring</c> (1,000 events a period), paired over seeds: p that the preset is better, by the better of the two tests, doubled (Bonferroni).
/// <c>--full</c> takes all training images and 3,000 events a period; <c>--validation</c> reports on the last 10,000 training images.
/// </summary>
internal sealed class Ablation : Experiment
{
    private const string Whole = "preset";

    public override string Name => "ablation";

    public override string Protocol => "each stage of the default preset off, paired seeds, short split-mnist and recurring";

    public override int DefaultSeeds => 10;

    public override IReadOnlyDictionary<string, ModelSpec> Specs { get; } = CreateSpecs();

    public override ExperimentResult Run(ExperimentRun run)
    {
        var (train, test) = run.Has("--validation") ? (Digits.Fitting(run.DataFolder), Digits.Validation(run.DataFolder)) : (Digits.Train(run.DataFolder), Digits.Test(run.DataFolder));
        var (images, events) = run.Has("--full") ? (train.Count, 3000) : run.IsQuick ? (4000, 500) : (10_000, 1000);
        var scores = Specs.ToDictionary(spec => spec.Key, spec => run.EachSeed(seed => new Score(
            SplitMnist.ClassIncremental(spec.Value, seed, train.Part(run.Has("--full") ? 0 : 4000 * (int)(seed - 1) % (train.Count - images), images), test).Accuracy,
            Recurring.Visit(spec.Value, seed, new DigitKinds(train), new DigitKinds(test), events, contradict: true).Following)));
        var measurements = new List<Measurement>();
        foreach (var (name, values) in scores)
        {
            if (name != Whole)
            {
                measurements.Add(new Measurement($"{name}: p that the preset is better", [P(scores[Whole], values)]) { Bar = name.StartsWith("no ", StringComparison.Ordinal) ? 0.01 : null, LowerIsBetter = true });
            }
        }

        foreach (var (name, values) in scores)
        {
            measurements.Add(new Measurement($"{name}: split-mnist accuracy %", [.. values.Select(score => score.Split)]));
            measurements.Add(new Measurement($"{name}: recurring, contradicted images right %", [.. values.Select(score => score.Following)]));
        }

        return new ExperimentResult(measurements);
    }

    private static double P(IReadOnlyList<Score> preset, IReadOnlyList<Score> other) => preset.Count < 2 ? 1d : Math.Min(1d, 2 * Math.Min(
        Significance.PairedP([.. preset.Select(score => score.Split)], [.. other.Select(score => score.Split)]),
        Significance.PairedP([.. preset.Select(score => score.Following)], [.. other.Select(score => score.Following)])));

    private static Dictionary<string, ModelSpec> CreateSpecs()
    {
        var request = new CreateModelRequest { Preset = "classifier", Input = new InputSpec { Kind = InputKind.Image, Height = 28, Width = 28 } };
        var preset = Presets.Expand(request);
        return new Dictionary<string, ModelSpec>
        {
            [Whole] = preset,
            ["no local plasticity"] = preset with { Network = Ablations.WithoutLocalPlasticity(preset.Network) },
            ["no neuromodulation"] = preset with { Network = Ablations.WithoutModulation(preset.Network) },
            ["no protection"] = preset with { Network = Ablations.WithoutProtection(preset.Network) },
            ["analytic"] = Presets.Expand(request with { Preset = "analytic" }),
        };
    }

    private sealed record Score(double Split, double Following);
}
