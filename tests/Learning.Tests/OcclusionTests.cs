using System.Text;
using LifelongApi.Contracts.Journal;
using LifelongApi.Contracts.Models;
using LifelongApi.Learning.Features;
using LifelongApi.Learning.Recipes;
using LifelongApi.Learning.Tests.Support;

namespace LifelongApi.Learning.Tests;

public sealed class OcclusionTests
{
    [Fact]
    public void Contributions_are_the_log_odds_that_the_answer_loses_without_each_named_feature()
    {
        using var trial = new Trial(Presets.Expand(new CreateModelRequest { Preset = "classifier" }));
        for (var n = 0; n < 400; n++)
        {
            trial.Apply(EventKind.Learned, Row(Draw.Normal(1, n), n % 3, Draw.Normal(2, n), withLabel: true));
        }

        var example = Row(1.5f, 1, 0.3f, withLabel: false);
        var explanation = new Occlusion(trial.Model).Explain(example, TestStream.Names, id => $"feature {id}", top: 10, most: 100)!;

        var score = LogOdds(trial, example, null);
        Near.Equal(score, explanation.Score, 1e-4);
        Near.Equal(score - LogOdds(trial, Without(1.5f, null, 0.3f), trial.Prediction.Label), Of(explanation, "feature 1"), 1e-3);
        Near.Equal(score - LogOdds(trial, Without(null, 1, 0.3f), trial.Prediction.Label), Of(explanation, "feature 0"), 1e-3);
        Near.Equal(LogOdds(trial, Without(null, null, null), trial.Prediction.Label), explanation.Baseline, 1e-3);
        Assert.Equal((3, 3), (explanation.Considered, explanation.Features));
        Near.Equal(explanation.Score, explanation.Baseline + explanation.Interaction + explanation.Contributions.Sum(part => part.Contribution), 1e-4);
        Assert.Equal("feature 0", explanation.Contributions[0].Feature);
        Assert.Single(new Occlusion(trial.Model).Explain(example, TestStream.Names, id => $"{id}", top: 1, most: 100)!.Contributions);
        Assert.Equal(2, new Occlusion(trial.Model).Explain(example, TestStream.Names, id => $"{id}", top: 9, most: 2)!.Considered);
    }

    [Theory]
    [InlineData(Standardisation.PerFeature)]
    [InlineData(Standardisation.None)]
    public void A_number_of_a_vector_is_left_at_its_mean_where_it_has_one(Standardisation standardise)
    {
        using var trial = new Trial(Presets.Expand(new CreateModelRequest { Preset = "regressor", Input = new InputSpec { Kind = InputKind.Vector, Size = 4, Standardise = standardise } }));
        var means = new double[4];
        for (var n = 0; n < 500; n++)
        {
            var x = Draw.Normals(4, 9, n);
            x[1] += 3f;
            trial.Learn(x, [(5 * x[0]) - (2 * x[1]) + (0.01 * x[3])]);
            for (var i = 0; i < 4; i++)
            {
                means[i] += (x[i] - means[i]) / (n + 1);
            }
        }

        float[] example = [1f, 5f, 0.5f, 0.1f];
        var builder = new PayloadBuilder();
        builder.Dense(example);
        var explanation = new Occlusion(trial.Model).Explain(builder.Written.Span, [], _ => "", top: 4, most: 100)!;

        var score = trial.Predict(example)[0];
        for (var i = 0; i < 4; i++)
        {
            var without = (float[])[.. example];
            without[i] = standardise == Standardisation.PerFeature ? (float)means[i] : 0f;
            Near.Equal(score - trial.Predict(without)[0], explanation.Contributions.SingleOrDefault(part => part.Index == i)?.Contribution ?? 0f, 1e-2, $"feature {i}");
        }

        Assert.Equal(standardise == Standardisation.PerFeature ? 0 : 1, explanation.Contributions[0].Index);
        Near.Equal(explanation.Score, explanation.Baseline + explanation.Interaction + explanation.Contributions.Sum(part => part.Contribution), 1e-3);
    }

