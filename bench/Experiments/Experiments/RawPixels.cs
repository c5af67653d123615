using LifelongApi.Contracts.Models;
using LifelongApi.Experiments.Data;
using LifelongApi.Experiments.Harness;

namespace LifelongApi.Experiments.Experiments;

/// <summary>What the class-incremental experiments on raw pixels share: 784 numbers in 0 … 1, ten digits in five tasks of two, one pass, no task id.</summary>
internal static class RawPixels
{
    public static InputSpec Input(Standardisation standardise) => new() { Kind = InputKind.Vector, Size = 784, Standardise = standardise };

    /// <summary>A readout straight from the pixels, or from what lies between.</summary>
    public static ModelSpec Spec(Standardisation standardise, NetworkSpec network) => new() { Input = Input(standardise), Target = new TargetSpec { Kind = TargetKind.Label, MaxClasses = 16 }, Network = network };

    /// <summary>Training and test images; <c>--validation</c> fits on the first 50,000 training images and reports on the last 10,000, which is what settings are chosen by.</summary>
    public static (Digits Train, Digits Test) Data(ExperimentRun run)
    {
        var (train, test) = run.Has("--validation")
            ? (Digits.Fitting(run.DataFolder), Digits.Validation(run.DataFolder))
            : (Digits.Train(run.DataFolder), Digits.Test(run.DataFolder));
        return run.IsQuick ? (train.Part(0, 6_000), test.Part(0, 2_000)) : (train, test);
    }

    /// <summary>Accuracy over the ten classes at the end, and what else is worth reading.</summary>
    public static ExperimentResult Result(IReadOnlyList<SplitMnist.Score> scores, double anchor, double bar) => new(
        new Measurement("class-incremental accuracy %", [.. scores.Select(score => score.Accuracy)]) { Anchor = anchor, Bar = bar },
        new Measurement("forgetting, points", [.. scores.Select(score => score.Forgetting)]))
    {
        Details = new Dictionary<string, object>
        {
            ["state bytes"] = scores[0].StateByteCount,
            ["accuracy % over the classes seen, after each task"] = scores[0].Curve,
            ["events per second, learning"] = scores.Select(score => score.Rate).Order().ElementAt(scores.Count / 2),
        },
    };
}
