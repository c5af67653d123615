using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Rules;
using LifelongApi.Learning.Tests.Support;
using LifelongApi.Learning.Transforms;

namespace LifelongApi.Learning.Tests.Transforms;

public sealed class AdaGradTests
{
    [Theory]
    [InlineData(1f, 0f)]
    [InlineData(1f, 0.5f)]
    [InlineData(0.9f, 0f)]
    [InlineData(0.9f, 0.5f)]
    public void Steps_follow_algorithm_1_and_sums_of_silent_rows_do_not_forget(float decay, float silent)
    {
        var spec = new AdaGradSpec { Rate = 0.2f, Decay = decay, Epsilon = 1e-3f };
        var sums = new double[6, 20];
        TransformOracle.Check(
            6,
            20,
            r => [new AdaGrad(r.Bench.Layout, "adaGrad", r.Projection, spec)],
            (_, i, j, g) =>
            {
                sums[i, j] = (spec.Decay * sums[i, j]) + (g * g);
                return spec.Rate * g / (Math.Sqrt(sums[i, j]) + spec.Epsilon);
            },
            silent);
    }

    [Fact]
    public void A_first_step_moves_by_the_rate_and_the_same_step_again_by_less()
    {
        using var rig = Rig(0.5f);
        rig.Step([1f], [4f]);
        Near.Equal(0.5, rig.Weights()[0, 0], 1e-3);
        rig.Step([1f], [4f]);
        Near.Equal(0.5 + (0.5 / Math.Sqrt(2)), rig.Weights()[0, 0], 1e-3);
    }

    [Fact]
    public void Hostile_squares_are_limited_and_leave_everything_finite()
    {
        using var rig = Rig(0.5f);
        var expected = 0d;
        for (var n = 0; n < 5; n++)
        {
            rig.Step([9e7f], [1e7f]);
            // The sum stops at 10^30, so its root at 10^15.
            expected += n == 0 ? 0.5 : 0.5 * 0.9;
            Near.Equal(expected, rig.Weights()[0, 0], 1e-4);
        }

        Assert.True(float.IsFinite(rig.Change));
    }

    [Fact]
    public void Nothing_proposed_is_nothing_changed()
    {
        using var rig = Rig(0.5f);
        rig.Step([1f], [0f]);
        Assert.Equal(0d, rig.Weights()[0, 0]);
    }

    [Fact]
    public void A_sum_that_forgets_ends_at_zero_and_not_among_subnormal_numbers()
    {
        using var rig = new SynapseRig(1, 1, r => new CreditRule(r.Projection), r => [new AdaGrad(r.Bench.Layout, "adaGrad", r.Projection, new AdaGradSpec { Rate = 0.5f, Decay = 0.9f })]);
        rig.Step([1f], [1f]);
        for (var n = 0; n < 1_000; n++)
        {
            rig.Step([1f], [1e-20f]);
        }

        var sums = rig.Bench.Layout.Build().Slots.Single(slot => slot.Name.StartsWith("adaGrad.", StringComparison.Ordinal));
        Assert.Equal(0f, rig.Bench.Learn().View(sums.Slot)[0]);
    }

    private static SynapseRig Rig(float rate) =>
        new(1, 1, r => new CreditRule(r.Projection), r => [new AdaGrad(r.Bench.Layout, "adaGrad", r.Projection, new AdaGradSpec { Rate = rate })]);
}
