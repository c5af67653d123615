namespace LifelongApi.Learning.Tests.Support;

/// <summary>Comparisons of float32 results with double oracles.</summary>
internal static class Near
{
    public static void Equal(double expected, double actual, double tolerance = 1e-5, string? what = null) =>
        Assert.True(
            Math.Abs(expected - actual) <= tolerance * Math.Max(1d, Math.Abs(expected)),
            $"{what ?? "value"}: expected {expected:R}, got {actual:R}, tolerance {tolerance}.");

    public static void Equal(double[,] expected, double[,] actual, double tolerance = 1e-5)
    {
        Assert.Equal((expected.GetLength(0), expected.GetLength(1)), (actual.GetLength(0), actual.GetLength(1)));
        for (var i = 0; i < expected.GetLength(0); i++)
        {
            for (var j = 0; j < expected.GetLength(1); j++)
            {
                Equal(expected[i, j], actual[i, j], tolerance, $"[{i}, {j}]");
            }
        }
    }
}
