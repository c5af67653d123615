using LifelongApi.Learning.Projections;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Rules;

/// <summary>What a synapse proposes. A rule never touches the weights: it writes a proposal, the chain applies it.</summary>
public interface IPlasticityRule
{
    /// <summary>Whether the rule needs the error of a target; else it also runs on events without one.</summary>
    bool NeedsTarget { get; }

    /// <summary>Whether silent rows change too, so that the chain runs over every row.</summary>
    bool ChangesSilentRows { get; }

    /// <summary>Share of the correction that the rule itself held back in this event to keep what was learned, in [0, 1].</summary>
    /// <param name="step">The step.</param>
    /// <returns>The share; 0 for a rule without protection.</returns>
    float HeldBack(in StepContext step);

    /// <summary>Once per event, before anything learned is written: fills the rule's own scratch.</summary>
    /// <param name="step">The step.</param>
    /// <returns>False where the proposal would not be finite; the event is then skipped.</returns>
    bool Prepare(in StepContext step);

    /// <summary>Once per event, after every rule has prepared and before the tiles: updates the rule's own learned slots.</summary>
    /// <param name="step">The step.</param>
    void Begin(in StepContext step);

    /// <summary>How many windows of columns change in this event; the rest proposes zero. By default one, over all columns that a gate of the postsynaptic population leaves open.</summary>
    /// <param name="step">The step.</param>
    /// <returns>The number of windows.</returns>
    int WindowCount(in StepContext step) => 1;

    /// <summary>A window of columns that change in this event; windows do not overlap.</summary>
    /// <param name="index">0 … <see cref="WindowCount"/> − 1.</param>
    /// <param name="projection">The projection.</param>
    /// <param name="step">The step.</param>
    /// <returns>The window.</returns>
    ColumnWindow WindowAt(int index, Projection projection, in StepContext step) => projection.Post.Gate?.Window(step) ?? new(0, projection.Stride);

    /// <summary>Proposes a change for a tile.</summary>
    /// <param name="tile">Rows, their presynaptic activities and weights.</param>
    /// <param name="step">The step.</param>
    /// <param name="delta">Shape [rows, width]; written whole, padding zero.</param>
    void Propose(in SynapseTile tile, in StepContext step, Span<float> delta);
}
