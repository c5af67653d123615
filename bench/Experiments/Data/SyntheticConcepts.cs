namespace LifelongApi.Experiments.Data;

/// <summary>Three numbers in [0, 10), the label is whether the first two sum to at most θ; a share of labels is exchanged (Street and Kim 2001, SEA).</summary>
/// <param name="threshold">θ; 8, 9, 7 and 9.5 in the paper.</param>
/// <param name="noise">Share of labels exchanged.</param>
internal sealed class SeaConcept(double threshold, double noise = 0.1) : IConcept
{
    public IReadOnlyList<string> Names { get; } = ["a", "b", "c"];

    public string Draw(Draws draws, object?[] row)
    {
        var (a, b, c) = (draws.Uniform(0, 10), draws.Uniform(0, 10), draws.Uniform(0, 10));
        (row[0], row[1], row[2]) = (a, b, c);
        return (a + b <= threshold) != (draws.Uniform() < noise) ? "low" : "high";
    }
}

/// <summary>Which side of a hyperplane through the centre of the unit cube a point lies on; weights turn with the rows (Hulten, Spencer and Domingos 2001).</summary>
/// <param name="seed">Of weights and directions.</param>
/// <param name="size">Features.</param>
/// <param name="change">Change of the weights per row.</param>
/// <param name="noise">Share of labels exchanged.</param>
internal sealed class HyperplaneConcept(ulong seed, int size, double change, double noise = 0.05) : IConcept
{
    public IReadOnlyList<string> Names { get; } = [.. Enumerable.Range(0, size).Select(i => $"x{i}")];

    public string Draw(Draws draws, object?[] row)
    {
        var plane = new Draws(seed, 0);
        var (sum, half) = (0d, 0d);
        for (var i = 0; i < size; i++)
        {
            // Weights swing between 0 and 1 with a phase of their own; half of them stay.
            var weight = plane.Uniform();
            weight = i % 2 == 0 ? (1 - Math.Cos((2 * Math.PI * weight) + (change * draws.Row))) / 2 : weight;
            var x = draws.Uniform();
            row[i] = x;
            sum += weight * x;
            half += weight / 2;
        }

        return (sum >= half) != (draws.Uniform() < noise) ? "above" : "below";
    }
}

/// <summary>The digit that seven lamps show, each wrong with some probability, among seventeen lamps without meaning (Breiman et al. 1984, LED); places are permuted.</summary>
/// <param name="seed">Of the permutation.</param>
/// <param name="noise">Probability that a lamp is wrong.</param>
internal sealed class LedConcept(ulong seed, double noise = 0.1) : IConcept
{
    private const int Lamps = 24;
    private static readonly string[] Digits = ["1110111", "0010010", "1011101", "1011011", "0111010", "1101011", "1101111", "1010010", "1111111", "1111011"];
    private readonly int[] _places = [.. Enumerable.Range(0, Lamps).OrderBy(lamp => new Draws(seed, (ulong)lamp).Uniform())];

    public IReadOnlyList<string> Names { get; } = [.. Enumerable.Range(0, Lamps).Select(i => $"lamp{i}")];

    public string Draw(Draws draws, object?[] row)
    {
        var digit = draws.Below(Digits.Length);
        for (var lamp = 0; lamp < Lamps; lamp++)
        {
            var isOn = lamp < 7 ? (Digits[digit][lamp] == '1') != (draws.Uniform() < noise) : draws.Uniform() < 0.5;
            row[_places[lamp]] = isOn ? 1d : 0d;
        }

        return $"digit{digit}";
    }
}

/// <summary>Clouds of points, each of one label, whose centres wander through the unit cube and turn back at its faces (Bifet et al. 2009, RBF).</summary>
/// <param name="seed">Of the clouds.</param>
/// <param name="size">Features.</param>
/// <param name="clouds">Clouds.</param>
/// <param name="classes">Labels.</param>
/// <param name="speed">Way of a centre per row.</param>
internal sealed class CloudsConcept(ulong seed, int size, int clouds, int classes, double speed) : IConcept
{
    public IReadOnlyList<string> Names { get; } = [.. Enumerable.Range(0, size).Select(i => $"x{i}")];

    public string Draw(Draws draws, object?[] row)
    {
        var cloud = draws.Below(clouds);
        var own = new Draws(seed, (ulong)cloud);
        var (label, spread) = (own.Below(classes), own.Uniform(0.02, 0.12));
        for (var i = 0; i < size; i++)
        {
            var way = own.Uniform(0, 2) + (speed * own.Uniform(-1, 1) * draws.Row);
            var folded = Math.Abs(way - (2 * Math.Round(way / 2)));
            row[i] = folded + (spread * draws.Normal());
        }

        return $"class{label}";
    }
}
