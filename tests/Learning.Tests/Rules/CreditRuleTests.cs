using LifelongApi.Learning.Rules;
using LifelongApi.Learning.Tests.Support;

namespace LifelongApi.Learning.Tests.Rules;

public sealed class CreditRuleTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(15, 16)]
    [InlineData(17, 33)]
    public void Weights_change_by_weight_times_activity_times_credit(int inputs, int outputs)
    {
        using var rig = new SynapseRig(inputs, outputs, r => new CreditRule(r.Projection), bias: true);
        var oracle = rig.Weights();
        for (var n = 0; n < 20; n++)
        {
            var x = Draw.Sparse(inputs, 1, n, 0.4f);
            var credit = Draw.Normals(outputs, 2, n);
            var weight = Draw.Uniform(3, n) * 2f;
            rig.Step(x, credit, weight);
            for (var i = 0; i <= inputs; i++)
            {
                for (var j = 0; j < outputs; j++)
                {
                    oracle[i, j] += (double)weight * (i == inputs ? 1d : x[i]) * credit[j];
                }
            }
        }

        Near.Equal(oracle, rig.Weights());
    }

    [Fact]
    public void The_reported_change_is_the_root_mean_square_of_the_weight_change()
    {
        using var rig = new SynapseRig(2, 3, r => new CreditRule(r.Projection));
        rig.Step([1f, 2f], [1f, -1f, 0f]);
        Near.Equal(Math.Sqrt((1 + 1 + 4 + 4) / 6d), rig.Change);
    }

    [Fact]
    public void A_proposal_whose_square_could_overflow_is_refused()
    {
        using var rig = new SynapseRig(2, 2, r => new CreditRule(r.Projection));
        Assert.True(rig.Accepts([1e7f, 1f], [1e7f, 0f]));
        Assert.False(rig.Accepts([1e9f, 1f], [1e9f, 0f]));
        Assert.False(rig.Accepts([1f, 1f], [float.NaN, 0f]));
    }
}
