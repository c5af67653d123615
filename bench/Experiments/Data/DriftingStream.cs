namespace LifelongApi.Experiments.Data;

/// <summary>
/// Concepts one after another over equal parts of a stream. Around each change a row is of the new concept with probability 1 / (1 + e^(−4 (t − t₀) / w))
/// (Bifet et al. 2009), at once where the width w is 0.
/// </summary>
/// <param name="seed">Of the rows.</param>
/// <param name="rows">How many.</param>
/// <param name="width">Rows over which one concept gives way to the next.</param>
/// <param name="concepts">Concepts with the same features.</param>
internal sealed class DriftingStream(ulong seed, int rows, int width, params IReadOnlyList<IConcept> concepts)
{
    public IReadOnlyList<string> Names => concepts[0].Names;

    public int RowCount => rows;

    /// <summary>Rows at which a concept changes.</summary>
    public IEnumerable<int> Changes => Enumerable.Range(1, concepts.Count - 1).Select(change => (int)((long)change * rows / concepts.Count));

    /// <summary>Draws one row.</summary>
    /// <param name="index">Its number.</param>
    /// <param name="row">Shape [names]; overwritten.</param>
    /// <returns>Its label.</returns>
    public string Draw(int index, object?[] row)
    {
        var draws = new Draws(seed, (ulong)index);
        var part = (int)Math.Min(concepts.Count - 1, (long)index * concepts.Count / rows);
        if (width > 0)
        {
            // Of the two changes around, the nearer one decides.
            var length = (double)rows / concepts.Count;
            var next = (int)Math.Round(index / length);
            if (next >= 1 && next < concepts.Count)
            {
                part = draws.Uniform() < 1 / (1 + Math.Exp(-4 * (index - (next * length)) / width)) ? next : next - 1;
            }
        }

        return concepts[part].Draw(draws, row);
    }
}
