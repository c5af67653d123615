namespace LifelongApi.Experiments.Harness;

/// <summary>Paired comparisons over the same seeds.</summary>
internal static class Significance
{
    /// <summary>One-sided p of Student's paired t-test (Student 1908) that <paramref name="better"/> exceeds <paramref name="worse"/>.</summary>
    /// <param name="better">One value a seed.</param>
    /// <param name="worse">One value a seed.</param>
    /// <returns>p, in [0, 1].</returns>
    public static double PairedP(IReadOnlyList<double> better, IReadOnlyList<double> worse)
    {
        var differences = better.Zip(worse, (left, right) => left - right).ToArray();
        var mean = differences.Average();
        var variance = differences.Sum(value => (value - mean) * (value - mean)) / (differences.Length - 1);
        if (variance == 0d)
        {
            return mean > 0d ? 0d : 1d;
        }

        return TailOfStudent(mean / Math.Sqrt(variance / differences.Length), differences.Length - 1);
    }

    /// <summary>P(T > t), by Simpson's rule over the density in θ = atan(t / √ν): ∫ cos^(ν−1) θ dθ.</summary>
    private static double TailOfStudent(double t, int degrees)
    {
        double Integral(double from, double to)
        {
            const int Steps = 20_000;
            var width = (to - from) / Steps;
            var sum = 0d;
            for (var i = 0; i <= Steps; i++)
            {
                sum += Math.Pow(Math.Cos(from + (i * width)), degrees - 1) * (i is 0 or Steps ? 1 : i % 2 == 1 ? 4 : 2);
            }

            return sum * width / 3;
        }

        return Integral(Math.Atan(t / Math.Sqrt(degrees)), Math.PI / 2) / Integral(-Math.PI / 2, Math.PI / 2);
    }
}
