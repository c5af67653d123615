using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Modulators;
using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.Rules;
using LifelongApi.Learning.State;
using LifelongApi.Learning.Tests.Support;

namespace LifelongApi.Learning.Tests.Rules;

public sealed class RecursiveLeastSquaresRuleTests
{
    [Theory]
    [InlineData(1f)]
    [InlineData(0.9f)]
    public void Every_step_is_the_minimum_of_the_error_plus_the_quadratic_penalty_by_the_precision(float forgetting)
    {
        const int n = 7;
        using var rig = Rig(n, 2, new RecursiveLeastSquaresRuleSpec { Ridge = 0.5f, Forgetting = forgetting });
        for (var e = 0; e < 30; e++)
        {
            var h = Draw.Sparse(n, 1, e, 0.3f);
            var t = Draw.Normals(2, 2, e);
            var m = 0.2f + Draw.Uniform(3, e);
            var before = rig.Weights();
            var precision = Oracle.Inverse(Covariance(rig));
            var right = Oracle.Multiply(precision, before);
            for (var i = 0; i < n; i++)
            {
                for (var j = 0; j < n; j++)
                {
                    precision[i, j] += (double)m * h[i] * h[j];
                }

                for (var k = 0; k < 2; k++)
                {
                    right[i, k] += (double)m * h[i] * t[k];
                }
            }

            Learn(rig, h, t, m);
            Near.Equal(Oracle.Solve(precision, right), rig.Weights(), 3e-5);
        }
    }

    [Fact]
    public void Without_forgetting_the_weights_are_those_of_batch_ridge_regression()
    {
        const int n = 9;
        using var rig = Rig(n, 3, new RecursiveLeastSquaresRuleSpec { Ridge = 2f });
        var normal = Oracle.Identity(n, 2);
        var right = new double[n, 3];
        for (var e = 0; e < 200; e++)
        {
            var h = Draw.Sparse(n, 4, e, 0.3f);
            var t = Draw.Normals(3, 5, e);
            Learn(rig, h, t, 1f);
            for (var i = 0; i < n; i++)
            {
                for (var j = 0; j < n; j++)
                {
                    normal[i, j] += (double)h[i] * h[j];
                }

                for (var k = 0; k < 3; k++)
                {
                    right[i, k] += (double)h[i] * t[k];
                }
            }
        }

        Near.Equal(Oracle.Solve(normal, right), rig.Weights(), 1e-4);
        Near.Equal(Oracle.Inverse(normal), Covariance(rig), 1e-4);
    }

    [Fact]
    public void Forgetting_scales_the_information_along_the_event_and_leaves_orthogonal_directions_alone()
    {
        const int n = 6;
        const float phi = 0.8f;
        const float m = 0.6f;
        using var rig = Rig(n, 1, new RecursiveLeastSquaresRuleSpec { Forgetting = phi });
        for (var e = 0; e < 25; e++)
        {
            Learn(rig, Draw.Normals(n, 6, e), [0f], 1f);
        }

        var before = Covariance(rig);
        var h = Draw.Normals(n, 6, 99);
        Learn(rig, h, [0f], m);
        var after = Covariance(rig);

        Near.Equal(phi * ((1 / Quadratic(before, h)) + m), 1 / Quadratic(after, h), 1e-4);

        // Directions that P maps orthogonally to h: vᵀ P h = 0 keep their variance.
        var gain = Enumerable.Range(0, n).Select(i => Enumerable.Range(0, n).Sum(j => before[i, j] * h[j])).ToArray();
        for (var trial = 0; trial < 5; trial++)
        {
            var v = Draw.Normals(n, 7, trial).Select(x => (double)x).ToArray();
            var along = v.Zip(gain, (a, b) => a * b).Sum() / gain.Sum(g => g * g);
            v = [.. v.Select((x, i) => x - (along * gain[i]))];
            Near.Equal(Quadratic(before, v), Quadratic(after, v), 1e-4);
        }
    }

    [Fact]
    public void A_modulator_lowers_the_forgetting_factor()
    {
        const int n = 3;
        using var rig = new SynapseRig(n, 1, r => new RecursiveLeastSquaresRule(r.Bench.Layout, r.Projection, new RecursiveLeastSquaresRuleSpec { ForgettingModulator = "x", ForgettingDepth = 0.4f }, r.Level));
        rig.SetLevel(0.5f);
        float[] h = [1f, 0f, 0f];
        rig.Step(h, [0f]);
        Near.Equal(0.8 * (1 + 1), 1 / Covariance(rig)[0, 0]);
    }

