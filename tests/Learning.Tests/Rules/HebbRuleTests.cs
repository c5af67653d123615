using LifelongApi.Learning.Rules;
using LifelongApi.Learning.Tests.Support;

namespace LifelongApi.Learning.Tests.Rules;

public sealed class HebbRuleTests
{
    [Theory]
    [InlineData(3, 2)]
    [InlineData(16, 17)]
    public void Cells_that_fire_together_wire_together(int inputs, int outputs)
    {
        using var rig = new SynapseRig(inputs, outputs, r => new HebbRule(r.Projection));
        rig.SetWeights((i, j) => Draw.Normal(1, i, j) * 0.1);
        var oracle = rig.Weights();
        for (var n = 0; n < 10; n++)
        {
            var x = Draw.Sparse(inputs, 2, n, 0.3f).Select(value => value * 0.1f).ToArray();
            var y = Oracle.Drive(oracle, x);
            rig.Step(x, weight: 0.5f);
            for (var i = 0; i < inputs; i++)
            {
                for (var j = 0; j < outputs; j++)
                {
                    oracle[i, j] += 0.5 * x[i] * y[j];
                }
            }
        }

        Near.Equal(oracle, rig.Weights());
    }
}
