using LifelongApi.Contracts.Models;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Heads;

/// <summary>
/// Weighs examples by how rare their class is: w = clamp(n / (K · n_c), 1 / limit, limit), with n events learned so far, n_c of the class, K classes, the event at hand
/// taken in (inverse class frequency, King and Zeng 2001, eq. 5, with running instead of known frequencies). A class of its fair share has weight 1.
/// </summary>
/// <remarks>Reserves: events learned by class [classes × int64] in Plastic. Events count once, whatever weight they came with.</remarks>
public sealed class ClassBalance
{
    private readonly Slot _counts;
    private readonly float _limit;

    /// <summary>Reserves the counts.</summary>
    /// <param name="layout">Layout of the program.</param>
    /// <param name="classCapacity">Classes that fit.</param>
    /// <param name="spec">The limit.</param>
    public ClassBalance(LayoutBuilder layout, int classCapacity, BalanceSpec spec)
    {
        ArgumentNullException.ThrowIfNull(layout);
        ArgumentNullException.ThrowIfNull(spec);
        _counts = layout.Vector(Region.Plastic, "balance.classCounts", classCapacity * 2);
        _limit = spec.Limit;
    }

    /// <summary>The factor for an example.</summary>
    /// <param name="label">Its class.</param>
    /// <param name="classCount">Classes known, this one included.</param>
    /// <param name="step">A learning step.</param>
    /// <returns>Within 1 / limit … limit.</returns>
    public float Factor(int label, int classCount, in StepContext step)
    {
        var counts = step.ViewLongs(_counts)[..classCount];
        var total = 1L;
        foreach (var count in counts)
        {
            total += count;
        }

        return (float)Math.Clamp(total / ((double)classCount * (counts[label] + 1)), 1d / _limit, _limit);
    }

    /// <summary>Counts an example that was learned.</summary>
    /// <param name="label">Its class.</param>
    /// <param name="step">A learning step.</param>
    public void Commit(int label, in StepContext step) => step.WriteLongs(_counts)[label]++;
}
