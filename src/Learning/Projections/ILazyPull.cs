using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Projections;

/// <summary>
/// A pull on every weight in every step that is applied to a row only when the row is used. What is pending is a function of the event sequence:
/// a learning step materialises the rows it reads, a predict computes effective rows in scratch and writes nothing (docs/journal.md 7).
/// </summary>
public interface ILazyPull
{
    /// <summary>Brings rows up to date; learning steps only.</summary>
    /// <param name="rows">Rows that the step reads.</param>
    /// <param name="step">The step.</param>
    void CatchUp(ReadOnlySpan<int> rows, in StepContext step);

    /// <summary>drive += Σ_k values[k] · effective row rows[k], for a predict.</summary>
    /// <param name="rows">Active rows.</param>
    /// <param name="values">Their activities.</param>
    /// <param name="drive">Drive of the postsynaptic population.</param>
    /// <param name="step">The step.</param>
    void Accumulate(ReadOnlySpan<int> rows, ReadOnlySpan<float> values, Span<float> drive, in StepContext step);
}
