using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Rules;
using LifelongApi.Learning.Tests.Support;
using LifelongApi.Learning.Transforms;

namespace LifelongApi.Learning.Tests.Transforms;

public sealed class CascadeTests
{
    [Theory]
    [InlineData(1, 2f, 0f)]
    [InlineData(2, 2f, 0f)]
    [InlineData(6, 2f, 0f)]
    [InlineData(4, 3f, 0.5f)]
    public void The_chain_follows_the_difference_equations_of_the_paper(int variables, float ratio, float silent)
    {
        const float Rate = 0.25f;
        var u = new double[5, 17, variables + 1];
        TransformOracle.Check(
            5,
            17,
            r => [new Cascade(r.Bench.Layout, "cascade", r.Projection, new CascadeSpec { Variables = variables, Rate = Rate, Ratio = ratio })],
            (_, i, j, g) =>
            {
                // u[0] is the weight, u[variables] the zero beyond the chain.
                var next = new double[variables + 1];
                for (var k = 1; k <= variables; k++)
                {
                    var (faster, own, slower) = (k == 1 ? 0 : u[i, j, k - 2], u[i, j, k - 1], k == variables ? 0 : u[i, j, k]);
                    var input = k == 1 ? g : Rate * Math.Pow(ratio, 2 - (2 * k)) * (faster - own);
                    next[k - 1] = own + input + (Rate * Math.Pow(ratio, 1 - (2 * k)) * (slower - own));
                }

                var change = next[0] - u[i, j, 0];
                for (var k = 0; k < variables; k++)
                {
                    u[i, j, k] = next[k];
                }

                return change;
            },
            silent,
            steps: 120);
    }

    [Fact]
    public void The_slower_variables_begin_at_the_initial_weight_so_that_nothing_flows_inside_the_chain()
    {
        using var rig = new SynapseRig(1, 1, r => new CreditRule(r.Projection), r => [new Cascade(r.Bench.Layout, "cascade", r.Projection, new CascadeSpec { Variables = 12 })]);
        rig.SetWeights((_, _) => 1);
        var cascade = rig.Bench.Layout.Build().Slots.Single(slot => slot.Name == "cascade.cascade");
        rig.Initialise();
        for (var n = 0; n < 50; n++)
        {
            rig.Step([1f], [0f]);
        }

        Assert.Equal(11, cascade.Rows);
        Assert.InRange(rig.Weights()[0, 0], 0.999, 1);
    }
}
