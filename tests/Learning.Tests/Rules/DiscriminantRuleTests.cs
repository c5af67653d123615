using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Tests.Support;

namespace LifelongApi.Learning.Tests.Rules;

public sealed class DiscriminantRuleTests
{
    private const int Stride = 16;

    [Theory]
    [InlineData(3, 2, 1f)]
    [InlineData(7, 4, 0.1f)]
    [InlineData(15, 5, 10f)]
    public void After_every_event_the_weights_are_those_of_a_discriminant_fitted_to_all_events(int inputs, int classes, float shrinkage)
    {
        using var trial = new Trial(TaughtSpecs.Direct(inputs, new DiscriminantRuleSpec { Shrinkage = shrinkage }));
        var seen = new List<Example>();
        for (var n = 0; n < 60; n++)
        {
            var example = At(inputs, classes, n, 0.25f + Draw.Uniform(3, n));
            seen.Add(example);
            trial.Learn(example.X, $"{example.Label}", example.Weight);
            if (n % 7 == 6)
            {
                Near.Equal(Fit(seen, trial.Model.Labels, inputs, shrinkage), Weights(trial, inputs), 1e-3);
            }
        }
    }

    [Fact]
    public void The_order_of_the_events_does_not_matter()
    {
        using var mixed = new Trial(TaughtSpecs.Direct(6, new DiscriminantRuleSpec()));
        using var sorted = new Trial(TaughtSpecs.Direct(6, new DiscriminantRuleSpec()));
        var examples = Enumerable.Range(0, 80).Select(n => At(6, 3, n, 1f)).ToList();
        examples.ForEach(example => mixed.Learn(example.X, $"{example.Label}"));
        foreach (var example in examples.OrderBy(example => mixed.Model.Labels.ToList().IndexOf($"{example.Label}")))
        {
            sorted.Learn(example.X, $"{example.Label}");
        }

        Assert.Equal(mixed.Model.Labels, sorted.Model.Labels);
        Near.Equal(Weights(mixed, 6), Weights(sorted, 6), 1e-3);
    }

    [Fact]
    public void A_class_is_recognised_after_its_first_example()
    {
        using var trial = new Trial(TaughtSpecs.Direct(4, new DiscriminantRuleSpec { Shrinkage = 0.1f }));
        for (var n = 0; n < 30; n++)
        {
            trial.Learn([Draw.Normal(1, n) * 0.1f, 1f + (Draw.Normal(2, n) * 0.1f), 0f, 0f], "old");
        }

        trial.Learn([3f, 0f, 3f, 0f], "new");
        Assert.True(trial.Predict(2.9f, 0.1f, 3.1f, 0f)[1] > 0.9f);
        Assert.True(trial.Predict(0f, 1f, 0f, 0f)[0] > 0.9f);
    }

    [Fact]
    public void An_event_of_weight_zero_changes_nothing_that_is_learned_by_it()
    {
        using var trial = new Trial(TaughtSpecs.Direct(5, new DiscriminantRuleSpec()));
        trial.Learn(Draw.Normals(5, 1, 1), "a");
        trial.Learn(Draw.Normals(5, 1, 2), "b");
        var before = trial.Slot("readout.weights");
        trial.Learn(Draw.Normals(5, 1, 3), "a", 0f);
        Assert.Equal(before, trial.Slot("readout.weights"));
    }

    [Fact]
    public void A_spec_that_steps_towards_the_discriminant_or_has_no_offset_is_refused()
    {
        var spec = TaughtSpecs.Direct(4, new DiscriminantRuleSpec(), new LearningRateSpec { Rate = 0.1f });
        var network = spec.Network with
        {
            Populations = [spec.Network.Populations[0] with { Bias = false }, spec.Network.Populations[1]],
            Head = new LeastSquaresHeadSpec(),
        };
        var mistakes = Assert.Throws<SpecException>(() => Model.Create(spec with { Network = network })).Errors;
        Assert.Equal(3, mistakes.Count(mistake => mistake.Field == "network.projections[0].rule"));
    }

    private static Example At(int inputs, int classes, int n, float weight)
    {
        var label = Draw.Below(classes, 5, n);
        var x = Draw.Normals(inputs, 6, n);
        for (var i = 0; i < inputs; i++)
        {
            x[i] = (x[i] * 0.5f) + (0.3f * x[(i + 1) % inputs]) + ((label + 1) * i % 3);
        }

        return new Example(x, label, weight);
    }

    /// <summary>Rows are inputs and the offset, columns classes: Λ = N (S + ρ I)⁻¹, w = Λ μ, b = −½ μᵀ w.</summary>
    private static double[,] Fit(List<Example> seen, IReadOnlyList<string> labels, int inputs, double shrinkage)
    {
        var scatter = Oracle.Identity(inputs, shrinkage);
        var means = new double[inputs, labels.Count];
        for (var c = 0; c < labels.Count; c++)
        {
            var own = seen.Where(example => $"{example.Label}" == labels[c]).ToList();
            var total = own.Sum(example => (double)example.Weight);
            for (var i = 0; i < inputs; i++)
            {
                means[i, c] = own.Sum(example => (double)example.Weight * example.X[i]) / total;
            }

            foreach (var example in own)
            {
                for (var i = 0; i < inputs; i++)
                {
                    for (var j = 0; j < inputs; j++)
                    {
                        scatter[i, j] += example.Weight * (example.X[i] - means[i, c]) * (example.X[j] - means[j, c]);
                    }
                }
            }
        }

        var solved = Oracle.Solve(scatter, means);
        var weights = new double[inputs + 1, labels.Count];
        for (var c = 0; c < labels.Count; c++)
        {
            for (var i = 0; i < inputs; i++)
            {
                weights[i, c] = seen.Sum(example => (double)example.Weight) * solved[i, c];
                weights[inputs, c] -= 0.5 * means[i, c] * weights[i, c];
            }
        }

        return weights;
    }

    private static double[,] Weights(Trial trial, int inputs)
    {
        var slot = trial.Slot("readout.weights");
        var weights = new double[inputs + 1, trial.Model.Labels.Count];
        for (var i = 0; i <= inputs; i++)
        {
            for (var c = 0; c < trial.Model.Labels.Count; c++)
            {
                weights[i, c] = slot[(i * Stride) + c];
            }
        }

        return weights;
    }

    private sealed record Example(float[] X, int Label, float Weight);
}
