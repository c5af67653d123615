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

/// <summary>A part that asks the credit assigner for an extra pass: the output sensitivity, 2 · output instead of the credit of the loss.</summary>
public interface ISensitivityPass
{
    /// <summary>Takes what the pass left as credit; it is overwritten by the credit of the loss afterwards.</summary>
    /// <param name="step">A learning step; only scratch may be written, for the event may yet be refused.</param>
    void Take(in StepContext step);
}
