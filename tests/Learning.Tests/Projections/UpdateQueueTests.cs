using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Rules;
using LifelongApi.Learning.Tests.Support;
using LifelongApi.Learning.Transforms;

namespace LifelongApi.Learning.Tests.Projections;

public sealed class UpdateQueueTests
{
    private const float Rate = 0.05f;

    [Theory]
    [InlineData(1, 1, 2)]
    [InlineData(16, 17, 3)]
    [InlineData(33, 5, 8)]
    [InlineData(70, 100, 32)]
    public void Every_event_meets_the_weights_that_all_events_before_it_made(int inputs, int outputs, int pending)
    {
        using var rig = Rig(inputs, outputs, pending);
        rig.SetWeights((i, j) => Draw.Normal(9, i, j));
        var oracle = rig.Weights();
        for (var n = 0; n < (3 * pending) + 1; n++)
        {
            var (x, credit, weight) = (Draw.Sparse(inputs, 1, n, 0.4f), Draw.Normals(outputs, 2, n), 2f * Draw.Uniform(3, n));
            AssertDrive(oracle, x, rig.Predict(x));
            AssertDrive(oracle, x, rig.Forward(x));
            rig.Step(x, credit, weight);
            var square = 0d;
            for (var i = 0; i <= inputs; i++)
            {
                for (var j = 0; j < outputs; j++)
                {
                    var change = (double)Rate * weight * (i == inputs ? 1d : x[i]) * credit[j];
                    oracle[i, j] += change;
                    square += change * change;
                }
            }

            Near.Equal(Math.Sqrt(square / ((inputs + 1) * outputs)), rig.Change, 1e-4);
            Near.Equal(oracle, Effective(rig), 1e-4);
            if ((n + 1) % pending == 0)
            {
                Near.Equal(oracle, rig.Weights(), 1e-4);
            }
        }
    }

    [Fact]
    public void Only_a_full_queue_changes_the_weights_and_only_changes_fill_it()
    {
        using var rig = Rig(3, 2, pending: 3);
        rig.SetWeights((i, j) => i - j);
        var before = rig.Weights();
        rig.Step([1f, 0f, 2f], [1f, 0.5f]);
        rig.Step([1f, 1f, 1f], [1f, 1f], weight: 0f);
        rig.Step([0f, 1f, 0f], [1f, -1f]);
        rig.Observe([1f, 2f, 3f]);
        _ = rig.Predict([1f, 2f, 3f]);
        Assert.Equal(before, rig.Weights());
        rig.Step([0f, 1f, 0f], [1f, -1f]);
        Assert.NotEqual(before, rig.Weights());
        Assert.Equal(Effective(rig), rig.Weights());
    }

    [Theory]
    [InlineData(2)]
    [InlineData(13)]
    public void A_network_learns_what_it_learns_without_waiting(int pending)
    {
        using var waiting = new Trial(Deep(new CreditRuleSpec { Pending = pending }));
        using var plain = new Trial(Deep(new CreditRuleSpec()));
        for (var n = 0; n < 120; n++)
        {
            var e = TestStream.At(plain.Model.Spec, 5, n, classes: 20);
            waiting.Apply(e);
            plain.Apply(e);
            Assert.Equal(plain.Outcome.Status, waiting.Outcome.Status);
            for (var i = 0; i < plain.Outcome.Prediction.Count; i++)
            {
                Near.Equal(plain.Outcome.Prediction.Scores[i], waiting.Outcome.Prediction.Scores[i], 1e-3, $"score {i} of event {n}");
            }
        }

        foreach (var name in new[] { "a", "b", "c" })
        {
            var (expected, actual) = (plain.Model.TransmittedWeights(name).Values, waiting.Model.TransmittedWeights(name).Values);
            for (var i = 0; i < expected.Length; i++)
            {
                Near.Equal(expected[i], actual[i], 2e-3, $"weight {i} of {name}");
            }
        }

        Assert.NotEqual(plain.Slot("a.weights"), waiting.Slot("a.weights"));
    }

    private static ModelSpec Deep(CreditRuleSpec rule)
    {
        var spec = Conformance.ConformanceCases.ByName["sgd"];
        return spec with
        {
            Network = spec.Network with { Projections = [.. spec.Network.Projections.Select(one => one.Rule is null ? one : one with { Rule = rule, Transforms = [new LearningRateSpec { Rate = 0.05f }, new ModulateBySpec { Modulator = "ach", Floor = 0.5f }] })] },
        };
    }

    private static SynapseRig Rig(int inputs, int outputs, int pending) =>
        new(inputs, outputs, r => new CreditRule(r.Projection), r => [new LearningRate(new LearningRateSpec { Rate = Rate }, r.Clock)], bias: true, pending: pending);

    private static double[,] Effective(SynapseRig rig)
    {
        var step = rig.Bench.Predict();
        var rows = new double[rig.Projection.RowCount, rig.Outputs];
        for (var i = 0; i < rig.Projection.RowCount; i++)
        {
            var row = rig.Projection.Row(i, step);
            for (var j = 0; j < rig.Outputs; j++)
            {
                rows[i, j] = row[j];
            }
        }

        return rows;
    }

    private static void AssertDrive(double[,] weights, float[] x, double[] drive)
    {
        for (var j = 0; j < drive.Length; j++)
        {
            var sum = weights[x.Length, j];
            for (var i = 0; i < x.Length; i++)
            {
                sum += x[i] * weights[i, j];
            }

            Near.Equal(sum, drive[j], 1e-4);
        }
    }
}
