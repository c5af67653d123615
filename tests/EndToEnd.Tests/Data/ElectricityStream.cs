using System.Globalization;
using System.Text;
using LifelongApi.Contracts.Learning;

namespace LifelongApi.EndToEnd.Tests.Data;

/// <summary>One half-hour of the made-up market.</summary>
internal sealed record MarketRow(double Period, double Price, double Demand, double Transfer, string Label)
{
    /// <summary>Its features, by column.</summary>
    public FeatureSet Features => FeatureSet.Named(new Dictionary<string, object?>
    {
        ["period"] = Period,
        ["nswprice"] = Price,
        ["nswdemand"] = Demand,
        ["transfer"] = Transfer,
    });

    /// <summary>It as an event.</summary>
    public LearnEvent Event(string eventId, string? task = null) => new() { EventId = eventId, Features = Features, Label = Label, Task = task };
}

/// <summary>
/// A seeded stream in the shape of the New South Wales electricity market: features that wander, a label that follows from them, and half-way a
/// drift that turns the meaning of the demand round. Made up by the tests; no row of the real data is in it.
/// </summary>
internal static class ElectricityStream
{
    private const double Noise = 0.04;

    /// <summary>Rows in order; the same seed gives the same rows.</summary>
    public static IReadOnlyList<MarketRow> Rows(int count, int seed = 7)
    {
        var random = new Random(seed);
        var rows = new List<MarketRow>(count);
        double price = 0.5, demand = 0.5, transfer = 0.5;
        for (var i = 0; i < count; i++)
        {
            price = Wander(random, price);
            demand = Wander(random, demand);
            transfer = Wander(random, transfer);
            var turn = i < count / 2 ? 1 : -1;
            var score = (price - 0.5) + (turn * 0.8 * (demand - 0.5)) + (Noise * (random.NextDouble() - 0.5));
            rows.Add(new MarketRow(Math.Round((i % 48) / 47d, 6), price, demand, transfer, score > 0 ? "up" : "down"));
        }

        return rows;
    }

    /// <summary>The rows as events with ids <c>prefix-0</c>, <c>prefix-1</c>, …</summary>
    public static IReadOnlyList<LearnEvent> Events(int count, string prefix, int seed = 7) =>
        [.. Rows(count, seed).Select((row, index) => row.Event(string.Create(CultureInfo.InvariantCulture, $"{prefix}-{index}")))];

    /// <summary>Writes them as CSV with a header; the label is the last column, <c>class</c>.</summary>
    public static void WriteCsv(string path, IReadOnlyList<MarketRow> rows)
    {
        var text = new StringBuilder("period,nswprice,nswdemand,transfer,class\n");
        foreach (var row in rows)
        {
            text.Append(CultureInfo.InvariantCulture, $"{row.Period},{row.Price},{row.Demand},{row.Transfer},{row.Label}\n");
        }

        File.WriteAllText(path, text.ToString());
    }

    private static double Wander(Random random, double value) =>
        Math.Round(Math.Clamp(value + (1.0 * (random.NextDouble() - 0.5)) - (0.02 * (value - 0.5)), 0, 1), 6);
}
