namespace LifelongApi.Kernels.Table;

/// <summary>Interleaved rounds: every side is measured once a round, so that a busy machine slows all of them alike, and medians are taken of the rates and of the ratios of a round.</summary>
internal sealed class Rounds
{
    private readonly List<double[]> _rates = [];

    private Rounds()
    {
    }

    /// <summary>Measures.</summary>
    /// <param name="count">Rounds.</param>
    /// <param name="sides">What gives a rate per second, the one that the ratios are of first.</param>
    /// <returns>The rounds.</returns>
    public static Rounds Run(int count, params Func<double>[] sides)
    {
        var rounds = new Rounds();
        for (var round = 0; round < count; round++)
        {
            var rates = new double[sides.Length];
            for (var i = 0; i < sides.Length; i++)
            {
                // Every second round goes the other way, so that none is always the one after the break.
                var side = round % 2 == 0 ? i : sides.Length - 1 - i;
                rates[side] = sides[side]();
            }

            rounds._rates.Add(rates);
        }

        return rounds;
    }

    /// <summary>Median rate of a side.</summary>
    public double Rate(int side) => Median(_rates.Select(rates => rates[side]));

    /// <summary>Median over the rounds of one side's rate by another's.</summary>
    public double Ratio(int side, int other) => Median(_rates.Select(rates => rates[side] / rates[other]));

    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;
    }
}
