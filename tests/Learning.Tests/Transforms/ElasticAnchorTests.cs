using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Rules;
using LifelongApi.Learning.Tests.Support;
using LifelongApi.Learning.Transforms;

namespace LifelongApi.Learning.Tests.Transforms;

public sealed class ElasticAnchorTests
{
    private const int Inputs = 9;
    private const int Outputs = 18;
    private const float Rate = 0.1f;

    /// <summary>The dense penalty, every weight pulled in every step, in double.</summary>
    private sealed class DenseOracle(float strength, float decay, bool onlyProposed)
    {
        private readonly double[,] _importance = new double[Inputs, Outputs];
        private readonly double[,] _anchor = new double[Inputs, Outputs];
        private double[,] _sum = new double[Inputs, Outputs];
        private int _count;

        public double[,] Weights { get; } = new double[Inputs, Outputs];

        public void Step(float[] x, float[] credit)
        {
            _count++;
            for (var i = 0; i < Inputs; i++)
            {
                for (var j = 0; j < Outputs; j++)
                {
                    var g = (double)x[i] * credit[j];
                    _sum[i, j] += g * g;
                    var keep = 1 / (1 + (strength * _importance[i, j]));
                    var pull = onlyProposed && x[i] == 0f ? 0 : (keep - 1) * (Weights[i, j] - _anchor[i, j]);
                    Weights[i, j] += (Rate * g) + pull;
                }
            }
        }

        public void Consolidate()
        {
            for (var i = 0; i < Inputs; i++)
            {
                for (var j = 0; j < Outputs; j++)
                {
                    _importance[i, j] = (decay * _importance[i, j]) + (_sum[i, j] / _count);
                    _anchor[i, j] = Weights[i, j];
                }
            }

            (_sum, _count) = (new double[Inputs, Outputs], 0);
        }
    }

    [Theory]
    [InlineData(AnchorScope.Every, 0.05f)]
    [InlineData(AnchorScope.Every, 5f)]
    [InlineData(AnchorScope.Every, 0f)]
    [InlineData(AnchorScope.Proposed, 0.5f)]
    public void The_lazy_pull_equals_the_dense_penalty_step_by_step(AnchorScope scope, float strength)
    {
        using var rig = Rig(scope, strength, 0.9f);
        var oracle = new DenseOracle(strength, 0.9f, scope == AnchorScope.Proposed);
        for (var n = 0; n < 150; n++)
        {
            // Mostly silent rows, so that long pending pulls occur.
            var x = Draw.Sparse(Inputs, 1, n, 0.8f);
            var credit = Draw.Normals(Outputs, 2, n);
            var probe = Draw.Sparse(Inputs, 3, n, 0.5f);
            var expected = Oracle.Drive(oracle.Weights, probe);
            var bytes = rig.Bench.Learned();
            var predicted = rig.Predict(probe);
            Assert.Equal(bytes, rig.Bench.Learned());
            for (var j = 0; j < Outputs; j++)
            {
                Near.Equal(expected[j], predicted[j], 3e-5);
            }

            rig.Step(x, credit);
            oracle.Step(x, credit);
            if (n % 40 == 39)
            {
                rig.Consolidate();
                oracle.Consolidate();
                Near.Equal(oracle.Weights, rig.Weights(), 3e-5);
            }
        }
    }

    [Theory]
    [InlineData(7)]
    [InlineData(16)]
    public void With_an_interval_every_nth_event_pulls_n_times_at_once_and_a_predict_sees_it(int interval)
    {
        using var rig = Rig(AnchorScope.Every, 0.5f, 0.9f, AnchorCentre.Latest, interval);
        var weights = new double[Inputs, Outputs];
        var (importance, anchor) = (new double[Inputs, Outputs], new double[Inputs, Outputs]);
        var (sum, count) = (new double[Inputs, Outputs], 0);
        var isHeld = false;
        for (var n = 0; n < 150; n++)
        {
            var x = Draw.Sparse(Inputs, 1, n, 0.8f);
            var credit = Draw.Normals(Outputs, 2, n);
            var probe = Draw.Sparse(Inputs, 3, n, 0.5f);
            var bytes = rig.Bench.Learned();
            var predicted = rig.Predict(probe);
            Assert.Equal(bytes, rig.Bench.Learned());
            var expected = Oracle.Drive(weights, probe);
            for (var j = 0; j < Outputs; j++)
            {
                Near.Equal(expected[j], predicted[j], 3e-5);
            }

            rig.Step(x, credit);
            isHeld |= rig.HeldBack > 0f;
            count++;
            for (var i = 0; i < Inputs; i++)
            {
                for (var j = 0; j < Outputs; j++)
                {
                    var g = (double)x[i] * credit[j];
                    sum[i, j] += g * g;
                    weights[i, j] += Rate * g;
                    if ((n + 1) % interval == 0)
                    {
                        weights[i, j] = anchor[i, j] + ((weights[i, j] - anchor[i, j]) * Math.Pow(1 + (0.5 * importance[i, j]), -interval));
                    }
                }
            }

            if (n % 40 != 39)
            {
                continue;
            }

            rig.Consolidate();
            Near.Equal(weights, rig.Weights(), 3e-5);
            for (var i = 0; i < Inputs; i++)
            {
                for (var j = 0; j < Outputs; j++)
                {
                    importance[i, j] = (0.9 * importance[i, j]) + (sum[i, j] / count);
                    anchor[i, j] = weights[i, j];
                }
            }

            (sum, count) = (new double[Inputs, Outputs], 0);
        }

        Assert.True(isHeld);
    }

