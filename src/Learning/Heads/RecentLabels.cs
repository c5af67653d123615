using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Heads;

/// <summary>
/// What labels do by themselves: with ℓ the last label, ρ the faded share of events whose label was that of the event before, and f the faded frequencies of labels,
/// p[ℓ] = ρ and p[k] = (1 − ρ) f[k] / Σ_{j ≠ ℓ} f[j]. Streams whose labels persist are followed by this "no change" predictor better than by many a learner
/// (Žliobaitė et al. 2015), so it is a member among others rather than a baseline beside them.
/// </summary>
/// <remarks>Reserves: faded frequencies [classes], ρ, and last label + 1 with the count of events in Read.</remarks>
public sealed class RecentLabels
{
    private const float Memory = 200f;
    private const float StayMemory = 100f;
    private const float Floor = 1e-3f;
    private const int Last = 0;
    private const int Count = 1;
    private readonly Slot _frequencies;
    private readonly Slot _stay;
    private readonly Slot _counts;

    /// <summary>Reserves the statistics.</summary>
    /// <param name="layout">Layout of the program.</param>
    /// <param name="classes">Classes that fit.</param>
    public RecentLabels(LayoutBuilder layout, int classes)
    {
        _frequencies = layout.Vector(Region.Read, "head.recent.frequencies", classes);
        _stay = layout.Vector(Region.Read, "head.recent.stay", 1);
        _counts = layout.Vector(Region.Read, "head.recent.counts", 4);
    }

    /// <summary>Probabilities of the classes known.</summary>
    /// <param name="classCount">Classes known.</param>
    /// <param name="step">The step.</param>
    /// <param name="probabilities">Shape [classCount]; overwritten, sums to 1.</param>
    public void Probabilities(int classCount, in StepContext step, Span<float> probabilities)
    {
        var frequencies = step.View(_frequencies);
        var last = (int)step.ViewLongs(_counts)[Last] - 1;
        var rest = 0f;
        for (var k = 0; k < classCount; k++)
        {
            probabilities[k] = frequencies[k] + Floor;
            rest += k == last ? 0f : probabilities[k];
        }

        var stay = last < 0 ? 0f : classCount == 1 ? 1f : step.View(_stay)[0];
        for (var k = 0; k < classCount; k++)
        {
            probabilities[k] = k == last ? stay : (1f - stay) * probabilities[k] / rest;
        }
    }

    /// <summary>Takes a label in.</summary>
    /// <param name="label">Class id.</param>
    /// <param name="classCount">Classes known, this label included.</param>
    /// <param name="step">A learning step.</param>
    public void Add(int label, int classCount, in StepContext step)
    {
        var counts = step.WriteLongs(_counts);
        var frequencies = step.Write(_frequencies);
        var stay = step.Write(_stay);
        var count = ++counts[Count];
        for (var k = 0; k < classCount; k++)
        {
            frequencies[k] += ((k == label ? 1f : 0f) - frequencies[k]) / MathF.Min(count, Memory);
        }

        if (counts[Last] > 0)
        {
            stay[0] += ((counts[Last] == label + 1 ? 1f : 0f) - stay[0]) / MathF.Min(count, StayMemory);
        }

        counts[Last] = label + 1;
    }
}
