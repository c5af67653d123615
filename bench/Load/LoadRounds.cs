using LifelongApi.Kernels.Table;

namespace LifelongApi.Load;

/// <summary>Rates by round and side.</summary>
internal sealed class LoadRounds
{
    private readonly List<double[]> _rates = [];

    public void Add(double[] rates) => _rates.Add(rates);

    public double Rate(int side) => Rounds.Median(_rates.Select(rates => rates[side]));

    public double Ratio(int side, int other) => Rounds.Median(_rates.Select(rates => rates[side] / rates[other]));

    /// <summary>The rate of a side, in each round by the slower of two others.</summary>
    public double RatioToSlower(int side, int one, int other) => Rounds.Median(_rates.Select(rates => rates[side] / Math.Min(rates[one], rates[other])));

    /// <summary>The row of the first side beside the second.</summary>
    public Row Row(string name, string reference, double? bar, string? note = null) =>
        new() { Name = name, OursPerS = Rate(0), Reference = reference, ReferencePerS = Rate(1), Ratio = Ratio(0, 1), Bar = bar, Note = note };
}
