using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Recipes;
using LifelongApi.Learning.Tests.Support;

namespace LifelongApi.Learning.Tests.Heads;

public sealed class LabelContextsTests
{
    private static readonly string[] Names = ["a", "b", "c", "d"];

    [Fact]
    public void A_known_exchange_of_names_is_taken_back_within_a_few_events()
    {
        using var trial = Large();
        Run(trial, 600, 0, swapped: false);
        var first = Run(trial, 400, 600, swapped: true);
        var back = Run(trial, 400, 1000, swapped: false);
        var again = Run(trial, 400, 1400, swapped: true);
        Assert.InRange(first, 4, 40);
        Assert.True(back <= first / 2, $"back {back}, first {first}");
        Assert.True(again <= first / 2, $"again {again}, first {first}");
    }

    [Fact]
    public void A_predict_answers_in_the_context_in_force_and_scores_stay_probabilities()
    {
        using var trial = Large();
        Run(trial, 600, 0, swapped: false);
        Run(trial, 400, 600, swapped: true);
        var labels = trial.Model.Labels.ToList();
        var right = 0;
        for (var n = 0; n < 100; n++)
        {
            var scores = trial.Predict(Example(n % 2, 5000 + n));
            Assert.Equal(1f, scores.Sum(), 1e-4f);
            Assert.Equal(Array.IndexOf(scores, scores.Max()), trial.Prediction.Label);
            right += trial.Prediction.Label == labels.IndexOf(Names[1 - (n % 2)]) ? 1 : 0;
        }

        Assert.True(right >= 95, $"{right} of 100");
    }

    [Fact]
    public void New_classes_and_rare_mistakes_open_no_context()
    {
        using var trial = Large();
        for (var n = 0; n < 1500; n++)
        {
            var label = Math.Min(3, (n / 400) + Draw.Below(2, 77, n));
            var name = Names[Draw.Uniform(78, n) < 0.05f ? Draw.Below(label + 1, 79, n) : label];
            trial.Learn(Example(label, n), name);
        }

        Assert.All(trial.Slot("head.context"), value => Assert.Equal(0, BitConverter.SingleToInt32Bits(value)));
    }

    [Theory]
    [InlineData(0.1f)]
    [InlineData(0.2f)]
    [InlineData(0.3f)]
    public void A_new_class_that_looks_like_an_old_one_opens_no_context(float apart)
    {
        using var trial = Large();
        for (var n = 0; n < 2400; n++)
        {
            // c and d look like a and b, and come when a and b come no more; last, all of them.
            var label = n < 800 ? Draw.Below(2, 73, n) : n < 1600 ? 2 + Draw.Below(2, 74, n) : Draw.Below(4, 75, n);
            var x = Example(label % 2, n);
            for (var i = 0; label > 1 && i < x.Length; i++)
            {
                x[i] += apart * Draw.Normal(76, label, i);
            }

            trial.Learn(x, Names[label]);
            Assert.All(trial.Slot("head.context"), value => Assert.Equal(0, BitConverter.SingleToInt32Bits(value)));
        }
    }

    [Fact]
    public void Without_a_raised_modulator_the_readout_alone_has_to_follow()
    {
        var spec = LargeSpec();
        using var trial = new Trial(spec with { Network = spec.Network with { Head = new LeastSquaresHeadSpec() } });
        Run(trial, 600, 0, swapped: false);
        Assert.True(Run(trial, 400, 600, swapped: true) > 60);
    }

    /// <summary>Learns, and counts the wrong answers to the exchanged classes.</summary>
    private static int Run(Trial trial, int count, int from, bool swapped)
    {
        var wrong = 0;
        for (var n = from; n < from + count; n++)
        {
            var label = Draw.Below(4, 70, n);
            var name = Names[swapped && label < 2 ? 1 - label : label];
            trial.Learn(Example(label, n), name);
            wrong += label < 2 && trial.Outcome.Prediction.Label != trial.Outcome.TargetLabel ? 1 : 0;
        }

        return wrong;
    }

    private static float[] Example(int label, int n)
    {
        var x = Draw.Normals(80, 71, n);
        for (var i = 0; i < x.Length; i++)
        {
            x[i] = (0.5f * x[i]) + Draw.Normal(72, label, i);
        }

        return x;
    }

    private static ModelSpec LargeSpec()
    {
        var spec = Presets.Expand(new CreateModelRequest { Preset = "classifier", Input = new InputSpec { Kind = InputKind.Vector, Size = 80 } });
        return spec with { Network = spec.Network with { Populations = [spec.Network.Populations[0], spec.Network.Populations[1] with { Size = 200 }, spec.Network.Populations[2]] } };
    }

    private static Trial Large() => new(LargeSpec());
}
