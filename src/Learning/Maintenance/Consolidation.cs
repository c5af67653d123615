using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Compilation;
using LifelongApi.Learning.Modulators;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Maintenance;

/// <summary>
/// Moves the anchors at every task end, and when a surprise has settled: the level of a modulator had risen above a threshold and has fallen back to 0,
/// so that what was learned since is worth keeping, and in sleep where no surprise is open (systems consolidation under neuromodulation; Clopath 2012 reviews the tagging that this abstracts).
/// </summary>
/// <remarks>Reserves: events since the last consolidation, total consolidations, and whether a surprise is open, in Plastic.</remarks>
public sealed class Consolidation : IMaintenance
{
    private const int Since = 0;
    private const int Total = 1;
    private const int Surprised = 2;
    private readonly ConsolidationSpec _spec;
    private readonly ModulatorLevel? _level;
    private readonly IReadOnlyList<IConsolidate> _parts;
    private readonly Slot _counts;

    /// <summary>Reserves the counts.</summary>
    /// <param name="layout">Layout of the program.</param>
    /// <param name="owner">Prefix of slot names, unique in the program.</param>
    /// <param name="spec">When.</param>
    /// <param name="level">The modulator whose surprise settles, or null.</param>
    /// <param name="parts">What consolidates.</param>
    public Consolidation(LayoutBuilder layout, string owner, ConsolidationSpec spec, ModulatorLevel? level, IReadOnlyList<IConsolidate> parts)
    {
        _spec = spec;
        _level = level;
        _parts = parts;
        _counts = layout.Vector(Region.Plastic, $"{owner}.counts", 6);
    }

    /// <inheritdoc/>
    public bool IsDue(bool taskEnded, in StepContext step)
    {
        var counts = step.WriteLongs(_counts);
        if (taskEnded)
        {
            return counts[Since] >= _spec.MinimumEvents;
        }

        counts[Since]++;
        var level = _level?.Read(step) ?? 0f;
        if (level > _spec.Above)
        {
            counts[Surprised] = 1;
        }

        if (counts[Surprised] == 0 || level > 0f)
        {
            return false;
        }

        counts[Surprised] = 0;
        return counts[Since] >= _spec.MinimumEvents;
    }

    /// <inheritdoc/>
    public bool Sleep(Learner learner, in StepContext step)
    {
        var counts = step.ViewLongs(_counts);
        if (counts[Since] < _spec.MinimumEvents || counts[Surprised] != 0)
        {
            return false;
        }

        Run(learner, step);
        return true;
    }

    /// <inheritdoc/>
    public void Run(Learner learner, in StepContext step)
    {
        for (var i = 0; i < _parts.Count; i++)
        {
            _parts[i].Consolidate(step);
        }

        var counts = step.WriteLongs(_counts);
        counts[Since] = 0;
        counts[Total]++;
    }
}
