using System.Globalization;
using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Experiments.Harness;

namespace LifelongApi.Experiments.Experiments;

/// <summary>
/// A binarised network on permuted MNIST with metaplasticity and without, same seeds (Laborieux et al. 2021). Five tasks of 10,000 images, one pass, 2×256 units:
/// smaller than the paper's, since the question is the difference.
/// </summary>
internal sealed class Metaplasticity : Experiment
{
    private const int Tasks = 5;
    private const int Images = 10_000;

    public override string Name => "metaplastic";

    public override string Protocol => "binarised 784-256-256-10 on permuted MNIST ×5 (10,000 images a task, one pass): metaplastic against plain steps, paired seeds";

    public override IReadOnlyDictionary<string, ModelSpec> Specs { get; } = new Dictionary<string, ModelSpec>
    {
        ["on"] = Spec([new AdamSpec { Rate = 0.001f }, new MetaplasticSpec { Strength = 3f }]),
        ["off"] = Spec([new AdamSpec { Rate = 0.001f }]),
    };

    public override ExperimentResult Run(ExperimentRun run)
    {
        var all = TaskSequences.For(run);
        var data = all with { Train = all.Train.Part(0, run.IsQuick ? 5_000 : Images) };
        var (rate, strength) = (Number(run.Option("--rate")), Number(run.Option("--strength")));
        var on = run.EachSeed(seed => data.Permuted(Perceptron.Varied(Specs["on"], rate, strength), seed, Tasks));
        var off = run.EachSeed(seed => data.Permuted(Perceptron.Varied(Specs["off"], rate, strength), seed, Tasks));
        double[] better = [.. on.Select(score => score.Mean)];
        double[] worse = [.. off.Select(score => score.Mean)];
        return new ExperimentResult(
            new Measurement("p that on is not better than off", [Significance.PairedP(better, worse)]) { Bar = 0.01, LowerIsBetter = true },
            new Measurement("on: accuracy %", better),
            new Measurement("off: accuracy %", worse))
        {
            Details = new Dictionary<string, object>
            {
                ["on: accuracy % by task, seed 1"] = on[0].ByTask,
                ["off: accuracy % by task, seed 1"] = off[0].ByTask,
                ["state bytes"] = on[0].StateByteCount,
            },
        };
    }

    private static ModelSpec Spec(TransformSpec[] chain) => Perceptron.Of([256, 256], chain, connection: new BinaryConnectionSpec { Gain = 1.4f });

    private static float? Number(string? text) => text is null ? null : float.Parse(text, CultureInfo.InvariantCulture);
}
