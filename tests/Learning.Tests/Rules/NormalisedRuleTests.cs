using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Heads;
using LifelongApi.Learning.Rules;
using LifelongApi.Learning.Tests.Support;
using LifelongApi.Learning.Transforms;

namespace LifelongApi.Learning.Tests.Rules;

public sealed class NormalisedRuleTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(15, 16)]
    [InlineData(17, 33)]
    public void Weights_change_by_the_credit_rule_over_the_squared_length_of_the_input(int inputs, int outputs)
    {
        using var rig = new SynapseRig(inputs, outputs, r => new NormalisedRule(r.Projection), bias: true);
        var oracle = rig.Weights();
        for (var n = 0; n < 20; n++)
        {
            var x = Draw.Sparse(inputs, 1, n, 0.4f);
            var credit = Draw.Normals(outputs, 2, n);
            var weight = Draw.Uniform(3, n) * 2f;
            rig.Step(x, credit, weight);
            var square = 1 + x.Sum(value => (double)value * value);
            for (var i = 0; i <= inputs; i++)
            {
                for (var j = 0; j < outputs; j++)
                {
                    oracle[i, j] += weight * (i == inputs ? 1d : x[i]) * credit[j] / square;
                }
            }
        }

        Near.Equal(oracle, rig.Weights());
    }

    [Theory]
    [InlineData(0.001f)]
    [InlineData(1f)]
    [InlineData(1000f)]
    public void A_step_of_rate_1_makes_the_error_of_a_linear_unit_vanish_at_any_scale(float scale)
    {
        using var rig = new SynapseRig(9, 3, r => new NormalisedRule(r.Projection));
        for (var n = 0; n < 10; n++)
        {
            var x = Draw.Normals(9, 1, n).Select(value => value * scale).ToArray();
            double[] target = [1, -2, 0.5];
            var drive = rig.Forward(x);
            rig.Step(x, [.. target.Select((t, j) => (float)(t - drive[j]))]);
            var after = rig.Forward(x);
            for (var j = 0; j < 3; j++)
            {
                Near.Equal(target[j], after[j], 1e-5);
            }
        }
    }

    [Fact]
    public void A_silent_input_proposes_nothing()
    {
        using var rig = new SynapseRig(4, 3, r => new NormalisedRule(r.Projection));
        rig.SetWeights((i, j) => i + j);
        var before = rig.Weights();
        Assert.True(rig.Accepts([0f, 0f, 0f, 0f], [1f, 1f, 1f]));
        rig.Step([0f, 0f, 0f, 0f], [1f, -1f, 2f]);
        Near.Equal(before, rig.Weights(), 0);
        Assert.Equal(0f, rig.Change);
    }

    [Fact]
    public void A_proposal_whose_square_could_overflow_is_refused()
    {
        using var rig = new SynapseRig(2, 2, r => new NormalisedRule(r.Projection));
        Assert.True(rig.Accepts([1e7f, 1f], [1e7f, 0f]));
        Assert.False(rig.Accepts([1e-10f, 0f], [1e10f, 0f]));
        Assert.False(rig.Accepts([1f, 1f], [float.NaN, 0f]));
    }

    [Fact]
    public void With_the_hinge_and_a_rate_of_one_half_it_is_passive_aggressive()
    {
        HingeHead? head = null;
        using var rig = new SynapseRig(
            8,
            4,
            r =>
            {
                head = new HingeHead(r.Bench.Layout, "head", r.Projection.Post);
                return new NormalisedRule(r.Projection);
            },
            r => [new LearningRate(new LearningRateSpec { Rate = 0.5f }, r.Clock)]);
        var oracle = new double[8, 4];
        var passive = 0;
        for (var n = 0; n < 60; n++)
        {
            var x = Draw.Normals(8, 1, n);
            var label = x[0] > 0.3f ? 0 : x[1] > 0 ? 1 : x[2] > 0 ? 2 : 3;
            var drive = rig.Forward(x);
            var rival = Enumerable.Range(0, 4).Where(j => j != label).MaxBy(j => drive[j]);
            head!.Score(new HeadTarget { Label = label, ClassCount = 4 }, rig.Bench.Learn());
            rig.Step(x, rig.Bench.Learn().View(rig.Projection.Post.Credit)[..4].ToArray());

            // Closed form of Crammer et al.: the least change of the weights after which the margin is 1.
            var exact = Oracle.Drive(oracle, x);
            var tau = Math.Max(0, 1 - (exact[label] - exact[rival])) / (2 * x.Sum(value => (double)value * value));
            passive += tau == 0 ? 1 : 0;
            for (var i = 0; i < 8; i++)
            {
                oracle[i, label] += tau * x[i];
                oracle[i, rival] -= tau * x[i];
            }

            var after = rig.Forward(x);
            if (drive[label] - drive[rival] < 1)
            {
                Near.Equal(1, after[label] - after[rival], 1e-5, $"margin after event {n}");
            }
            else
            {
                Assert.Equal(drive, after);
            }

            Near.Equal(oracle, rig.Weights(), 1e-4);
        }

        Assert.InRange(passive, 1, 59);
    }
}
