using LifelongApi.Learning.Rules;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Transforms;

/// <summary>
/// Watches a chain from its first place, the raw proposal in hand, and says at consolidation how much each synapse matters.
/// What it says is the importance of the one <see cref="ElasticAnchor"/>, whichever observer it is.
/// </summary>
public interface IImportanceObserver : IUpdateTransform
{
    /// <summary>Sees an event begin; once per event before its tiles.</summary>
    /// <param name="step">The step.</param>
    void BeginEvent(in StepContext step);

    /// <summary>Sees what the chain made of the proposal of a tile, before it is added to the weights. By default not of interest.</summary>
    /// <param name="tile">The tile that <see cref="IUpdateTransform.Transform"/> saw last.</param>
    /// <param name="step">The step.</param>
    /// <param name="change">Shape [rows, width].</param>
    void EndTile(in SynapseTile tile, in StepContext step, ReadOnlySpan<float> change)
    {
    }

    /// <summary>importance ← decay · importance + what was observed since the last time; then observing starts anew.</summary>
    /// <param name="importance">Shape of the projection's weights.</param>
    /// <param name="decay">γ in [0, 1].</param>
    /// <param name="step">A learning step.</param>
    void FoldInto(Span<float> importance, float decay, in StepContext step);
}

/// <summary>A part that asks the credit assigner for an extra pass with something else than the credit of the loss at the output.</summary>
public interface ICreditPass
{
    /// <summary>What the pass carries down.</summary>
    CreditPassKind Kind { get; }

    /// <summary>Whether the part looks at this event.</summary>
    /// <param name="step">A learning step.</param>
    /// <returns>True where it does.</returns>
    bool IsDue(in StepContext step);

    /// <summary>Takes what the pass left as credit; it is overwritten by the credit of the loss afterwards.</summary>
    /// <param name="step">A learning step; only scratch may be written, for the event may yet be refused.</param>
    void Take(in StepContext step);
}

/// <summary>What an extra pass carries down from the output.</summary>
public enum CreditPassKind
{
    /// <summary>2 · output: the gradient of ‖output‖².</summary>
    Sensitivity,

    /// <summary>Σ_c ε_c √p_c (1[c] − p), with signs ε at random: the square of what it makes of a weight has the Fisher diagonal as its mean.</summary>
    Curvature,
}
