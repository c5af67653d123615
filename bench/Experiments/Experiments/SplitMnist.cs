using System.Diagnostics;
using System.Globalization;
using LifelongApi.Contracts.Models;
using LifelongApi.Experiments.Data;
using LifelongApi.Experiments.Harness;
using LifelongApi.Learning.Recipes;

namespace LifelongApi.Experiments.Experiments;

/// <summary>
/// The headline: five tasks of two digits in order, one pass, no task id, no stored examples, through the default preset.
/// <c>--validation</c> fits on the first 50,000 training images and reports on the last 10,000, which is what settings are chosen by.
/// </summary>
internal sealed class SplitMnist : Experiment
{
    private const int TaskCount = 5;
    private static readonly string[] Parity = ["even", "odd"];

    public override string Name => "split-mnist";

    public override string Protocol => "5 tasks of 2 digits, one pass, no task id, no stored examples, default preset";

    public override IReadOnlyDictionary<string, ModelSpec> Specs { get; } = new Dictionary<string, ModelSpec>
    {
        ["image"] = Presets.Expand(new CreateModelRequest { Preset = "classifier", Input = new InputSpec { Kind = InputKind.Image, Height = 28, Width = 28 } }),
        ["image-jointly"] = Presets.Expand(new CreateModelRequest { Preset = "analytic", Input = new InputSpec { Kind = InputKind.Image, Height = 28, Width = 28 } }),
        ["vector"] = Presets.Expand(new CreateModelRequest { Preset = "classifier", Input = new InputSpec { Kind = InputKind.Vector, Size = 784 } }),
    };

    public override ExperimentResult Run(ExperimentRun run)
    {
        var (train, test) = run.Has("--validation") ? (Digits.Fitting(run.DataFolder), Digits.Validation(run.DataFolder)) : (Digits.Train(run.DataFolder), Digits.Test(run.DataFolder));
        if (run.IsQuick)
        {
            (train, test) = (train.Part(0, 10_000), test.Part(0, 2_000));
        }

        var measurements = new List<Measurement>();
        var details = new Dictionary<string, object>();
        if (!run.Has("--vector-only"))
        {
            AddImage(run, train, test, measurements, details);
        }

        if (!run.Has("--image-only"))
        {
            AddVector(run, train, test, measurements, details);
        }

        return new ExperimentResult(measurements) { Details = details };
    }

    private void AddImage(ExperimentRun run, Digits train, Digits test, List<Measurement> measurements, Dictionary<string, object> details)
    {
        var image = run.EachSeed(seed => ClassIncremental(Specs["image"], seed, train, test));
        var domain = run.EachSeed(seed => DomainIncremental(Specs["image"], seed, train, test));
        var joint = run.EachSeed(seed => Joint(Specs["image-jointly"], seed, train, test));
        measurements.Add(new Measurement("class-incremental accuracy %", [.. image.Select(one => one.Accuracy)]) { Anchor = 93.2, Bar = 98.5 });
        measurements.Add(new Measurement("task-incremental accuracy %", [.. image.Select(one => one.TaskAccuracy)]) { Bar = 99.7 });
        measurements.Add(new Measurement("domain-incremental accuracy %", domain) { Bar = 98.0 });
        measurements.Add(new Measurement("forgetting, points", [.. image.Select(one => one.Forgetting)]) { Bar = 0.5, LowerIsBetter = true });
        measurements.Add(new Measurement("all digits at once, least squares on features as they formed, %", joint));
        measurements.Add(new Measurement("state of the image form, MB", [image[0].StateByteCount / 1e6]) { Bar = 32, LowerIsBetter = true });
        details["state bytes"] = image[0].StateByteCount;
        details["accuracy % over the classes seen, after each task"] = image[0].Curve;
        details["events per second, learning"] = image.Select(one => one.Rate).Order().ElementAt(image.Count / 2);
    }

    private void AddVector(ExperimentRun run, Digits train, Digits test, List<Measurement> measurements, Dictionary<string, object> details)
    {
        var vector = run.EachSeed(seed => ClassIncremental(Specs["vector"], seed, train, test));
        measurements.Add(new Measurement("class-incremental accuracy %, plain vector", [.. vector.Select(one => one.Accuracy)]) { Bar = 97.5 });
        details.TryAdd("state bytes", vector[0].StateByteCount);
        details["state bytes of the vector form"] = vector[0].StateByteCount;
        details["accuracy % over the classes seen, after each task, vector form"] = vector[0].Curve;
        details["events per second, vector form"] = vector.Select(one => one.Rate).Order().ElementAt(vector.Count / 2);
    }

