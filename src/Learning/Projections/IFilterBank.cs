using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Projections;

/// <summary>Filters of unit length that compete for normalised parts of the input: what <see cref="Rules.PatchCompetitionRule"/> needs of the projection that holds them.</summary>
public interface IFilterBank
{
    /// <summary>Whether filters are still to be drawn before any can compete.</summary>
    /// <param name="step">A learning step.</param>
    /// <returns>True during the first events.</returns>
    bool IsForming(in StepContext step);

    /// <summary>How many parts of the present input have contrast.</summary>
    /// <param name="step">The step.</param>
    /// <returns>The number.</returns>
    int PatchCount(in StepContext step);

    /// <summary>A normalised part of the present input.</summary>
    /// <param name="index">0 … <see cref="PatchCount"/> − 1.</param>
    /// <param name="step">The step.</param>
    /// <returns>Shape [rows of the weights].</returns>
    ReadOnlySpan<float> Patch(int index, in StepContext step);

    /// <summary>C⁻¹ x, the part seen from input space after whitening; where nothing is whitened, x.</summary>
    /// <param name="index">0 … <see cref="PatchCount"/> − 1.</param>
    /// <param name="step">The step.</param>
    /// <param name="target">Shape [padded rows of the weights]; overwritten.</param>
    void Whiten(int index, in StepContext step, Span<float> target);

    /// <summary>Of the filters that meet this part, the one that answers most.</summary>
    /// <param name="index">0 … <see cref="PatchCount"/> − 1.</param>
    /// <param name="step">The step.</param>
    /// <param name="responses">Room for answers; shape [stride of the weights].</param>
    /// <returns>Its column, and its answer f · x.</returns>
    (int Column, float Response) Strongest(int index, in StepContext step, Span<float> responses);
}
