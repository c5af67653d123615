using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.Projections;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Rules;

/// <summary>
/// Supervised Hebb: Δw[pre, y] = weight · x[pre] · (1 − w[pre, y] / b) for the right class y; synapses to every other class are frozen
/// (Shen, Dasgupta and Navlakha 2021, the associative rule of the fruit fly's mushroom body: a teaching signal opens one output neuron).
/// b is a soft bound (Gerstner and Kistler 2002), which makes a synapse that is often active count little more than one that is active now and then; without it b is infinite.
/// </summary>
/// <param name="projection">The projection to the last population.</param>
/// <param name="teaching">The label.</param>
/// <param name="spec">The bound.</param>
public sealed class SupervisedHebbRule(Projection projection, TeachingSignal teaching, SupervisedHebbRuleSpec spec) : IPlasticityRule
{
    private readonly float _perBound = spec.Bound is { } bound ? 1f / bound : 0f;

    /// <inheritdoc/>
    public bool NeedsTarget => true;

    /// <inheritdoc/>
    public bool ChangesSilentRows => false;

    /// <inheritdoc/>
    public float HeldBack(in StepContext step) => 0f;

    /// <inheritdoc/>
    public bool Prepare(in StepContext step) =>
        step.Weight * Reduction.LargestMagnitude(projection.Pre.Values(step)) <= PlasticityChain.LargestProposal;

    /// <inheritdoc/>
    public void Begin(in StepContext step)
    {
    }

    /// <inheritdoc/>
    public ColumnWindow WindowAt(int index, Projection projection, in StepContext step) =>
        new(teaching.Label(step) / LayoutBuilder.Line * LayoutBuilder.Line, LayoutBuilder.Line);

    /// <inheritdoc/>
    public void Propose(in SynapseTile tile, in StepContext step, Span<float> delta)
    {
        var column = teaching.Label(step) - tile.Window.Start;
        delta.Clear();
        for (var k = 0; k < tile.Rows.Length; k++)
        {
            // At and beyond the bound nothing is left to change, so that no proposal can run away.
            var room = MathF.Max(0f, MathF.FusedMultiplyAdd(-_perBound, MathF.Abs(tile.View(projection.Weights, k, step)[column]), 1f));
            delta[(k * tile.Width) + column] = step.Weight * tile.Pre[k] * room;
        }
    }
}