    [Fact]
    public void Sparse_numbers_are_left_out_and_dark_pixels_cost_nothing()
    {
        using var sparse = new Trial(Presets.Expand(new CreateModelRequest { Preset = "classifier", Input = new InputSpec { Kind = InputKind.Sparse, Size = 300 } }));
        for (var n = 0; n < 100; n++)
        {
            var builder = new PayloadBuilder();
            builder.Sparse([n % 2 == 0 ? 5 : 200, 290], [1f, Draw.Normal(3, n)]);
            builder.Label(Encoding.UTF8.GetBytes(n % 2 == 0 ? "low" : "high"));
            sparse.Apply(EventKind.Learned, builder.Written.Span);
        }

        var asked = new PayloadBuilder();
        asked.Sparse([200, 290], [1f, 0.1f]);
        var explanation = new Occlusion(sparse.Model).Explain(asked.Written.Span, [], _ => "", top: 5, most: 100)!;
        Assert.Equal(200, explanation.Contributions[0].Index);
        Assert.True(explanation.Contributions[0].Contribution > 0f);

        using var image = new Trial(Presets.Expand(new CreateModelRequest { Preset = "classifier", Input = new InputSpec { Kind = InputKind.Image, Height = 8, Width = 8 } }));
        var pixels = new float[64];
        (pixels[9], pixels[40]) = (200f, 100f);
        image.Learn(pixels, "a");
        image.Learn([.. pixels.Reverse()], "b");
        var dense = new PayloadBuilder();
        dense.Dense(pixels);
        var lit = new Occlusion(image.Model).Explain(dense.Written.Span, [], _ => "", top: 5, most: 100)!;
        Assert.Equal(2, lit.Features);
        Assert.All(lit.Contributions, part => Assert.Contains(part.Index!.Value, new[] { 9, 40 }));
    }

    [Fact]
    public void Before_the_first_label_there_is_nothing_to_explain()
    {
        using var trial = new Trial(Presets.Expand(new CreateModelRequest { Preset = "classifier" }));
        Assert.Null(new Occlusion(trial.Model).Explain(Row(1f, 1, 1f, withLabel: false), TestStream.Names, id => $"{id}", 5, 100));
    }

    private static float Of(Contracts.Learning.Explanation explanation, string name) => explanation.Contributions.SingleOrDefault(part => part.Feature == name)?.Contribution ?? 0f;

    private static double LogOdds(Trial trial, ReadOnlySpan<byte> payload, int? label)
    {
        trial.Predict(payload);
        var answered = label ?? trial.Prediction.Label;
        var probability = Math.Clamp((double)trial.Prediction.Scores[answered], 1e-7, 1 - 1e-7);
        trial.Prediction.Label = answered;
        return Math.Log(probability / (1 - probability));
    }

    private static byte[] Row(float number, int text, float noise, bool withLabel)
    {
        var builder = new PayloadBuilder();
        builder.BeginNamed();
        builder.Named(0, (double)number);
        builder.Named(1, Encoding.UTF8.GetBytes($"value {text}"));
        builder.Named(2, (double)noise);
        builder.EndNamed();
        if (withLabel)
        {
            builder.Label(Encoding.UTF8.GetBytes(number + (text == 1 ? 0.5f : 0f) > 0.2f ? "high" : "low"));
        }

        return builder.Written.ToArray();
    }

    private static byte[] Without(float? number, int? text, float? noise)
    {
        var builder = new PayloadBuilder();
        builder.BeginNamed();
        if (number is { } first)
        {
            builder.Named(0, (double)first);
        }

        if (text is { } second)
        {
            builder.Named(1, Encoding.UTF8.GetBytes($"value {second}"));
        }

        if (noise is { } third)
        {
            builder.Named(2, (double)third);
        }

        builder.EndNamed();
        return builder.Written.ToArray();
    }
}
