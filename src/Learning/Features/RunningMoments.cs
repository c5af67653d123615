using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Features;

/// <summary>
/// Running mean and variance per feature (Welford 1962), over all numbers at first and over about the last 20,000 from then on, so that scales follow a drift.
/// </summary>
/// <remarks>Reserves: mean, variance and count [features] in Read (predict needs them).</remarks>
public sealed class RunningMoments
{
    /// <summary>Largest magnitude that can be squared and summed without overflow.</summary>
    public const float LargestNumber = 1e15f;

    /// <summary>Standardised numbers are limited to this many standard deviations.</summary>
    public const float LargestDeviation = 8f;

    private const float Memory = 20_000f;
    private readonly Slot _mean;
    private readonly Slot _variance;
    private readonly Slot _count;
    private readonly int _features;

    /// <summary>Reserves the moments.</summary>
    /// <param name="layout">Layout of the program.</param>
    /// <param name="features">Number of features.</param>
    public RunningMoments(LayoutBuilder layout, int features)
    {
        _features = features;
        _mean = layout.Vector(Region.Read, "input.mean", features);
        _variance = layout.Vector(Region.Read, "input.variance", features);
        _count = layout.Vector(Region.Read, "input.count", features);
    }

    /// <summary>(x − mean) / deviation, limited to ±8; 0 until two numbers were seen or while they are all the same.</summary>
    /// <param name="feature">Feature number.</param>
    /// <param name="x">The number.</param>
    /// <param name="step">The step.</param>
    /// <returns>The standardised number.</returns>
    public float Standardise(int feature, float x, in StepContext step)
    {
        var variance = step.View(_variance)[feature];
        return step.View(_count)[feature] < 2f || variance <= 0f
            ? 0f
            : Math.Clamp((x - step.View(_mean)[feature]) / MathF.Sqrt(variance), -LargestDeviation, LargestDeviation);
    }

    /// <summary><see cref="Standardise(int, float, in StepContext)"/> of all features at once, with the same bits.</summary>
    /// <param name="numbers">The numbers in whole lines.</param>
    /// <param name="standardised">Overwritten; shape of the numbers. Padding comes out as 0.</param>
    /// <param name="step">The step.</param>
    public void Standardise(ReadOnlySpan<float> numbers, Span<float> standardised, in StepContext step)
    {
        if (standardised.Length != numbers.Length)
        {
            Throw.Kernel_LengthsDiffer(nameof(Standardise), numbers.Length, standardised.Length);
        }

        ref var mean = ref MemoryMarshal.GetReference(step.View(_mean)[..numbers.Length]);
        ref var variance = ref MemoryMarshal.GetReference(step.View(_variance)[..numbers.Length]);
        ref var count = ref MemoryMarshal.GetReference(step.View(_count)[..numbers.Length]);
        ref var x = ref MemoryMarshal.GetReference(numbers);
        ref var to = ref MemoryMarshal.GetReference(standardised);
        for (nuint i = 0; i < (nuint)numbers.Length; i += LayoutBuilder.Line)
        {
            var square = Vector512.LoadUnsafe(ref variance, i);
            var isUnknown = Vector512.LessThan(Vector512.LoadUnsafe(ref count, i), Vector512.Create(2f)) | Vector512.LessThanOrEqual(square, Vector512<float>.Zero);
            var deviations = (Vector512.LoadUnsafe(ref x, i) - Vector512.LoadUnsafe(ref mean, i)) / Vector512.Sqrt(square);
            var limited = Vector512.Min(Vector512.Max(deviations, Vector512.Create(-LargestDeviation)), Vector512.Create(LargestDeviation));
            Vector512.ConditionalSelect(isUnknown, Vector512<float>.Zero, limited).StoreUnsafe(ref to, i);
        }
    }

    /// <summary>The running mean of every feature.</summary>
    /// <param name="step">The step.</param>
    /// <returns>Shape [features], padded.</returns>
    public ReadOnlySpan<float> Means(scoped in StepContext step) => step.View(_mean);

    /// <summary>Takes a number in.</summary>
    /// <param name="feature">Feature number.</param>
    /// <param name="x">The number, at most 10^15 in magnitude.</param>
    /// <param name="step">A learning step.</param>
    public void Add(int feature, float x, in StepContext step)
    {
        var mean = step.Write(_mean);
        var variance = step.Write(_variance);
        var count = step.Write(_count);
        count[feature] = MathF.Min(count[feature] + 1f, Memory);
        var deviation = x - mean[feature];
        mean[feature] += deviation / count[feature];
        variance[feature] += ((deviation * (x - mean[feature])) - variance[feature]) / count[feature];
    }
    /// <summary><see cref="Add(int, float, in StepContext)"/> of all features at once, with the same bits.</summary>
    /// <param name="numbers">The numbers in whole lines.</param>
    /// <param name="step">A learning step.</param>
    public void Add(ReadOnlySpan<float> numbers, in StepContext step)
    {
        ref var means = ref MemoryMarshal.GetReference(step.Write(_mean)[..numbers.Length]);
        ref var variances = ref MemoryMarshal.GetReference(step.Write(_variance)[..numbers.Length]);
        ref var counts = ref MemoryMarshal.GetReference(step.Write(_count)[..numbers.Length]);
        ref var all = ref MemoryMarshal.GetReference(numbers);
        for (nuint i = 0; i < (nuint)numbers.Length; i += LayoutBuilder.Line)
        {
            var (x, mean, variance, before) = (Vector512.LoadUnsafe(ref all, i), Vector512.LoadUnsafe(ref means, i), Vector512.LoadUnsafe(ref variances, i), Vector512.LoadUnsafe(ref counts, i));
            var count = Vector512.Min(before + Vector512<float>.One, Vector512.Create(Memory));
            var deviation = x - mean;
            var to = mean + (deviation / count);
            var square = variance + (((deviation * (x - to)) - variance) / count);

            // Padding is and stays zero.
            var isFeature = Vector512.LessThan(Vector512<int>.Indices + Vector512.Create((int)i), Vector512.Create(_features)).AsSingle();
            Vector512.ConditionalSelect(isFeature, to, mean).StoreUnsafe(ref means, i);
            Vector512.ConditionalSelect(isFeature, square, variance).StoreUnsafe(ref variances, i);
            Vector512.ConditionalSelect(isFeature, count, before).StoreUnsafe(ref counts, i);
        }
    }
}
