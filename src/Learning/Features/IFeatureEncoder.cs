using LifelongApi.Learning.Populations;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Features;

/// <summary>Turns stored features into the input population's active list.</summary>
public interface IFeatureEncoder
{
    /// <summary>Writes the active list with the statistics as they are. Writes nothing learned.</summary>
    /// <param name="payload">The event.</param>
    /// <param name="nameHashes">Hash of every feature name of the stream by id.</param>
    /// <param name="step">The step.</param>
    /// <param name="input">The input population.</param>
    /// <returns>False where a number is beyond what statistics can hold.</returns>
    bool Encode(in PayloadReader payload, ReadOnlySpan<ulong> nameHashes, in StepContext step, InputPopulation input);

    /// <summary>Reads what <see cref="Encode"/> would make of a dense input, where that depends on no event before; touches nothing else.</summary>
    /// <param name="payload">The event.</param>
    /// <param name="features">Shape [features]; overwritten.</param>
    /// <returns>False where it depends on more, or the payload has another form.</returns>
    bool TryRead(in PayloadReader payload, Span<float> features) => false;

    /// <summary>What a number of dense input is replaced by where it is left out: its running mean where it is standardised by it, else 0.</summary>
    /// <param name="step">The step.</param>
    /// <param name="values">Overwritten; shape [features].</param>
    void Typical(in StepContext step, Span<float> values) => values.Clear();

    /// <summary>Updates what the encoder itself learns (running statistics, places of new names).</summary>
    /// <param name="payload">The event.</param>
    /// <param name="nameHashes">Hash of every feature name of the stream by id.</param>
    /// <param name="step">A learning step.</param>
    void Commit(in PayloadReader payload, ReadOnlySpan<ulong> nameHashes, in StepContext step);
}
