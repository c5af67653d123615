using System.Diagnostics;
using System.Globalization;
using LifelongApi.Contracts.Models;
using LifelongApi.Experiments.Data;

namespace LifelongApi.Experiments.Harness;

/// <summary>
/// The two sequences of tasks that methods against forgetting are published on (van de Ven and Tolias 2019): split MNIST with the task named at test
/// (task-incremental), and permuted MNIST with shared classes (domain-incremental). Task boundaries are events; one event is learned at a time.
/// </summary>
/// <param name="Train">Images to learn.</param>
/// <param name="Test">Images to score on.</param>
internal sealed record TaskSequences(Digits Train, Digits Test)
{
    private static readonly string[] Names = [.. Enumerable.Range(0, 10).Select(label => label.ToString(CultureInfo.InvariantCulture))];

    /// <summary>All of MNIST; with <c>--validation</c> the last 10,000 training images in place of the test images; with <c>--quick</c> a fifth.</summary>
    public static TaskSequences For(ExperimentRun run)
    {
        var all = run.Has("--validation")
            ? new TaskSequences(Digits.Fitting(run.DataFolder), Digits.Validation(run.DataFolder))
            : new TaskSequences(Digits.Train(run.DataFolder), Digits.Test(run.DataFolder));
        return run.IsQuick ? new TaskSequences(all.Train.Part(0, 12_000), all.Test.Part(0, 2_000)) : all;
    }

    /// <summary>Five tasks of two digits; the answer is the better of the task's two. Mean accuracy over tasks after the last, in percent.</summary>
    public SequenceScore Split(ModelSpec spec, ulong seed, int passes)
    {
        using var model = new Trainee(spec, seed);
        var watch = Stopwatch.StartNew();
        var pixels = new float[Train.PixelCount];
        for (var task = 0; task < 5; task++)
        {
            model.BeginTask();
            for (var pass = 0; pass < passes; pass++)
            {
                foreach (var index in Train.Shuffled((seed * 100) + (ulong)pass, 2 * task, (2 * task) + 1))
                {
                    Train.CopyTo(index, pixels);
                    model.Learn(pixels, Names[Train.Label(index)]);
                }
            }

            model.EndTask();
        }

        var (right, counts) = (new int[5], new int[5]);
        for (var index = 0; index < Test.Count; index++)
        {
            Test.CopyTo(index, pixels);
            var label = Test.Label(index);
            counts[label / 2]++;
            right[label / 2] += model.Predict(pixels, [Names[label], Names[label ^ 1]]) == Names[label] ? 1 : 0;
        }

        return new SequenceScore([.. right.Zip(counts, (hits, count) => 100d * hits / count)], model.StateByteCount, watch.Elapsed.TotalSeconds);
    }

    /// <summary>Tasks with the pixels of all digits permuted, each by a permutation of its own; the first task too. Mean accuracy over tasks after the last, in percent.</summary>
    public SequenceScore Permuted(ModelSpec spec, ulong seed, int tasks, int passes = 1)
    {
        using var model = new Trainee(spec, seed);
        var watch = Stopwatch.StartNew();
        var (pixels, moved) = (new float[Train.PixelCount], new float[Train.PixelCount]);
        var permutations = Enumerable.Range(0, tasks).Select(task => Permutation(seed, task)).ToArray();
        for (var task = 0; task < tasks; task++)
        {
            model.BeginTask();
            for (var pass = 0; pass < passes; pass++)
            {
                foreach (var index in Train.Shuffled((seed * 10_000) + (ulong)((task * 100) + pass)))
                {
                    Train.CopyTo(index, pixels);
                    Move(pixels, permutations[task], moved);
                    model.Learn(moved, Names[Train.Label(index)]);
                }
            }

            model.EndTask();
            ExperimentRun.Progress($"  seed {seed}: task {task + 1} learned, {Accuracy(model, permutations[task], 5):F2} % on it, {Accuracy(model, permutations[0], 5):F2} % on the first, {watch.Elapsed.TotalSeconds:F0} s");
        }

        return new SequenceScore([.. permutations.Select(permutation => Accuracy(model, permutation, 1))], model.StateByteCount, watch.Elapsed.TotalSeconds);
    }

    /// <summary>The order of pixels of a task.</summary>
    public static int[] Permutation(ulong seed, int task)
    {
        var permutation = Enumerable.Range(0, 784).ToArray();
        new Random((int)((seed * 1000) + (ulong)task)).Shuffle(permutation);
        return permutation;
    }

    /// <summary>Puts pixels in the order of a task.</summary>
    public static void Move(float[] pixels, int[] permutation, float[] moved)
    {
        for (var i = 0; i < pixels.Length; i++)
        {
            moved[permutation[i]] = pixels[i];
        }
    }

    /// <summary>Accuracy in percent on every <paramref name="stride"/>-th test image in the order of pixels of a task.</summary>
    public double Accuracy(Trainee model, int[] permutation, int stride)
    {
        var (pixels, moved) = (new float[Test.PixelCount], new float[Test.PixelCount]);
        var (right, count) = (0, 0);
        for (var index = 0; index < Test.Count; index += stride)
        {
            Test.CopyTo(index, pixels);
            Move(pixels, permutation, moved);
            right += model.Predict(moved) == Names[Test.Label(index)] ? 1 : 0;
            count++;
        }

        return 100d * right / count;
    }
}

/// <summary>What was kept of a sequence of tasks.</summary>
/// <param name="ByTask">Accuracy on each task after the last, in percent.</param>
/// <param name="StateByteCount">Bytes of learned state.</param>
/// <param name="Seconds">Learning and scoring.</param>
internal sealed record SequenceScore(IReadOnlyList<double> ByTask, long StateByteCount, double Seconds)
{
    public double Mean => ByTask.Average();
}
