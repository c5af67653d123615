using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.Projections;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Rules;

/// <summary>
/// Δw[pre, post] = weight · x[pre] · δ[post] / ‖x‖², the credit rule over the squared length of the input (Nagumo and Noda 1967, eq. 6), so that a step
/// moves a linear unit's drive by the same share of its error whatever the scale of its input. With the hinge loss and a rate of ½ this is the passive-aggressive
/// learner of Crammer et al. 2006 (multi-class, without the cap on the step). A silent input proposes nothing.
/// </summary>
/// <param name="projection">The projection.</param>
public sealed class NormalisedRule(Projection projection) : IPlasticityRule, IOuterRule
{
    /// <inheritdoc/>
    public bool NeedsTarget => true;

    /// <inheritdoc/>
    public bool ChangesSilentRows => false;

    /// <inheritdoc/>
    public float HeldBack(in StepContext step) => 0f;

    /// <inheritdoc/>
    public bool Prepare(in StepContext step) =>
        Factor(step) * Reduction.LargestMagnitude(projection.Pre.Values(step)) * Reduction.LargestMagnitude(step.View(projection.Post.Credit)) <= PlasticityChain.LargestProposal;

    /// <inheritdoc/>
    public void Begin(in StepContext step)
    {
    }

    float IOuterRule.RowFactor(in StepContext step) => Factor(step);

    ReadOnlySpan<float> IOuterRule.RowValues(in SynapseTile tile, in StepContext step) => tile.Pre;

    /// <inheritdoc/>
    public void Propose(in SynapseTile tile, in StepContext step, Span<float> delta)
    {
        var credit = tile.Columns(step.View(projection.Post.Credit));
        var factor = Factor(step);
        for (var k = 0; k < tile.Rows.Length; k++)
        {
            RowKernels.Scale(credit, factor * tile.Pre[k], delta.Slice(k * tile.Width, tile.Width));
        }
    }

    private float Factor(in StepContext step)
    {
        var square = Reduction.SumOfSquares(projection.Pre.Values(step));
        return square > 0f ? step.Weight / square : 0f;
    }
}