    [Theory]
    [InlineData(1, 1f, 16)]
    [InlineData(5, 0.9f, 16)]
    [InlineData(33, 0.97f, 16)]
    [InlineData(70, 1f, 16)]
    [InlineData(24, 0.98f, 1)]
    [InlineData(33, 0.97f, 5)]
    public void Weights_and_covariance_follow_the_scalar_recursion_whatever_waits(int n, float forgetting, int pending)
    {
        using var rig = Rig(n, 2, new RecursiveLeastSquaresRuleSpec { Ridge = 0.5f, Forgetting = forgetting, Pending = pending });
        var p = Oracle.Identity(n, 2);
        var w = new double[n, 2];
        for (var e = 0; e < (3 * RecursiveLeastSquaresRule.PendingLimit) + 5; e++)
        {
            var h = Draw.Sparse(n, 8, e, 0.5f);
            var t = Draw.Normals(2, 9, e);
            var m = e % 7 == 0 ? 0f : 0.2f + Draw.Uniform(10, e);
            Learn(rig, h, t, m);
            LeastSquaresOracle.Recur(p, w, h, t, m, forgetting);
            Near.Equal(p, Covariance(rig), 5e-5);
            Near.Equal(w, rig.Weights(), 5e-5);
        }
    }

    [Fact]
    public void Updates_wait_and_are_folded_together_and_an_event_that_changes_nothing_is_not_counted()
    {
        const int n = 20;
        using var rig = Rig(n, 1, new RecursiveLeastSquaresRuleSpec());
        var untouched = Cells(rig, "synapses.covariance");
        for (var e = 0; e < RecursiveLeastSquaresRule.PendingLimit - 1; e++)
        {
            Learn(rig, Draw.Normals(n, 11, e), [1f], 1f);
            Learn(rig, new float[n], [1f], 1f);
            Learn(rig, Draw.Normals(n, 12, e), [1f], 0f);
            Assert.Equal(e + 1, Waiting(rig));
        }

        Assert.Equal(untouched, Cells(rig, "synapses.covariance"));
        Learn(rig, Draw.Normals(n, 11, 99), [1f], 1f);
        Assert.Equal(0, Waiting(rig));
        Assert.NotEqual(untouched, Cells(rig, "synapses.covariance"));
    }

    [Fact]
    public void An_event_below_the_forgotten_information_adds_variance_and_keeps_its_sign_while_it_waits()
    {
        using var rig = Rig(3, 1, new RecursiveLeastSquaresRuleSpec { Forgetting = 0.6f });
        Learn(rig, [0.5f, 0f, 0f], [1f], 0.1f);
        Near.Equal(0.6 * (1 + (0.1 * 0.25)), 1 / Covariance(rig)[0, 0]);
        Assert.Equal(1f, Cells(rig, "synapses.pendingSigns")[0]);
    }

    [Fact]
    public void The_share_held_back_is_what_the_prior_withheld_from_the_full_correction()
    {
        using var rig = Rig(2, 1, new RecursiveLeastSquaresRuleSpec { Ridge = 0.25f });
        Learn(rig, [1f, 0f], [1f], 1f);
        Near.Equal(1 / (1 + 4d), rig.HeldBack);
        Near.Equal(0.8, rig.Weights()[0, 0]);
    }

    private static SynapseRig Rig(int inputs, int outputs, RecursiveLeastSquaresRuleSpec spec, ModulatorLevel? level = null) =>
        new(inputs, outputs, r => new RecursiveLeastSquaresRule(r.Bench.Layout, r.Projection, spec, level));

    private static void Learn(SynapseRig rig, float[] h, float[] target, float weight)
    {
        var drive = rig.Forward(h);
        rig.Step(h, [.. target.Select((t, k) => (float)(t - drive[k]))], weight);
    }

    /// <summary>P with what waits taken in.</summary>
    private static double[,] Covariance(SynapseRig rig)
    {
        var cells = Cells(rig, "synapses.covariance");
        var pending = Cells(rig, "synapses.pending");
        var signs = Cells(rig, "synapses.pendingSigns");
        var stride = LayoutBuilder.Padded(rig.Inputs);
        var p = new double[rig.Inputs, rig.Inputs];
        for (var i = 0; i < rig.Inputs; i++)
        {
            for (var j = 0; j < rig.Inputs; j++)
            {
                p[i, j] = cells[SymmetricTiles.OffsetOf(i, j)]
                    + Enumerable.Range(0, (int)Waiting(rig)).Sum(k => (double)signs[k] * pending[(k * stride) + i] * pending[(k * stride) + j]);
            }
        }

        return p;
    }

    private static long Waiting(SynapseRig rig)
    {
        var step = rig.Bench.Learn();
        return step.ViewLongs(SlotOf(rig, "synapses.pendingCount"))[0];
    }

    private static float[] Cells(SynapseRig rig, string name)
    {
        var step = rig.Bench.Learn();
        return step.View(SlotOf(rig, name)).ToArray();
    }

    private static Slot SlotOf(SynapseRig rig, string name) => rig.Bench.Layout.Build().Slots.Single(slot => slot.Name == name).Slot;

    private static double Quadratic(double[,] p, float[] h) => Quadratic(p, [.. h.Select(x => (double)x)]);

    private static double Quadratic(double[,] p, double[] h)
    {
        var sum = 0d;
        for (var i = 0; i < h.Length; i++)
        {
            for (var j = 0; j < h.Length; j++)
            {
                sum += h[i] * p[i, j] * h[j];
            }
        }

        return sum;
    }
}
