namespace LifelongApi.Experiments.Data;

/// <summary>Generated streams of ten numbers and a value: smooth and linear, still and drifting, with noise of several kinds.</summary>
internal static class ValueStreams
{
    /// <summary>Features of every stream.</summary>
    public const int Size = 10;

    /// <summary>All streams by name: what draws the row with a number out of how many.</summary>
    public static IReadOnlyList<(string Name, Func<Draws, float[], ulong, double, double> Draw)> All { get; } =
    [
        ("friedman", (draws, x, _, _) => Friedman(draws, x, 0)),
        ("friedman, 3 turns", (draws, x, _, at) => Friedman(draws, x, (int)(4 * at))),
        ("linear", (draws, x, seed, _) => Linear(draws, x, seed, 0) + (0.5 * draws.Normal())),
        ("linear, 3 turns", (draws, x, seed, at) => Linear(draws, x, seed, (int)(4 * at)) + (0.5 * draws.Normal())),
        ("linear, much noise", (draws, x, seed, _) => Linear(draws, x, seed, 0) + (5 * draws.Normal())),
        ("linear, large units", (draws, x, seed, _) => 1e6 + (1e5 * (Linear(draws, x, seed, 0) + (0.5 * draws.Normal())))),
        ("heavy tails", (draws, x, seed, _) => Linear(draws, x, seed, 0) + StudentOfTwo(draws)),
        ("outliers", (draws, x, seed, _) => Linear(draws, x, seed, 0) + (draws.Uniform() < 0.02 ? 100 : 0.5) * draws.Normal()),
        ("noise by place", (draws, x, _, _) => ByPlace(draws, x)),
        ("turning weights", (draws, x, _, at) => Turning(draws, x, at)),
        ("wandering level", (draws, x, seed, at) => (5 * Math.Sin(100 * at)) + (0.2 * Linear(draws, x, seed, 0)) + (0.3 * draws.Normal())),
        ("noise alone", (draws, x, seed, _) => (0 * Linear(draws, x, seed, 0)) + draws.Normal()),
    ];

    /// <summary>Friedman 1991: five of ten uniform numbers matter; which ones turns with the phase.</summary>
    private static double Friedman(Draws draws, float[] x, int phase)
    {
        for (var i = 0; i < Size; i++)
        {
            x[i] = (float)draws.Uniform();
        }

        return (10 * Math.Sin(Math.PI * x[phase] * x[phase + 1])) + (20 * Math.Pow(x[phase + 2] - 0.5, 2)) + (10 * x[phase + 3]) + (5 * x[phase + 4]) + draws.Normal();
    }

    /// <summary>A linear function of numbers of different spreads, drawn anew for every phase.</summary>
    private static double Linear(Draws draws, float[] x, ulong seed, int phase)
    {
        var weights = new Draws(seed + 1000, (ulong)phase);
        var y = 3 * weights.Normal();
        for (var i = 0; i < Size; i++)
        {
            var z = draws.Normal();
            x[i] = (float)(z * (i + 1));
            y += weights.Normal() * z;
        }

        return y;
    }

    private static double ByPlace(Draws draws, float[] x)
    {
        for (var i = 0; i < Size; i++)
        {
            x[i] = (float)draws.Uniform();
        }

        return Math.Sin(6 * x[0]) + x[1] + ((0.1 + (2 * x[2])) * draws.Normal());
    }

    private static double Turning(Draws draws, float[] x, double at)
    {
        var y = 0.3 * draws.Normal();
        for (var i = 0; i < Size; i++)
        {
            x[i] = (float)draws.Normal();
            y += x[i] * Math.Cos(i + (3 * (i + 1) * at));
        }

        return y;
    }

    private static double StudentOfTwo(Draws draws)
    {
        var (z, a, b) = (draws.Normal(), draws.Normal(), draws.Normal());
        return z / Math.Sqrt(((a * a) + (b * b)) / 2);
    }
}
