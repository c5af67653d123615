using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Projections;

/// <summary>Filters that compete for normalised inputs in a whitened space: what <see cref="Rules.PatchCompetitionRule"/> needs of the projection that holds them.</summary>
public interface IFilterBank
{
    /// <summary>Whether filters are still being drawn.</summary>
    /// <param name="step">A learning step.</param>
    /// <returns>True during the first events.</returns>
    bool IsForming(in StepContext step);

    /// <summary>How many inputs of the present event filters can compete for.</summary>
    /// <param name="step">The step.</param>
    /// <returns>The number.</returns>
    int PatchCount(in StepContext step);

    /// <summary>One of these inputs.</summary>
    /// <param name="index">0 … <see cref="PatchCount"/> − 1.</param>
    /// <param name="step">The step.</param>
    /// <returns>Shape [rows of the weights].</returns>
    ReadOnlySpan<float> Patch(int index, in StepContext step);

    /// <summary>C⁻¹ of the inputs of its kind.</summary>
    /// <param name="index">0 … <see cref="PatchCount"/> − 1.</param>
    /// <param name="step">The step.</param>
    /// <returns>Shape [rows, padded rows].</returns>
    ReadOnlySpan<float> PrecisionOf(int index, in StepContext step);

    /// <summary>The filters that compete for it: columns of the weights.</summary>
    /// <param name="index">0 … <see cref="PatchCount"/> − 1.</param>
    /// <param name="step">The step.</param>
    /// <returns>First column and number of columns, multiples of 16.</returns>
    (int First, int Count) FiltersOf(int index, in StepContext step);
}