    [Fact]
    public void With_centre_mean_one_anchor_equals_one_penalty_per_task()
    {
        using var rig = Rig(AnchorScope.Every, 3f, 1f, AnchorCentre.Mean);
        var weights = new double[Inputs, Outputs];
        var (sum, count) = (new double[Inputs, Outputs], 0);
        var penalties = new List<(double[,] Importance, double[,] Anchor)>();
        for (var n = 0; n < 160; n++)
        {
            var x = Draw.Sparse(Inputs, 1, n, 0.3f);
            var credit = Draw.Normals(Outputs, 2, n);
            rig.Step(x, credit);
            count++;
            for (var i = 0; i < Inputs; i++)
            {
                for (var j = 0; j < Outputs; j++)
                {
                    // Implicit step on the sum of the penalties, from the weight before.
                    var g = (double)x[i] * credit[j];
                    sum[i, j] += g * g;
                    var total = 1 + penalties.Sum(one => 3 * one.Importance[i, j]);
                    var pulled = (weights[i, j] + penalties.Sum(one => 3 * one.Importance[i, j] * one.Anchor[i, j])) / total;
                    weights[i, j] = pulled + (Rate * g);
                }
            }

            if (n % 40 == 39)
            {
                rig.Consolidate();
                var importance = new double[Inputs, Outputs];
                for (var i = 0; i < Inputs; i++)
                {
                    for (var j = 0; j < Outputs; j++)
                    {
                        importance[i, j] = sum[i, j] / count;
                    }
                }

                penalties.Add((importance, (double[,])weights.Clone()));
                (sum, count) = (new double[Inputs, Outputs], 0);
                Near.Equal(weights, rig.Weights(), 1e-4);
            }
        }
    }

    [Fact]
    public void A_pull_of_any_strength_is_stable_and_stops_at_the_anchor()
    {
        using var rig = Rig(AnchorScope.Every, 1e9f, 1f);
        var x = Enumerable.Repeat(1f, Inputs).ToArray();
        rig.Step(x, [1f]);
        rig.Consolidate();
        var anchor = rig.Weights()[0, 0];
        for (var n = 0; n < 50; n++)
        {
            rig.Step(x, [1f]);
            Assert.InRange(rig.Weights()[0, 0], anchor, anchor + (2 * Rate));
        }

        Assert.InRange(rig.HeldBack, 0.3f, 1f);
    }

    [Fact]
    public void A_rule_that_changes_silent_rows_first_gets_what_is_pending_on_them()
    {
        using var rig = new SynapseRig(2, 1, r => new RecursiveLeastSquaresRule(r.Bench.Layout, r.Projection, new RecursiveLeastSquaresRuleSpec(), null), r =>
        {
            var observer = new FisherObserver(r.Bench.Layout, "fisher", r.Projection);
            return [observer, new ElasticAnchor(r.Bench.Layout, "elastic", r.Projection, observer, r.Clock, new ElasticAnchorSpec { Strength = 2f })];
        });
        rig.Step([1f, 1f], [1f]);
        rig.Consolidate();
        var anchor = rig.Weights()[1, 0];
        var keep = 1 / (1 + (2 * rig.Matrix(rig.Bench.Layout.Build().Slots.Single(slot => slot.Name == "elastic.importance").Slot, 2, 1)[1, 0]));
        rig.SetWeights((_, _) => 5);
        for (var n = 0; n < 3; n++)
        {
            rig.Observe([1f, 0f]);
        }

        rig.Step([1f, 0f], [0f]);
        Near.Equal(anchor + ((5 - anchor) * Math.Pow(keep, 4)), rig.Weights()[1, 0]);
    }

    [Fact]
    public void Nothing_is_held_back_before_anything_was_consolidated()
    {
        using var rig = Rig(AnchorScope.Every, 10f, 1f);
        rig.Step(Draw.Normals(Inputs, 1, 1), Draw.Normals(Outputs, 1, 2));
        Assert.Equal(0f, rig.HeldBack);
    }

    [Fact]
    public void Importance_is_the_mean_squared_proposal_of_the_task_and_fades_by_the_decay()
    {
        using var rig = Rig(AnchorScope.Every, 1f, 0.5f);
        float[] x = [2f, 0, 0, 0, 0, 0, 0, 0, 0];
        rig.Step(x, [3f]);
        rig.Step(x, [1f]);
        rig.Consolidate();
        Near.Equal((36 + 4) / 2d, Importance(rig)[0, 0]);
        rig.Consolidate();
        Near.Equal(10, Importance(rig)[0, 0]);
        Near.Equal(0, Importance(rig)[1, 0]);
    }

    private static SynapseRig Rig(AnchorScope scope, float strength, float decay, AnchorCentre centre = AnchorCentre.Latest, int interval = 1) =>
        new(Inputs, Outputs, r => new CreditRule(r.Projection), r =>
        {
            var observer = new FisherObserver(r.Bench.Layout, "fisher", r.Projection);
            var spec = new ElasticAnchorSpec { Strength = strength, Decay = decay, Scope = scope, Centre = centre, Interval = interval };
            return [observer, new LearningRate(new LearningRateSpec { Rate = Rate }, r.Clock), new ElasticAnchor(r.Bench.Layout, "elastic", r.Projection, observer, r.Clock, spec)];
        });

    private static double[,] Importance(SynapseRig rig) =>
        rig.Matrix(rig.Bench.Layout.Build().Slots.Single(slot => slot.Name == "elastic.importance").Slot, Inputs, Outputs);
}
