using System.Diagnostics;
using System.Globalization;
using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Experiments.Harness;

namespace LifelongApi.Experiments.Experiments;

/// <summary>
/// Permuted MNIST ×10 where nobody names the task, neither while learning nor at test: the context is inferred from the pixels of the one example at hand and lets a block of hidden
/// units of its own work (Masse, Grant and Freedman 2018, where the context is given). One pass, one event at a time, no task boundary. The first task is permuted too.
/// </summary>
internal sealed class PermutedContext : Experiment
{
    private const int Tasks = 10;
    private const int Contexts = 16;

    public override string Name => "permuted-context";

    public override string Protocol => "permuted MNIST ×10, domain-incremental, one pass, no task id or boundary at any time; inferred context gates a block of hidden units; accuracy over all tasks after the last";

    public override int DefaultSeeds => 5;

    public override IReadOnlyDictionary<string, ModelSpec> Specs { get; } = new Dictionary<string, ModelSpec> { ["gated"] = Spec(400, 0.03f) };

    public override ExperimentResult Run(ExperimentRun run)
    {
        var data = TaskSequences.For(run);
        var tasks = run.IsQuick ? 3 : Tasks;
        var units = run.Option("--units") is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : 400;
        var rate = run.Option("--rate") is { } number ? float.Parse(number, CultureInfo.InvariantCulture) : 0.03f;
        var scores = run.EachSeed(seed => Follow(Spec(units, rate), seed, data, tasks));
        return new ExperimentResult(
            new Measurement("accuracy %", [.. scores.Select(score => score.Accuracies.Average())]) { Bar = 96.5 },
            new Measurement("context inferred, % of test examples", [.. scores.Select(score => score.Inferred)]) { Bar = 99.9 },
            new Measurement("contexts opened", [.. scores.Select(score => (double)score.Opened)]),
            new Measurement("training events in another context than most of their task, %", [.. scores.Select(score => score.Astray)]))
        {
            Details = new Dictionary<string, object>
            {
                ["accuracy % by task, seed 1"] = scores[0].Accuracies,
                ["state bytes"] = scores[0].StateByteCount,
                ["seconds a seed"] = scores.Average(score => score.Seconds),
            },
        };
    }

    private static Scores Follow(ModelSpec spec, ulong seed, TaskSequences data, int tasks)
    {
        using var model = new Trainee(spec, seed);
        var watch = Stopwatch.StartNew();
        var (pixels, moved) = (new float[data.Train.PixelCount], new float[data.Train.PixelCount]);
        var seen = new int[tasks, Contexts];
        for (var task = 0; task < tasks; task++)
        {
            var permutation = TaskSequences.Permutation(seed, task);
            foreach (var index in data.Train.Shuffled((seed * 10_000) + (ulong)task))
            {
                data.Train.CopyTo(index, pixels);
                TaskSequences.Move(pixels, permutation, moved);
                model.Learn(moved, data.Train.Label(index).ToString(CultureInfo.InvariantCulture));
                seen[task, model.Outcome.Prediction.Context]++;
            }

            ExperimentRun.Progress($"  seed {seed}: task {task + 1} learned, {data.Accuracy(model, permutation, 10):F2} % on it, {watch.Elapsed.TotalSeconds:F0} s");
        }

        // A task's own context is where most of its events were learned; two tasks in one context are a mistake of the later one.
        var own = new int[tasks];
        var (astray, inferred, count) = (0, 0, 0);
        for (var task = 0; task < tasks; task++)
        {
            own[task] = Enumerable.Range(0, Contexts).MaxBy(context => seen[task, context]);
            astray += data.Train.Count - seen[task, own[task]];
            own[task] = own.Take(task).Contains(own[task]) ? -1 : own[task];
        }

        var accuracies = new double[tasks];
        for (var task = 0; task < tasks; task++)
        {
            var permutation = TaskSequences.Permutation(seed, task);
            var right = 0;
            for (var index = 0; index < data.Test.Count; index++)
            {
                data.Test.CopyTo(index, pixels);
                TaskSequences.Move(pixels, permutation, moved);
                right += model.Predict(moved) == data.Test.Label(index).ToString(CultureInfo.InvariantCulture) ? 1 : 0;
                inferred += model.Prediction.Context == own[task] ? 1 : 0;
                count++;
            }

            accuracies[task] = 100d * right / data.Test.Count;
        }

        var opened = Enumerable.Range(0, Contexts).Count(context => Enumerable.Range(0, tasks).Any(task => seen[task, context] > 0));
        ExperimentRun.Progress($"seed {seed}: {accuracies.Average():F2} %, context right for {100d * inferred / count:F3} %, {watch.Elapsed.TotalSeconds:F0} s");
        return new Scores(accuracies, 100d * inferred / count, opened, 100d * astray / ((double)tasks * data.Train.Count), model.StateByteCount, watch.Elapsed.TotalSeconds);
    }

    private static ModelSpec Spec(int units, float rate)
    {
        TransformSpec[] step = [new AdaGradSpec { Rate = rate }];
        return new ModelSpec
        {
            Input = new InputSpec { Kind = InputKind.Vector, Size = 784, Standardise = Standardisation.None },
            Target = new TargetSpec { Kind = TargetKind.Label, MaxClasses = 10 },
            Network = new NetworkSpec
            {
                Populations =
                [
                    new PopulationSpec { Name = "pixels", Kind = PopulationKind.Input },
                    new PopulationSpec { Name = "hidden", Kind = PopulationKind.Relu, Size = units * Contexts, Gated = true, Bias = false },
                    new PopulationSpec { Name = "digits", Kind = PopulationKind.Identity },
                ],
                Projections =
                [
                    new ProjectionSpec { Name = "filters", From = "pixels", To = "hidden", Initial = new GaussianWeightsSpec { Scale = MathF.Sqrt(2f) }, Rule = new CreditRuleSpec(), Transforms = step },
                    new ProjectionSpec { Name = "readout", From = "hidden", To = "digits", Initial = new GaussianWeightsSpec { Scale = 4f }, Rule = new CreditRuleSpec(), Transforms = step },
                ],
                Context = new ContextSpec { MaxContexts = Contexts },
                Head = new SoftmaxHeadSpec(),
            },
        };
    }

    private sealed record Scores(IReadOnlyList<double> Accuracies, double Inferred, int Opened, double Astray, long StateByteCount, double Seconds);
}
