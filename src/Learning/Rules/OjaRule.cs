using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.Projections;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Rules;

/// <summary>
/// Δw[pre, post] = weight · y[post] (x[pre] − y[post] w[pre, post]): Hebb with the decay that keeps every unit's weights on the unit sphere;
/// a linear unit finds the first principal component (Oja 1982, eq. 3).
/// </summary>
/// <param name="projection">The projection.</param>
public sealed class OjaRule(Projection projection) : IPlasticityRule
{
    /// <inheritdoc/>
    public bool NeedsTarget => false;

    /// <inheritdoc/>
    public bool ChangesSilentRows => true;

    /// <inheritdoc/>
    public float HeldBack(in StepContext step) => 0f;

    /// <inheritdoc/>
    public bool Prepare(in StepContext step)
    {
        var post = Reduction.LargestMagnitude(step.View(projection.Post.Activity)[..projection.Post.Units]);
        var inner = Reduction.LargestMagnitude(projection.Pre.Values(step)) + (post * Reduction.LargestMagnitude(step.View(projection.Weights)));
        return step.Weight * post * inner <= PlasticityChain.LargestProposal;
    }

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
            var weights = tile.View(projection.Weights, k, step);
            var row = delta.Slice(k * tile.Width, post.Length);
            for (var j = 0; j < row.Length; j++)
            {
                row[j] = step.Weight * post[j] * MathF.FusedMultiplyAdd(-post[j], weights[j], tile.Pre[k]);
            }
        }
    }
}
