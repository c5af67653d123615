using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Projections;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Rules;

/// <summary>
/// Thresholds that keep every unit of use: Δb[j] = weight · (p[j] − [drive[j] &gt; 0]), so that unit j answers to a share p[j] of the events (Földiák 1990, Δt = γ (y − p), with b = −t).
/// A unit that is silent, or that answers to everything, tells a readout nothing; inputs that drift make such units. The paper has one p for all; here the units' shares are spread evenly,
/// p[j] = least + (largest − least) (j + ½) / units, so that some answer often and some seldom. Local: it reads the drive of its own unit, without a target.
/// </summary>
public sealed class HomeostaticRule : IPlasticityRule
{
    private readonly HashedProjection _projection;
    private readonly HomeostaticRuleSpec _spec;

    /// <summary>Makes the rule.</summary>
    /// <param name="projection">The projection whose thresholds move.</param>
    /// <param name="spec">Shares of the events.</param>
    public HomeostaticRule(HashedProjection projection, HomeostaticRuleSpec spec) => (_projection, _spec) = (projection, spec);

    /// <inheritdoc/>
    public bool NeedsTarget => false;

    /// <inheritdoc/>
    public bool ChangesSilentRows => true;

    /// <summary>The share of the events that a unit is to answer to.</summary>
    /// <param name="unit">Unit number.</param>
    /// <returns>p, above 0, below 1.</returns>
    public float ShareOf(int unit) => _spec.LeastShare + ((_spec.LargestShare - _spec.LeastShare) * (unit + 0.5f) / _projection.ColumnCount);

    /// <inheritdoc/>
    public float HeldBack(in StepContext step) => 0f;

    /// <inheritdoc/>
    public bool Prepare(in StepContext step) => true;

    /// <inheritdoc/>
    public void Begin(in StepContext step)
    {
    }

    /// <inheritdoc/>
    public void Propose(in SynapseTile tile, in StepContext step, Span<float> delta)
    {
        delta.Clear();
        var drive = step.View(_projection.Post.Drive);
        var importance = MathF.Min(step.Weight, 1f);
        var end = Math.Min(tile.Window.Start + tile.Width, _projection.ColumnCount);
        for (var unit = tile.Window.Start; unit < end; unit++)
        {
            delta[unit - tile.Window.Start] = importance * (ShareOf(unit) - (drive[unit] > 0f ? 1f : 0f));
        }
    }
}
