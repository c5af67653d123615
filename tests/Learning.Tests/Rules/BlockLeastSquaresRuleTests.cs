using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.Rules;
using LifelongApi.Learning.Tests.Support;

namespace LifelongApi.Learning.Tests.Rules;

public sealed class BlockLeastSquaresRuleTests
{
    [Theory]
    [InlineData(5, 2, 1f)]
    [InlineData(20, 7, 0.9f)]
    [InlineData(33, 16, 1f)]
    [InlineData(33, 19, 0.97f)]
    [InlineData(17, 64, 0.99f)]
    public void At_the_end_of_a_block_weights_and_covariance_are_those_of_the_single_events(int n, int block, float forgetting)
    {
        using var rig = Rig(n, new RecursiveLeastSquaresRuleSpec { Ridge = 0.5f, Forgetting = forgetting, Block = block });
        var p = Oracle.Identity(n, 2);
        var w = new double[n, 2];
        for (var e = 0; e < 4 * block; e++)
        {
            var h = Draw.Sparse(n, 8, e, 0.5f);
            var t = Draw.Normals(2, 9, e);
            var m = e % 7 == 3 ? 0f : 0.2f + Draw.Uniform(10, e);
            var before = rig.Weights();
            Learn(rig, h, t, m);
            LeastSquaresOracle.Recur(p, w, h, t, m, forgetting);
            if ((e + 1) % block == 0)
            {
                Near.Equal(w, rig.Weights(), 1e-4);
                Near.Equal(p, Covariance(rig, n), 1e-4);
            }
            else
            {
                Assert.Equal(before, rig.Weights());
            }
        }
    }

    [Fact]
    public void An_event_that_cannot_be_learned_from_is_left_out_and_the_rest_of_its_block_is_learned()
    {
        const int n = 3;
        using var rig = Rig(n, new RecursiveLeastSquaresRuleSpec { Block = 3, Ridge = 1e-3f });
        var p = Oracle.Identity(n, 1000);
        var w = new double[n, 2];
        rig.Step([0f, 1e9f, 0f], [1f, 1f]);
        foreach (var h in new float[][] { [1f, 0.5f, 0f], [0f, 1f, 1f] })
        {
            Learn(rig, h, [1f, -1f], 1f);
            LeastSquaresOracle.Recur(p, w, h, [1f, -1f], 1, 1);
        }

        Near.Equal(w, rig.Weights(), 1e-3);
        Assert.InRange(rig.HeldBack, 0f, 1f);
    }

    [Fact]
    public void The_last_event_of_a_block_is_refused_where_its_gain_would_be_beyond_bounds()
    {
        using var rig = Rig(3, new RecursiveLeastSquaresRuleSpec { Block = 2, Ridge = 1e-3f });
        Assert.True(rig.Accepts([0f, 1e9f, 0f], [1f, 1f]));
        rig.Step([1f, 0f, 0f], [1f, 1f]);
        Assert.False(rig.Accepts([0f, 1e9f, 0f], [1f, 1f]));
        Assert.True(rig.Accepts([0f, 1f, 0f], [1f, 1f]));
    }

    private static SynapseRig Rig(int inputs, RecursiveLeastSquaresRuleSpec spec) =>
        new(inputs, 2, r => new BlockLeastSquaresRule(r.Bench.Layout, r.Projection, spec, null));

    private static void Learn(SynapseRig rig, float[] h, float[] target, float weight)
    {
        var drive = rig.Forward(h);
        rig.Step(h, [.. target.Select((t, k) => (float)(t - drive[k]))], weight);
    }

    private static double[,] Covariance(SynapseRig rig, int n)
    {
        var step = rig.Bench.Learn();
        var cells = step.View(rig.Bench.Layout.Build().Slots.Single(slot => slot.Name == "synapses.covariance").Slot);
        var p = new double[n, n];
        for (var i = 0; i < n; i++)
        {
            for (var j = 0; j < n; j++)
            {
                p[i, j] = cells[SymmetricTiles.OffsetOf(i, j)];
            }
        }

        return p;
    }
}
