using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Tests.Support;

namespace LifelongApi.Learning.Tests.Rules;

public sealed class SupervisedHebbRuleTests
{
    private const int Stride = 16;
    private static readonly string[] Labels = ["a", "b", "c"];

    [Theory]
    [InlineData(null)]
    [InlineData(0.2f)]
    public void Only_synapses_to_the_right_class_change_and_by_rate_times_activity_times_the_room_below_the_bound(float? bound)
    {
        const float rate = 0.05f;
        using var trial = new Trial(TaughtSpecs.Direct(9, new SupervisedHebbRuleSpec { Bound = bound }, new LearningRateSpec { Rate = rate }));
        var oracle = new double[10, Labels.Length];
        for (var n = 0; n < 40; n++)
        {
            var x = Draw.Sparse(9, 1, n, 0.4f);
            var label = n < Labels.Length ? n : Draw.Below(Labels.Length, 2, n);
            var weight = 0.5f * Draw.Uniform(3, n);
            trial.Learn(x, Labels[label], weight);
            for (var i = 0; i < 10; i++)
            {
                oracle[i, label] += rate * weight * (i < 9 ? x[i] : 1) * Math.Max(0, 1 - (bound is null ? 0 : Math.Abs(oracle[i, label]) / bound.Value));
            }
        }

        var slot = trial.Slot("readout.weights");
        for (var i = 0; i < 10; i++)
        {
            for (var c = 0; c < Labels.Length; c++)
            {
                Near.Equal(oracle[i, c], slot[(i * Stride) + c]);
            }
        }
    }

    [Fact]
    public void Classes_beyond_the_first_line_of_columns_learn_too()
    {
        using var trial = new Trial(TaughtSpecs.Direct(40, new SupervisedHebbRuleSpec(), new LearningRateSpec { Rate = 1f }));
        for (var c = 0; c < 40; c++)
        {
            trial.Learn([.. Enumerable.Range(0, 40).Select(i => i == c ? 1f : 0f)], $"class {c}");
        }

        for (var c = 0; c < 40; c++)
        {
            trial.Predict([.. Enumerable.Range(0, 40).Select(i => i == c ? 1f : 0f)]);
            Assert.Equal(c, trial.Prediction.Label);
        }
    }

    [Fact]
    public void An_event_without_a_label_changes_no_weight()
    {
        var spec = TaughtSpecs.Direct(16, new SupervisedHebbRuleSpec(), new LearningRateSpec { Rate = 1f });
        using var trial = new Trial(spec);
        trial.Learn(Draw.Normals(16, 1, 1), "a");
        var before = trial.Slot("readout.weights");
        trial.Apply(Contracts.Journal.EventKind.Observed, TestStream.Query(spec.Input, 1, 2));
        Assert.Equal(before, trial.Slot("readout.weights"));
    }
}
