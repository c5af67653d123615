using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Rules;
using LifelongApi.Learning.Tests.Support;
using LifelongApi.Learning.Transforms;

namespace LifelongApi.Learning.Tests.Rules;

public sealed class BatchCreditRuleTests
{
    [Theory]
    [InlineData(1, 1, 2)]
    [InlineData(16, 17, 3)]
    [InlineData(33, 70, 8)]
    [InlineData(70, 144, 32)]
    public void The_last_event_of_a_batch_applies_the_mean_of_its_proposals_and_no_other_changes_a_weight(int inputs, int outputs, int batch)
    {
        using var rig = Rig(inputs, outputs, batch);
        rig.SetWeights((i, j) => Draw.Normal(9, i, j));
        var oracle = rig.Weights();
        for (var n = 0; n < 3 * batch; n++)
        {
            var before = rig.Weights();
            var (x, credit, weight) = (Draw.Sparse(inputs, 1, n, 0.4f), Draw.Normals(outputs, 2, n), n % 5 == 3 ? 0f : 2f * Draw.Uniform(3, n));
            rig.Step(x, credit, weight);
            for (var i = 0; i <= inputs; i++)
            {
                for (var j = 0; j < outputs; j++)
                {
                    oracle[i, j] += (double)weight * (i == inputs ? 1d : x[i]) * credit[j] / batch;
                }
            }

            if ((n + 1) % batch == 0)
            {
                Near.Equal(oracle, rig.Weights(), 1e-4);
                Assert.True(rig.Change > 0f);
            }
            else
            {
                Assert.Equal(before, rig.Weights());
                Assert.Equal(0f, rig.Change);
            }
        }
    }

    [Fact]
    public void Transforms_bend_the_mean_once_a_batch()
    {
        using var rig = Rig(4, 3, 5, r => [new Momentum(r.Bench.Layout, "momentum", r.Projection, new MomentumSpec { Decay = 0.5f }), new Clip(new ClipSpec { Limit = 0.3f })]);
        using var plain = new SynapseRig(4, 3, r => new CreditRule(r.Projection), r => [new Momentum(r.Bench.Layout, "momentum", r.Projection, new MomentumSpec { Decay = 0.5f }), new Clip(new ClipSpec { Limit = 0.3f })], bias: true);
        for (var n = 0; n < 4; n++)
        {
            var (x, credit) = (Draw.Normals(4, 1, n), Draw.Normals(3, 2, n));
            for (var again = 0; again < 5; again++)
            {
                rig.Step(x, credit);
            }

            plain.Step(x, credit);
            Near.Equal(plain.Weights(), rig.Weights());
        }
    }

    [Theory]
    [InlineData(1, 1, 2)]
    [InlineData(17, 33, 3)]
    [InlineData(70, 144, 32)]
    public void A_batch_with_a_factor_is_bit_for_bit_its_parts(int inputs, int outputs, int batch)
    {
        using var fused = Rig(inputs, outputs, batch, r => [new LearningRate(new LearningRateSpec { Rate = 0.3f }, r.Clock)]);
        using var parts = Rig(inputs, outputs, batch, r => [new LearningRate(new LearningRateSpec { Rate = 0.3f }, r.Clock), new Clip(new ClipSpec { Limit = 1e9f })]);
        fused.SetWeights((i, j) => Draw.Normal(9, i, j));
        parts.SetWeights((i, j) => Draw.Normal(9, i, j));
        for (var n = 0; n < 3 * batch; n++)
        {
            // The first units stay silent for a whole batch.
            var (x, credit) = (Draw.Sparse(inputs, 1, n, 0.4f), Draw.Normals(outputs, 2, n));
            Array.Clear(x, 0, inputs / 3);
            fused.Step(x, credit, 1f + Draw.Uniform(3, n));
            parts.Step(x, credit, 1f + Draw.Uniform(3, n));
            Assert.Equal(parts.Bench.Learned(), fused.Bench.Learned());
            Near.Equal(parts.Change, fused.Change, 1e-4);
        }
    }

    [Fact]
    public void A_proposal_whose_square_could_overflow_is_refused()
    {
        using var rig = Rig(2, 2, 2);
        Assert.True(rig.Accepts([1e7f, 1f], [1e7f, 0f]));
        Assert.False(rig.Accepts([1e9f, 1f], [1e9f, 0f]));
        Assert.False(rig.Accepts([1f, 1f], [float.NaN, 0f]));
    }

    private static SynapseRig Rig(int inputs, int outputs, int batch, Func<SynapseRig, IUpdateTransform[]>? transforms = null) =>
        new(inputs, outputs, r => new BatchCreditRule(r.Bench.Layout, r.Projection), transforms, bias: true, batch: batch);
}
