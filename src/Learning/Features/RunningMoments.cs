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

    /// <summary>Reserves the moments.</summary>
    /// <param name="layout">Layout of the program.</param>
    /// <param name="features">Number of features.</param>
    public RunningMoments(LayoutBuilder layout, int features)
    {
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
}
