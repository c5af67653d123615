using System.Runtime.InteropServices;
using LifelongApi.Experiments.Data;

namespace LifelongApi.Kernels.Table;

/// <summary>Labelled examples, the same for all sides.</summary>
internal sealed class Workload
{
    private Workload(int inputs, int classes, float[] examples, int[] labels) => (Inputs, Classes, Examples, Labels) = (inputs, classes, examples, labels);

    public int Inputs { get; }

    public int Classes { get; }

    /// <summary>Shape [count, inputs].</summary>
    public float[] Examples { get; }

    public int[] Labels { get; }

    public int Count => Labels.Length;

    /// <summary>Share of the numbers that are not zero.</summary>
    public double Active => Examples.Count(x => x != 0f) / (double)Examples.Length;

    public ReadOnlySpan<float> this[int index] => Examples.AsSpan(index * Inputs, Inputs);

    /// <summary>Digits as they are.</summary>
    public static Workload OfDigits(string folder, int count)
    {
        var digits = Digits.Train(folder);
        count = Math.Min(count, digits.Count);
        var examples = new float[count * digits.PixelCount];
        for (var i = 0; i < count; i++)
        {
            digits.CopyTo(i, examples.AsSpan(i * digits.PixelCount, digits.PixelCount));
        }

        return new Workload(digits.PixelCount, 10, examples, [.. Enumerable.Range(0, count).Select(digits.Label)]);
    }

    /// <summary>Numbers in 0 … 1 whose label is the best of random linear functions, one in ten of them wrong, so that what learns never runs out of errors.</summary>
    /// <param name="inputs">Numbers of an example.</param>
    /// <param name="classes">Labels.</param>
    /// <param name="count">Examples.</param>
    /// <param name="active">Share of the numbers that are not zero. They lie in runs, as strokes of a digit do.</param>
    public static Workload Generate(int inputs, int classes, int count, double active = 1)
    {
        var random = new Random(1);
        var truth = new float[classes * inputs];
        foreach (ref var weight in truth.AsSpan())
        {
            weight = (float)(random.NextDouble() - 0.5);
        }

        var examples = new float[count * inputs];
        var labels = new int[count];
        for (var i = 0; i < count; i++)
        {
            var x = examples.AsSpan(i * inputs, inputs);
            for (var at = 0; at < inputs; at += 4)
            {
                if (random.NextDouble() < active)
                {
                    foreach (ref var value in x[at..Math.Min(inputs, at + 4)])
                    {
                        value = (float)((0.9 * random.NextDouble()) + 0.1);
                    }
                }
            }

            labels[i] = random.Next(10) == 0 ? random.Next(classes) : Best(truth, x, classes);
        }

        return new Workload(inputs, classes, examples, labels);
    }

    /// <summary>Writes what bench/reference reads.</summary>
    public void Write(string path, int hidden, float rate, float strength, ReadOnlySpan<float> first, ReadOnlySpan<float> second)
    {
        using var file = File.Create(path);
        file.Write(MemoryMarshal.AsBytes<int>([Inputs, hidden, Classes, Count]));
        file.Write(MemoryMarshal.AsBytes<float>([rate, strength]));
        file.Write(MemoryMarshal.AsBytes(first));
        file.Write(MemoryMarshal.AsBytes(second));
        file.Write(MemoryMarshal.AsBytes<float>(Examples));
        file.Write(MemoryMarshal.AsBytes<int>(Labels));
    }

    private static int Best(float[] truth, ReadOnlySpan<float> x, int classes)
    {
        var (best, highest) = (0, float.NegativeInfinity);
        for (var k = 0; k < classes; k++)
        {
            var sum = 0f;
            for (var i = 0; i < x.Length; i++)
            {
                sum += truth[(k * x.Length) + i] * (x[i] - 0.5f);
            }

            (best, highest) = sum > highest ? (k, sum) : (best, highest);
        }

        return best;
    }
}
