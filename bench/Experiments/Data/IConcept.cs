namespace LifelongApi.Experiments.Data;

/// <summary>What a generated table looks like and what labels its rows: with the same concept, draws decide everything.</summary>
internal interface IConcept
{
    /// <summary>Names of the features.</summary>
    IReadOnlyList<string> Names { get; }

    /// <summary>Draws a row.</summary>
    /// <param name="draws">What decides.</param>
    /// <param name="row">Shape [names]; every place is filled with a double or a text.</param>
    /// <returns>The label.</returns>
    string Draw(Draws draws, object?[] row);
}
