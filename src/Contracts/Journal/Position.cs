using System.Globalization;

namespace LifelongApi.Contracts.Journal;

/// <summary>Where a model stands: (lineage, sequence). Written <c>lineage:sequence</c>, e.g. <c>1:4711</c>; also the ETag.</summary>
/// <param name="Lineage">Number of the model's lineage, from 1.</param>
/// <param name="Sequence">Sequence of the last event folded in; 0 before the first.</param>
public readonly record struct Position(int Lineage, long Sequence)
{
    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Lineage}:{Sequence}");

    /// <summary>Reads <c>lineage:sequence</c>.</summary>
    /// <param name="text">Text to read.</param>
    /// <param name="position">The position where the text is one.</param>
    /// <returns>Whether the text is a position.</returns>
    public static bool TryParse(string? text, out Position position)
    {
        position = default;
        var parts = text?.Split(':');
        if (parts is not { Length: 2 }
            || !int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var lineage)
            || !long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var sequence))
        {
            return false;
        }

        position = new Position(lineage, sequence);
        return true;
    }
}