    internal static Score ClassIncremental(ModelSpec spec, ulong seed, Digits train, Digits test, Action<Trainee, int>? afterEvent = null)
    {
        using var model = new Trainee(spec, seed);
        var pixels = new float[train.PixelCount];
        var watch = new Stopwatch();
        var events = 0;
        var best = new double[TaskCount];
        var curve = new List<double>();
        Tally tally = default;
        for (var task = 0; task < TaskCount; task++)
        {
            watch.Start();
            foreach (var index in train.Shuffled(seed, 2 * task, (2 * task) + 1))
            {
                train.CopyTo(index, pixels);
                model.Learn(pixels, Digit(train.Label(index)));
                events++;
                afterEvent?.Invoke(model, events);
            }

            watch.Stop();
            tally = Examine(model, test, task);
            for (var seen = 0; seen <= task; seen++)
            {
                best[seen] = Math.Max(best[seen], tally.ByTask[seen]);
            }

            curve.Add(tally.Accuracy);
            ExperimentRun.Progress($"seed {seed}: after task {task + 1} {tally.Accuracy:F2} % of the classes seen, {events / watch.Elapsed.TotalSeconds:F0} events/s");
        }

        return new Score(tally.Accuracy, tally.TaskAccuracy, Enumerable.Range(0, TaskCount).Average(task => best[task] - tally.ByTask[task]), curve, model.StateByteCount, events / watch.Elapsed.TotalSeconds);
    }

    private static double DomainIncremental(ModelSpec spec, ulong seed, Digits train, Digits test)
    {
        using var model = new Trainee(spec, seed);
        var pixels = new float[train.PixelCount];
        for (var task = 0; task < TaskCount; task++)
        {
            foreach (var index in train.Shuffled(seed, 2 * task, (2 * task) + 1))
            {
                train.CopyTo(index, pixels);
                model.Learn(pixels, Parity[train.Label(index) % 2]);
            }
        }

        var right = 0;
        for (var index = 0; index < test.Count; index++)
        {
            test.CopyTo(index, pixels);
            right += model.Predict(pixels) == Parity[test.Label(index) % 2] ? 1 : 0;
        }

        return 100d * right / test.Count;
    }

    /// <summary>
    /// The ceiling of the features: their least-squares fit to all digits in random order, which is the offline fit since the order does not matter to it, after filters formed from
    /// the first images.
    /// </summary>
    private static double Joint(ModelSpec spec, ulong seed, Digits train, Digits test)
    {
        using var model = new Trainee(spec, seed);
        var pixels = new float[train.PixelCount];
        foreach (var index in train.Shuffled(seed))
        {
            train.CopyTo(index, pixels);
            model.Learn(pixels, Digit(train.Label(index)));
        }

        return Examine(model, test, TaskCount - 1).Accuracy;
    }

    /// <summary>Scores the test images of the classes seen, with and without the task named.</summary>
    private static Tally Examine(Trainee model, Digits test, int lastTask)
    {
        var pixels = new float[test.PixelCount];
        var (right, rightInTask, counts) = (new int[TaskCount], new int[TaskCount], new int[TaskCount]);
        for (var index = 0; index < test.Count; index++)
        {
            var label = test.Label(index);
            var task = label / 2;
            if (task > lastTask)
            {
                continue;
            }

            test.CopyTo(index, pixels);
            counts[task]++;
            right[task] += model.Predict(pixels) == Digit(label) ? 1 : 0;
            var other = Array.IndexOf([.. model.Model.Labels], Digit(label ^ 1));
            var own = Array.IndexOf([.. model.Model.Labels], Digit(label));
            rightInTask[task] += model.Prediction.Scores[own] > model.Prediction.Scores[other] ? 1 : 0;
        }

        return new Tally(
            100d * right.Sum() / counts.Sum(),
            Enumerable.Range(0, lastTask + 1).Average(task => 100d * rightInTask[task] / counts[task]),
            [.. right.Zip(counts, (hits, count) => count == 0 ? 0d : 100d * hits / count)]);
    }

    private static string Digit(int label) => label.ToString(CultureInfo.InvariantCulture);

    internal sealed record Score(double Accuracy, double TaskAccuracy, double Forgetting, IReadOnlyList<double> Curve, long StateByteCount, double Rate);

    private readonly record struct Tally(double Accuracy, double TaskAccuracy, double[] ByTask);
}
