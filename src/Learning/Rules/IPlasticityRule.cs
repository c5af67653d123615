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

    /// <summary>Proposes a change for a tile of rows.</summary>
    /// <param name="tile">Rows, their presynaptic activities and weights.</param>
    /// <param name="step">The step.</param>
    /// <param name="delta">Shape [rows, stride]; written whole, padding zero.</param>
    void Propose(in SynapseTile tile, in StepContext step, Span<float> delta);
}
