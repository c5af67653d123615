using LifelongApi.Learning.Features;

namespace LifelongApi.Experiments.Data;

/// <summary>
/// Clicks on advertisements, generated: twelve categorical fields from two to a million values, small values more often than large ones; whether there is a click follows the sum of effects that values have, of which
/// those of four fields turn into others over every fifth of the stream. About a fifth of the rows are clicks.
/// </summary>
/// <param name="seed">Of rows and effects.</param>
/// <param name="rows">Rows of the stream.</param>
internal sealed class ClickStream(ulong seed, int rows)
{
    private const int Drifting = 4;
    private const int Turns = 5;
    private const double Offset = -1.9;
    private static readonly int[] Values = [2, 5, 10, 24, 50, 200, 500, 1000, 5000, 20_000, 100_000, 1_000_000];
    private static readonly ulong[] Names = [.. Values.Select((_, field) => FeatureHash.OfName($"field{field}"))];
    private readonly int[] _drawn = new int[Values.Length];

    /// <summary>Fields of a row.</summary>
    public static int FieldCount => Values.Length;

    /// <summary>Draws one row.</summary>
    /// <param name="index">Its number.</param>
    /// <param name="values">Number of the value of every field; overwritten.</param>
    /// <returns>Whether there was a click, and the probability of it.</returns>
    public (bool Clicked, double Probability) Draw(int index, Span<int> values)
    {
        var draws = new Draws(seed, (ulong)index);
        var score = Offset;
        var turn = (double)index * Turns / rows;
        for (var field = 0; field < Values.Length; field++)
        {
            values[field] = (int)(Values[field] * Math.Pow(draws.Uniform(), 3));
            score += field % 3 == 0 && field / 3 < Drifting
                ? ((1 - (turn % 1)) * Effect(field, values[field], (int)turn)) + (turn % 1 * Effect(field, values[field], (int)turn + 1))
                : Effect(field, values[field], 0);
        }

        var probability = 1 / (1 + Math.Exp(-score));
        return (draws.Uniform() < probability, probability);
    }

    /// <summary>The row as places of a hash table, each once.</summary>
    /// <param name="values">Number of the value of every field.</param>
    /// <param name="bits">2^bits places.</param>
    /// <param name="places">Shape [fields]; overwritten.</param>
    /// <returns>How many places.</returns>
    public int Hash(ReadOnlySpan<int> values, int bits, Span<int> places)
    {
        var count = 0;
        values.CopyTo(_drawn);
        for (var field = 0; field < values.Length; field++)
        {
            var place = (int)(FeatureHash.OfValue(Names[field], BitConverter.GetBytes(_drawn[field])) >> (64 - bits));
            if (!places[..count].Contains(place))
            {
                places[count++] = place;
            }
        }

        return count;
    }

    private double Effect(int field, int value, int turn) => 0.6 * new Draws(seed + 1 + (ulong)field + (100 * (ulong)turn), (ulong)value).Normal();
}
