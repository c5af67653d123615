using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Compilation;
using LifelongApi.Learning.Modulators;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Maintenance;

/// <summary>
/// Neurogenesis (Draelos et al. 2017): where too many events are outliers the population asks for new units. An event is an outlier while the level of a modulator is above θ;
/// outliers count up and other events count down to 0, and at N a block of units is wanted. New units begin with drawn weights to them and none from them, so no answer changes by growing.
/// Deviation: outliers are told by surprise at the target, not by the reconstruction of an autoencoder, and there is no phase in which the new units train alone: the parts <c>replay</c> and
/// <c>elasticAnchor</c> are there to keep what was known. What is wanted waits in the state until a <c>Grew</c> event is folded (docs/decisions).
/// </summary>
/// <remarks>Reserves in Plastic: outliers in excess, units wanted (0: none) and the sequence of the event that wanted them, as int64.</remarks>
public sealed class Growth : IMaintenance
{
    private const int Excess = 0;
    private const int Wanted = 1;
    private const int Since = 2;
    private readonly ModulatorLevel _level;
    private readonly int _units;
    private readonly Slot _counts;

    /// <summary>Reserves the counts.</summary>
    /// <param name="layout">Layout of the program.</param>
    /// <param name="owner">Prefix of slot names, unique in the program.</param>
    /// <param name="spec">θ, N, block and most units.</param>
    /// <param name="level">The modulator.</param>
    /// <param name="units">Units that the population has in this program.</param>
    public Growth(LayoutBuilder layout, string owner, GrowthSpec spec, ModulatorLevel level, int units)
    {
        Spec = spec;
        _level = level;
        _units = units;
        _counts = layout.Vector(Region.Plastic, $"{owner}.growth", 6);
    }

    /// <summary>When and how much.</summary>
    public GrowthSpec Spec { get; }

    /// <inheritdoc/>
    public bool MovesAnchors => false;

    /// <inheritdoc/>
    public bool IsDue(bool taskEnded, in StepContext step)
    {
        var counts = step.WriteLongs(_counts);
        if (taskEnded || counts[Wanted] != 0 || _units >= Spec.MaxUnits)
        {
            return false;
        }

        counts[Excess] = Math.Max(0, counts[Excess] + (_level.Read(step) > Spec.Above ? 1 : -1));
        return counts[Excess] >= Spec.Events;
    }

    /// <inheritdoc/>
    public void Run(Learner learner, in StepContext step)
    {
        var counts = step.WriteLongs(_counts);
        counts[Excess] = 0;
        counts[Wanted] = Math.Min((long)_units + Spec.Block, Spec.MaxUnits);
        counts[Since] = step.Sequence;
    }

    /// <summary>Units wanted and the sequence of the event that wanted them; 0 and 0: none.</summary>
    /// <param name="step">A learning step.</param>
    /// <returns>The wish.</returns>
    public (int Units, long Since) Waiting(in StepContext step) => ((int)step.ViewLongs(_counts)[Wanted], step.ViewLongs(_counts)[Since]);

    /// <summary>Takes note that the population has grown or is as large as was wanted.</summary>
    /// <param name="step">A learning step.</param>
    public void Settle(in StepContext step)
    {
        var counts = step.WriteLongs(_counts);
        (counts[Wanted], counts[Since]) = (0, 0);
    }
}
