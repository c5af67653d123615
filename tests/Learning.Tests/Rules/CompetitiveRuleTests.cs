using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Rules;
using LifelongApi.Learning.Tests.Support;

namespace LifelongApi.Learning.Tests.Rules;

public sealed class CompetitiveRuleTests
{
    [Theory]
    [InlineData(5, 3, 1)]
    [InlineData(16, 40, 3)]
    [InlineData(33, 17, 2)]
    public void The_winners_turn_towards_the_input_and_nobody_else_moves(int inputs, int outputs, int winners)
    {
        using var rig = new SynapseRig(inputs, outputs, r => new CompetitiveRule(r.Bench.Layout, r.Projection, new CompetitiveRuleSpec { Winners = winners }), bias: true);
        rig.SetWeights((i, j) => i < inputs && Draw.Uniform(9, i, j) < 0.3f ? 0 : Draw.Normal(1, i, j));
        var oracle = rig.Weights();
        for (var n = 0; n < 12; n++)
        {
            var x = Draw.Sparse(inputs, 2, n, 0.2f);
            var weight = 0.25f;
            var drive = rig.Forward(x);
            rig.Step(x, weight: weight);
            foreach (var winner in Enumerable.Range(0, outputs).Where(j => drive[j] > 0).OrderByDescending(j => drive[j]).Take(winners))
            {
                var own = Enumerable.Range(0, inputs).Where(i => oracle[i, winner] != 0).ToArray();
                var ratio = Math.Sqrt(own.Sum(i => oracle[i, winner] * oracle[i, winner]) / own.Sum(i => (double)x[i] * x[i]));
                foreach (var i in own)
                {
                    oracle[i, winner] += weight * ((x[i] * ratio) - oracle[i, winner]);
                }
            }

            Near.Equal(oracle, rig.Weights());
        }
    }

    [Theory]
    [InlineData(5, 3, 1)]
    [InlineData(33, 17, 2)]
    public void Only_synapses_from_active_units_turn_where_the_rule_says_so(int inputs, int outputs, int winners)
    {
        using var rig = new SynapseRig(inputs, outputs, r => new CompetitiveRule(r.Bench.Layout, r.Projection, new CompetitiveRuleSpec { Winners = winners, ActiveOnly = true }), bias: true);
        rig.SetWeights((i, j) => Draw.Normal(1, i, j));
        var oracle = rig.Weights();
        for (var n = 0; n < 12; n++)
        {
            var x = Draw.Sparse(inputs, 2, n, 0.5f);
            var drive = rig.Forward(x);
            rig.Step(x, weight: 0.25f);
            int[] active = [.. Enumerable.Range(0, inputs).Where(i => x[i] != 0)];
            foreach (var winner in Enumerable.Range(0, outputs).Where(j => drive[j] > 0 && active.Length > 0).OrderByDescending(j => drive[j]).Take(winners))
            {
                var ratio = Math.Sqrt(active.Sum(i => oracle[i, winner] * oracle[i, winner]) / active.Sum(i => (double)x[i] * x[i]));
                foreach (var i in active)
                {
                    oracle[i, winner] += 0.25 * ((x[i] * ratio) - oracle[i, winner]);
                }
            }

            Near.Equal(oracle, rig.Weights());
        }
    }

    [Fact]
    public void Turning_all_the_way_keeps_the_norm_of_the_winner()
    {
        using var rig = new SynapseRig(4, 1, r => new CompetitiveRule(r.Bench.Layout, r.Projection, new CompetitiveRuleSpec { Winners = 1 }));
        rig.SetWeights((i, _) => i + 1);
        rig.Step([1f, 0.5f, 0.25f, 1f]);
        var w = rig.Weights();
        Near.Equal(Math.Sqrt(30), Math.Sqrt(Enumerable.Range(0, 4).Sum(i => w[i, 0] * w[i, 0])));
        Near.Equal(2 * w[1, 0], w[0, 0]);
    }

    [Fact]
    public void Nobody_wins_where_no_drive_is_positive()
    {
        using var rig = new SynapseRig(2, 2, r => new CompetitiveRule(r.Bench.Layout, r.Projection, new CompetitiveRuleSpec { Winners = 2 }));
        rig.SetWeights((_, _) => -1);
        rig.Step([1f, 1f]);
        Assert.All(rig.Weights().Cast<double>(), w => Assert.Equal(-1, w));
        Assert.Equal(0f, rig.Change);
    }
}
