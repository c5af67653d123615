using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.Projections;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Rules;

/// <summary>Δw[pre, post] = weight · x[pre] · δ[post]: the gradient step of whatever assigned the credit δ (Rumelhart, Hinton and Williams 1986, eq. 6 with backprop credit).</summary>
/// <param name="projection">The projection.</param>
public sealed class CreditRule(Projection projection) : IPlasticityRule, IOuterRule
{
    /// <inheritdoc/>
    public bool NeedsTarget => true;

    /// <inheritdoc/>
    public bool ChangesSilentRows => false;

    /// <inheritdoc/>
    public float HeldBack(in StepContext step) => 0f;

    /// <inheritdoc/>
    public bool Prepare(in StepContext step) =>
        step.Weight * Reduction.LargestMagnitude(projection.Pre.Values(step)) * Reduction.LargestMagnitude(step.View(projection.Post.Credit)) <= PlasticityChain.LargestProposal;

    /// <inheritdoc/>
    public void Begin(in StepContext step)
    {
    }

    /// <summary>Proposes the changes of a tile multiplied by a factor and adds them to the weights, in one pass: bit for bit what the chain does without it.</summary>
    /// <param name="tile">Whole rows.</param>
    /// <param name="factor">What all transforms of the chain come to.</param>
    /// <param name="step">The step.</param>
    /// <returns>Sum of the squared changes.</returns>
    public float Change(in SynapseTile tile, float factor, in StepContext step) =>
        RowKernels.AddOuterRows(step.View(projection.Post.Credit), tile.Rows, tile.Pre, step.Weight, factor, step.Write(projection.Weights));

    float IOuterRule.RowFactor(in StepContext step) => step.Weight;

    ReadOnlySpan<float> IOuterRule.RowValues(in SynapseTile tile, in StepContext step) => tile.Pre;

    /// <inheritdoc/>
    public void Propose(in SynapseTile tile, in StepContext step, Span<float> delta)
    {
        var credit = tile.Columns(step.View(projection.Post.Credit));
        for (var k = 0; k < tile.Rows.Length; k++)
        {
            RowKernels.Scale(credit, step.Weight * tile.Pre[k], delta.Slice(k * tile.Width, tile.Width));
        }
    }
}
