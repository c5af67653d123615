using LifelongApi.Learning.Rules;
using LifelongApi.Learning.Tests.Support;

namespace LifelongApi.Learning.Tests.Rules;

public sealed class OjaRuleTests
{
    [Theory]
    [InlineData(3, 2)]
    [InlineData(17, 33)]
    public void Weights_follow_the_equation_on_silent_rows_too(int inputs, int outputs)
    {
        using var rig = new SynapseRig(inputs, outputs, r => new OjaRule(r.Projection));
        rig.SetWeights((i, j) => Draw.Normal(1, i, j) * 0.3);
        var oracle = rig.Weights();
        for (var n = 0; n < 10; n++)
        {
            var x = Draw.Sparse(inputs, 2, n, 0.5f).Select(value => value * 0.2f).ToArray();
            var y = Oracle.Drive(oracle, x);
            rig.Step(x, weight: 0.7f);
            for (var i = 0; i < inputs; i++)
            {
                for (var j = 0; j < outputs; j++)
                {
                    oracle[i, j] += (double)0.7f * y[j] * (x[i] - (y[j] * oracle[i, j]));
                }
            }
        }

        Near.Equal(oracle, rig.Weights());
    }

    [Fact]
    public void A_linear_unit_finds_the_first_principal_component_with_unit_length()
    {
        double[] direction = [0.5, -0.5, 0.5, 0.5];
        using var rig = new SynapseRig(4, 1, r => new OjaRule(r.Projection));
        rig.SetWeights((i, _) => 0.1 * (i + 1));
        for (var n = 0; n < 4000; n++)
        {
            var along = 2f * Draw.Normal(5, n, 99);
            var x = direction.Select((d, i) => (float)(along * d) + (0.3f * Draw.Normal(5, n, i))).ToArray();
            rig.Step(x, weight: 0.01f);
        }

        var w = rig.Weights();
        var cosine = Math.Abs(direction.Select((d, i) => d * w[i, 0]).Sum());
        Assert.InRange(cosine, 0.98, 1.03);
        Near.Equal(1, Math.Sqrt(Enumerable.Range(0, 4).Sum(i => w[i, 0] * w[i, 0])), 0.03);
    }

    [Fact]
    public void Weights_so_large_that_the_proposal_would_overflow_are_refused()
    {
        using var rig = new SynapseRig(2, 2, r => new OjaRule(r.Projection));
        rig.SetWeights((_, _) => 1e9);
        Assert.False(rig.Accepts([1f, 0f], []));
    }
}
