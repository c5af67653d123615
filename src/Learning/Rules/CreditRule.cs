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

    /// <summary>Adds what is proposed for whole rows times a factor to the weights, in one pass: bit for bit what the chain does part by part.</summary>
    /// <param name="rows">Row numbers; shape [active].</param>
    /// <param name="pre">Presynaptic activity of each row; shape [active].</param>
    /// <param name="factor">What all transforms of the chain come to.</param>
    /// <param name="step">The step.</param>
    /// <returns>Sum of the squared changes; up to rounding what the chain sums.</returns>
    public float Change(ReadOnlySpan<int> rows, ReadOnlySpan<float> pre, float factor, in StepContext step)
    {
        var credit = step.View(projection.Post.Credit);
        var weights = step.Write(projection.Weights);
        if (credit.Length == LayoutBuilder.Line)
        {
            return RowKernels.AddOuterLines(credit, rows, pre, step.Weight, factor, weights);
        }

        RowKernels.AddOuterRows(credit, rows, pre, step.Weight, factor, weights);
        return SquareOf(pre, credit, step.Weight * (double)factor);
    }

    /// <summary>‖factor · x‖² ‖δ‖², the sum of all squares of an outer product.</summary>
    private static float SquareOf(ReadOnlySpan<float> pre, ReadOnlySpan<float> credit, double factor)
    {
        var (activity, error) = (MathF.Min(Reduction.SumOfSquares(pre), float.MaxValue), MathF.Min(Reduction.SumOfSquares(credit), float.MaxValue));
        return (float)(factor * factor * activity * error);
    }

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
