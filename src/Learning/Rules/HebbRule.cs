using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.Projections;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Rules;

/// <summary>Δw[pre, post] = weight · x[pre] · y[post] (Hebb 1949).</summary>
/// <param name="projection">The projection.</param>
public sealed class HebbRule(Projection projection) : IPlasticityRule
{
    /// <inheritdoc/>
    public bool NeedsTarget => false;

    /// <inheritdoc/>
    public bool ChangesSilentRows => false;

    /// <inheritdoc/>
    public float HeldBack(in StepContext step) => 0f;

    /// <inheritdoc/>
    public bool Prepare(in StepContext step) =>
        step.Weight * Reduction.LargestMagnitude(projection.Pre.Values(step)) * Reduction.LargestMagnitude(step.View(projection.Post.Activity)) <= PlasticityChain.LargestProposal;

    /// <inheritdoc/>
    public void Begin(in StepContext step)
    {
    }

    /// <inheritdoc/>
    public void Propose(in SynapseTile tile, in StepContext step, Span<float> delta)
    {
        var post = step.View(projection.Post.Activity)[..projection.Post.Units];
        delta.Clear();
        for (var k = 0; k < tile.Rows.Length; k++)
        {
            RowKernels.Scale(post, step.Weight * tile.Pre[k], delta.Slice(k * tile.Width, post.Length));
        }
    }
}
