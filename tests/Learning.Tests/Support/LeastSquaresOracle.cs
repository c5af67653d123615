namespace LifelongApi.Learning.Tests.Support;

/// <summary>Recursive least squares with directional forgetting (Kulhavý 1987) as published.</summary>
internal static class LeastSquaresOracle
{
    /// <summary>One event of the published recursion in double: scalar loops over the full matrix, nothing waits.</summary>
    public static void Recur(double[,] p, double[,] w, float[] h, float[] t, double m, double phi)
    {
        var n = h.Length;
        var k = Enumerable.Range(0, n).Select(i => Enumerable.Range(0, n).Sum(j => p[i, j] * h[j])).ToArray();
        var zeta = h.Zip(k, (a, b) => a * b).Sum();
        if (m == 0 || zeta == 0)
        {
            return;
        }

        for (var output = 0; output < t.Length; output++)
        {
            var error = t[output] - Enumerable.Range(0, n).Sum(i => w[i, output] * h[i]);
            for (var i = 0; i < n; i++)
            {
                w[i, output] += m * k[i] * error / (1 + (m * zeta));
            }
        }

        var shrink = (1 - (1 / (phi * (1 + (m * zeta))))) / zeta;
        for (var i = 0; i < n; i++)
        {
            for (var j = 0; j < n; j++)
            {
                p[i, j] -= shrink * k[i] * k[j];
            }
        }
    }
}
