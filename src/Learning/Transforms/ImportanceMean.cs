using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.Projections;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Transforms;

/// <summary>
/// Mean per synapse over the events of a task, over every n-th event where an interval is given. With a half-life newer events count more: instead of fading the sum,
/// which would touch every synapse, what is added grows, and sum and factor are brought back by a power of two when the factor is large.
/// </summary>
/// <remarks>Reserves: the sum [pre count, post units] and the count in Plastic; with a half-life also the factor and the sum of factors.</remarks>
internal sealed class ImportanceMean
{
    private const float Largest = 1e30f;
    private const float LargestFactor = 1 << 20;
    private readonly MeanImportanceSpec _spec;
    private readonly StepClock? _clock;
    private readonly Slot _sum;
    private readonly Slot _count;
    private readonly Slot _factor;
    private readonly float _growth;

    /// <summary>Reserves the sum.</summary>
    /// <param name="layout">Layout of the program.</param>
    /// <param name="owner">Prefix of slot names, unique in the program.</param>
    /// <param name="projection">The projection.</param>
    /// <param name="sum">Name of the sum.</param>
    /// <param name="count">Name of the count.</param>
    /// <param name="spec">Interval and half-life.</param>
    /// <param name="clock">The model's clock; needed with an interval.</param>
    public ImportanceMean(LayoutBuilder layout, string owner, Projection projection, string sum, string count, MeanImportanceSpec spec, StepClock? clock)
    {
        _spec = spec;
        _clock = clock;
        _sum = layout.Matrix(Region.Plastic, $"{owner}.{sum}", projection.RowCount, projection.ColumnCount);
        _count = layout.Vector(Region.Plastic, $"{owner}.{count}", 2);
        if (spec.HalfLife is { } halfLife)
        {
            _factor = layout.Vector(Region.Plastic, $"{owner}.factor", 2);
            _growth = Elementary.Exp(0.6931472f * spec.Interval / halfLife);
        }
    }

    /// <summary>The sum over the events.</summary>
    public Slot Sum => _sum;

    /// <summary>Whether this event is looked at.</summary>
    /// <param name="step">The step.</param>
    /// <returns>True where it is.</returns>
    public bool IsDue(in StepContext step) => _spec.Interval == 1 || _clock!.Read(step) % _spec.Interval == 0;

    /// <summary>Counts an event that is due.</summary>
    /// <param name="step">A learning step.</param>
    public void Begin(in StepContext step)
    {
        step.WriteLongs(_count)[0]++;
        if (_spec.HalfLife is null)
        {
            return;
        }

        var factor = step.Write(_factor);
        if (factor[0] > LargestFactor)
        {
            const float Back = 1f / LargestFactor;
            RowKernels.Scale(step.View(_sum), Back, step.Write(_sum));
            RowKernels.Scale(factor, Back, factor);
        }

        factor[0] = factor[0] == 0f ? 1f : factor[0] * _growth;
        factor[1] += factor[0];
    }

    /// <summary>What is added of this event is multiplied by this.</summary>
    /// <param name="step">The step.</param>
    /// <returns>The factor; 1 without a half-life.</returns>
    public float Factor(in StepContext step) => _spec.HalfLife is null ? 1f : step.View(_factor)[0];

    /// <summary>The sum after an event's share. The share is limited to 10^30 so that hostile input cannot overflow the sum.</summary>
    /// <param name="sum">The sum so far.</param>
    /// <param name="share">The event's share, 0 or more.</param>
    /// <param name="factor">The event's factor.</param>
    /// <returns>The sum.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Add(Vector512<float> sum, Vector512<float> share, Vector512<float> factor) =>
        sum + Vector512.Min(share * factor, Vector512.Create(Largest));

    /// <summary>importance ← decay · importance + mean, then sum and count begin again.</summary>
    /// <param name="importance">Same shape as the sum.</param>
    /// <param name="decay">γ, in [0, 1].</param>
    /// <param name="step">A learning step.</param>
    public void FoldInto(Span<float> importance, float decay, in StepContext step)
    {
        var count = step.WriteLongs(_count);
        RowKernels.Scale(importance, decay, importance);
        if (count[0] > 0)
        {
            RowKernels.AddScaled(step.View(_sum), 1f / (_spec.HalfLife is null ? count[0] : step.View(_factor)[1]), importance);
        }

        step.Write(_sum).Clear();
        count[0] = 0;
        if (_spec.HalfLife is not null)
        {
            step.Write(_factor).Clear();
        }
    }
}
