using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Rules;
using LifelongApi.Learning.State;
using LifelongApi.Learning.Tests.Support;
using LifelongApi.Learning.Transforms;

namespace LifelongApi.Learning.Tests.Transforms;

/// <summary>Runs the credit rule with one transform beside its equation in double; silent rows wait in both.</summary>
internal static class TransformOracle
{
    public static void Check(int inputs, int outputs, Func<SynapseRig, IUpdateTransform[]> transforms, Func<int, int, int, double, double> equation, float silent = 0.4f, int steps = 40)
    {
        using var rig = new SynapseRig(inputs, outputs, r => new CreditRule(r.Projection), transforms);
        var oracle = rig.Weights();
        for (var n = 0; n < steps; n++)
        {
            var x = Draw.Sparse(inputs, 1, n, silent);
            var credit = Draw.Normals(outputs, 2, n);
            rig.Step(x, credit);
            for (var i = 0; i < inputs; i++)
            {
                for (var j = 0; j < outputs; j++)
                {
                    oracle[i, j] += x[i] == 0f ? 0d : equation(n, i, j, (double)x[i] * credit[j]);
                }
            }
        }

        Near.Equal(oracle, rig.Weights(), 2e-5);
    }
}

public sealed class LearningRateTests
{
    [Fact]
    public void The_proposal_is_scaled_by_the_rate() =>
        TransformOracle.Check(5, 17, r => [new LearningRate(new LearningRateSpec { Rate = 0.3f }, r.Clock)], (_, _, _, g) => 0.3f * g);

    [Fact]
    public void The_rate_has_halved_after_the_half_life() =>
        TransformOracle.Check(5, 3, r => [new LearningRate(new LearningRateSpec { Rate = 0.3f, HalfLife = 10f }, r.Clock)], (n, _, _, g) => 0.3f / (1 + (n / 10d)) * g);

    [Fact]
    public void A_rate_that_restarts_counts_from_the_last_consolidation()
    {
        using var rig = new SynapseRig(1, 1, r => new CreditRule(r.Projection), r => [new LearningRate(new LearningRateSpec { Rate = 0.3f, HalfLife = 10f, Restarts = true }, r.Clock, r.Bench.Layout.Vector(Region.Plastic, "rate.began", 2))]);
        var expected = 0d;
        for (var n = 0; n < 12; n++)
        {
            if (n == 7)
            {
                rig.Consolidate();
            }

            rig.SetWeights((_, _) => 0);
            rig.Step([1f], [1f]);
            expected = 0.3f / (1 + ((n < 7 ? n : n - 7) / 10d));
            Near.Equal(expected, rig.Weights()[0, 0]);
        }
    }
}

public sealed class MomentumTests
{
    [Theory]
    [InlineData(0f)]
    [InlineData(0.5f)]
    public void Velocity_keeps_a_share_of_itself_and_waits_in_silent_rows(float silent)
    {
        var velocity = new double[7, 18];
        TransformOracle.Check(7, 18, r => [new Momentum(r.Bench.Layout, "momentum", r.Projection, new MomentumSpec { Decay = 0.8f })], (_, i, j, g) => velocity[i, j] = (0.8f * velocity[i, j]) + g, silent);
    }
}

public sealed class AdamTests
{
    [Theory]
    [InlineData(0f)]
    [InlineData(0.5f)]
    public void Steps_follow_algorithm_1_with_a_count_per_row(float silent)
    {
        var spec = new AdamSpec { Rate = 0.01f, Beta1 = 0.8f, Beta2 = 0.95f, Epsilon = 1e-6f };
        var (m, v, t) = (new double[6, 20], new double[6, 20], new int[6, 20]);
        TransformOracle.Check(
            6,
            20,
            r => [new Adam(r.Bench.Layout, "adam", r.Projection, spec)],
            (_, i, j, g) =>
            {
                t[i, j]++;
                m[i, j] = (spec.Beta1 * m[i, j]) + ((1 - (double)spec.Beta1) * g);
                v[i, j] = (spec.Beta2 * v[i, j]) + ((1 - (double)spec.Beta2) * g * g);
                return spec.Rate * (m[i, j] / (1 - Math.Pow(spec.Beta1, t[i, j]))) / (Math.Sqrt(v[i, j] / (1 - Math.Pow(spec.Beta2, t[i, j]))) + spec.Epsilon);
            },
            silent);
    }

    [Fact]
    public void A_huge_gradient_moves_a_weight_by_about_the_rate()
    {
        using var rig = new SynapseRig(1, 1, r => new CreditRule(r.Projection), r => [new Adam(r.Bench.Layout, "adam", r.Projection, new AdamSpec { Rate = 0.01f })]);
        rig.Step([1e6f], [1e7f]);
        Near.Equal(0.01, rig.Weights()[0, 0]);
    }

    [Fact]
    public void What_decays_ends_at_zero_and_not_among_subnormal_numbers()
    {
        using var rig = new SynapseRig(1, 1, r => new CreditRule(r.Projection), r => [new Adam(r.Bench.Layout, "adam", r.Projection, new AdamSpec { Beta2 = 0.9f })]);
        rig.Step([1f], [1f]);
        for (var n = 0; n < 2_000; n++)
        {
            // Too little to have a square.
            rig.Step([1f], [1e-20f]);
        }

        var step = rig.Bench.Learn();
        foreach (var info in rig.Bench.Layout.Build().Slots.Where(slot => slot.Name.StartsWith("adam.", StringComparison.Ordinal)))
        {
            Assert.Equal(0f, step.View(info.Slot)[0]);
        }
    }
}

public sealed class ClipTests
{
    [Fact]
    public void Every_element_is_limited_on_both_sides() =>
        TransformOracle.Check(5, 17, _ => [new Clip(new ClipSpec { Limit = 0.25f })], (_, _, _, g) => Math.Clamp(g, -0.25, 0.25));
}

public sealed class ModulateByTests
{
    [Theory]
    [InlineData(0f)]
    [InlineData(0.5f)]
    [InlineData(-1f)]
    public void The_level_scales_the_proposal_between_floor_and_floor_plus_gain(float level)
    {
        using var rig = new SynapseRig(1, 1, r => new CreditRule(r.Projection), r => [new ModulateBy(new ModulateBySpec { Modulator = "x", Floor = 0.25f, Gain = 3f }, r.Level)]);
        rig.SetLevel(level);
        rig.Step([2f], [1f]);
        Near.Equal((0.25 + (3 * level)) * 2, rig.Weights()[0, 0]);
    }

    [Fact]
    public void What_comes_after_the_modulator_is_not_modulated()
    {
        using var rig = new SynapseRig(1, 1, r => new CreditRule(r.Projection), r => [new ModulateBy(new ModulateBySpec { Modulator = "x" }, r.Level), new Clip(new ClipSpec { Limit = 0.5f })]);
        rig.SetLevel(0.9f);
        rig.Step([2f], [1f]);
        Near.Equal(0.5, rig.Weights()[0, 0]);
    }
}
