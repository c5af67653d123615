using System.Diagnostics;
using System.Globalization;
using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Experiments.Data;
using LifelongApi.Experiments.Harness;

namespace LifelongApi.Experiments.Experiments;

/// <summary>
/// Loss of plasticity (Dohare et al. 2024, online permuted MNIST): the pixels are permuted anew every 60,000 images, and the accuracy of a task is that of the answers
/// given before each image was learned. Nobody tells the learner when a task begins. Step size 0.003, renewal with the paper's maturity and decay; no test image is used.
/// </summary>
internal sealed class Plasticity100 : Experiment
{
    private static readonly string[] Layers = ["hidden1", "hidden2", "hidden3"];

    public override string Name => "plasticity-100";

    public override string Protocol => "online permuted MNIST, 784-100-100-100-10, 100 tasks of 60,000 images, one pass, one event at a time, answers before learning: renewal of units against plain backprop";

    public override IReadOnlyDictionary<string, ModelSpec> Specs { get; } = new Dictionary<string, ModelSpec>
    {
        ["renewal"] = Spec([.. Layers.Select(layer => new RenewalSpec { Population = layer, Rate = 1e-5f })]),
        ["backprop"] = Spec([]),
    };

    public override ExperimentResult Run(ExperimentRun run)
    {
        var (tasks, images) = run.IsQuick ? (10, 10_000) : (100, 60_000);
        var digits = Digits.Train(run.DataFolder);
        var renewal = run.EachSeed(seed => Follow("renewal", seed, digits, tasks, images));
        var backprop = run.Has("--renewal-only") ? [] : run.EachSeed(seed => Follow("backprop", seed, digits, tasks, images));
        var measurements = new List<Measurement> { new("renewal: accuracy %, last 10 tasks", [.. renewal.Select(Last)]) { Bar = 92.0 } };
        var details = new Dictionary<string, object>
        {
            ["renewal: accuracy % by task, seed 1"] = renewal[0].ByTask,
            ["microseconds an event, renewal"] = renewal.Average(score => score.Seconds) * 1e6 / (tasks * images),
            ["state bytes"] = renewal[0].StateByteCount,
        };
        if (backprop.Count > 0)
        {
            measurements.Add(new Measurement("backprop: accuracy %, last 10 tasks", [.. backprop.Select(Last)]) { Anchor = 88.5 });
            details["backprop: accuracy % by task, seed 1"] = backprop[0].ByTask;
        }

        return new ExperimentResult(measurements) { Details = details };
    }

    private static double Last(SequenceScore score) => score.ByTask.TakeLast(10).Average();

    private SequenceScore Follow(string role, ulong seed, Digits digits, int tasks, int images)
    {
        using var model = new Trainee(Specs[role], seed);
        var watch = Stopwatch.StartNew();
        var (pixels, moved) = (new float[digits.PixelCount], new float[digits.PixelCount]);
        var byTask = new double[tasks];
        for (var task = 0; task < tasks; task++)
        {
            var permutation = TaskSequences.Permutation(seed, task);
            var right = 0;
            foreach (var index in digits.Shuffled((seed * 10_000) + (ulong)task).AsSpan(0, images))
            {
                digits.CopyTo(index, pixels);
                TaskSequences.Move(pixels, permutation, moved);
                right += model.Learn(moved, digits.Label(index).ToString(CultureInfo.InvariantCulture)) ? 1 : 0;
            }

            byTask[task] = 100d * right / images;
            if (task % 10 is 0 or 9)
            {
                ExperimentRun.Progress($"{role} seed {seed}: task {task + 1} {byTask[task]:F2} %, {watch.Elapsed.TotalSeconds:F0} s");
            }
        }

        return new SequenceScore(byTask, model.StateByteCount, watch.Elapsed.TotalSeconds);
    }

    private static ModelSpec Spec(IReadOnlyList<MaintenanceSpec> maintenance)
    {
        var plain = Perceptron.Of([100, 100, 100], [new LearningRateSpec { Rate = 0.003f }]);
        return plain with { Network = plain.Network with { Maintenance = maintenance } };
    }
}
