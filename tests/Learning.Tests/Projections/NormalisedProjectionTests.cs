using LifelongApi.Learning.Populations;
using LifelongApi.Learning.Projections;
using LifelongApi.Learning.Tests.Support;

namespace LifelongApi.Learning.Tests.Projections;

public sealed class NormalisedProjectionTests
{
    private const int Inputs = 64;
    private const int Outputs = 512;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(64)]
    public void Activities_are_divided_by_the_root_of_how_many_are_active_and_the_bias_stays(int active)
    {
        var x = Draw.Normals(Inputs, 4, 0).Select((value, i) => i < active ? value : 0f).ToArray();
        var drive = Drive(x, out var sent);
        Assert.Equal([.. x[..active], 1f], sent);
        for (var j = 0; j < Outputs; j++)
        {
            var expected = (double)Weight(Inputs, j);
            for (var i = 0; i < active; i++)
            {
                expected += x[i] * (double)Weight(i, j) / Math.Sqrt(active);
            }

            Near.Equal(expected, drive[j]);
        }
    }

    [Fact]
    public void The_spread_of_the_drive_does_not_depend_on_how_many_equal_features_an_event_has()
    {
        foreach (var active in new[] { 1, 4, 16, 64 })
        {
            var x = Enumerable.Range(0, Inputs).Select(i => i < active ? 1f : 0f).ToArray();
            var spread = Math.Sqrt(Drive(x, out _).Select((drive, j) => drive - Weight(Inputs, j)).Average(drive => (double)drive * drive));
            Assert.InRange(spread, 0.85, 1.15);
        }
    }

    private static float Weight(int i, int j) => Draw.Normal(3, i, j);

    private static float[] Drive(float[] x, out float[] seenByRules)
    {
        using var bench = new Workbench();
        var pre = new InputPopulation(bench.Layout, "input", Inputs, hasBias: true, Inputs, dense: false);
        var post = new IdentityPopulation(bench.Layout, "output", Outputs, hasBias: false);
        var projection = new DenseProjection(bench.Layout, "synapses", pre, post, normalise: true);
        bench.Build();
        var step = bench.Learn();
        var weights = step.Write(projection.Weights);
        for (var k = 0; k < weights.Length; k++)
        {
            weights[k] = Weight(k / projection.Stride, k % projection.Stride);
        }

        pre.Begin(step, out var rows, out var values);
        var count = 0;
        for (var i = 0; i < Inputs; i++)
        {
            (rows[count], values[count]) = (i, x[i]);
            count += x[i] != 0f ? 1 : 0;
        }

        pre.End(step, count);
        projection.Transmit(step);
        seenByRules = pre.Values(step).ToArray();
        return step.View(post.Drive)[..Outputs].ToArray();
    }
}
