using LifelongApi.Experiments.Harness;

namespace LifelongApi.Experiments.Data;

/// <summary>
/// Rows of a table of ten kinds: six numbers and four categories of five values. A kind is three clouds of points in the unit cube, each with a usual value of every category that comes
/// in three of four rows.
/// </summary>
/// <param name="seed">Of the kinds.</param>
/// <param name="first">Number of the first row, so that rows to learn and rows to test on are different ones.</param>
/// <param name="count">Rows.</param>
internal sealed class TableKinds(ulong seed, int first, int count) : IKinds
{
    private const int Kinds = 10;
    private const int Clouds = 3;
    private const int Numbers = 6;
    private const int Categories = 4;
    private const int Values = 5;
    private const double Spread = 0.07;
    private const double Usual = 0.75;
    private readonly object?[] _row = new object?[Numbers + Categories];

    public IReadOnlyList<string> Names { get; } = [.. Enumerable.Range(0, Numbers).Select(i => $"number{i}"), .. Enumerable.Range(0, Categories).Select(i => $"category{i}")];

    public int Count => count;

    public int KindOf(int index) => new Draws(seed, (ulong)(first + index)).Below(Kinds);

    public int[] Shuffled(ulong seed, params IReadOnlyCollection<int> kinds)
    {
        var indices = Enumerable.Range(0, count).Where(index => kinds.Contains(KindOf(index))).ToArray();
        new Random((int)seed).Shuffle(indices);
        return indices;
    }

    public bool Learn(Trainee model, int index, string name) => model.Learn(Draw(index), name);

    public string? Predict(Trainee model, int index) => model.Predict(Draw(index));

    private object?[] Draw(int index)
    {
        var draws = new Draws(seed, (ulong)(first + index));
        var cloud = (draws.Below(Kinds) * Clouds) + draws.Below(Clouds);
        var own = new Draws(seed + 1_000_003, (ulong)cloud);
        for (var i = 0; i < Numbers; i++)
        {
            _row[i] = own.Uniform() + (Spread * draws.Normal());
        }

        for (var i = 0; i < Categories; i++)
        {
            var usual = own.Below(Values);
            _row[Numbers + i] = $"v{(draws.Uniform() < Usual ? usual : draws.Below(Values))}";
        }

        return _row;
    }
}
