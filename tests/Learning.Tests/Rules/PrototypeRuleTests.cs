using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Tests.Support;

namespace LifelongApi.Learning.Tests.Rules;

public sealed class PrototypeRuleTests
{
    private const int Inputs = 6;

    [Fact]
    public void One_prototype_a_class_at_rate_zero_is_the_running_mean_of_the_class()
    {
        using var trial = new Trial(Spec(1, new PrototypeRuleSpec()));
        var (sums, counts) = (new double[3, Inputs], new int[3]);
        for (var n = 0; n < 60; n++)
        {
            var label = n < 3 ? n : Draw.Below(3, 1, n);
            var x = At(label, n);
            trial.Learn(x, $"class {label}");
            counts[label]++;
            for (var i = 0; i < Inputs; i++)
            {
                sums[label, i] += x[i];
            }
        }

        var weights = trial.Slot("readout.weights");
        for (var label = 0; label < 3; label++)
        {
            var square = 0d;
            for (var i = 0; i < Inputs; i++)
            {
                Near.Equal(sums[label, i] / counts[label], weights[(i * 16) + label]);
                square += Math.Pow(sums[label, i] / counts[label], 2);
            }

            Near.Equal(-0.5 * square, weights[(Inputs * 16) + label]);
        }
    }

    [Theory]
    [InlineData(1, 0f)]
    [InlineData(3, 0f)]
    [InlineData(4, 0.5f)]
    public void Every_event_moves_what_the_equation_says_and_nothing_else(int perClass, float repulsion)
    {
        const float rate = 0.1f;
        using var trial = new Trial(Spec(perClass, new PrototypeRuleSpec { Rate = rate, Repulsion = repulsion }));
        var prototypes = new List<Prototype>();
        for (var n = 0; n < 120; n++)
        {
            var label = n < 3 ? n : Draw.Below(3, 1, n);
            var x = At(label, n);
            var weight = n % 4 == 3 ? 0.5f : 1f;
            trial.Learn(x, $"class {label}", weight);
            var own = prototypes.Where(p => p.Label == label).MinBy(p => p.Distance(x));
            var winner = prototypes.MinBy(p => p.Distance(x));
            var used = prototypes.Count(p => p.Label == label);
            if (used == 0 || (winner!.Label != label && used < perClass))
            {
                prototypes.Add(new Prototype(label, used, [.. x.Select(value => (double)value)]) { Count = weight });
                continue;
            }

            var share = weight * Math.Max(rate, 1 / (own!.Count + 1));
            own.Turn(x, share);
            own.Count += weight;
            if (winner.Label != label)
            {
                winner.Turn(x, -repulsion * share);
            }
        }

        var weights = trial.Slot("readout.weights");
        var stride = (16 * perClass + 15) / 16 * 16;
        Assert.Equal(prototypes.Count, trial.Slot("readout.prototypeCounts").Count(count => count > 0));
        foreach (var prototype in prototypes)
        {
            for (var i = 0; i < Inputs; i++)
            {
                Near.Equal(prototype.W[i], weights[(i * stride) + (prototype.Label * perClass) + prototype.Place], 1e-4);
            }
        }
    }

    [Fact]
    public void A_new_class_is_recognised_after_one_example_and_after_growth()
    {
        using var trial = new Trial(Spec(2, new PrototypeRuleSpec()));
        for (var label = 0; label < 40; label++)
        {
            trial.Learn(Corner(label), $"class {label}");
        }

        for (var label = 0; label < 40; label++)
        {
            trial.Predict(Corner(label));
            Assert.Equal(label, trial.Prediction.Label);
        }
    }

    [Fact]
    public void Several_prototypes_tell_apart_what_one_mean_cannot()
    {
        Assert.True(Accuracy(1) < 0.75);
        Assert.True(Accuracy(4) > 0.95);
    }

    [Fact]
    public void A_prototype_so_far_out_that_nothing_could_be_answered_is_refused()
    {
        using var trial = new Trial(Spec(1, new PrototypeRuleSpec()));
        trial.Learn(At(0, 1), "a");
        trial.Learn([1e7f, 0, 0, 0, 0, 0], "b");
        Assert.Equal(Contracts.Learning.LearnStatus.Skipped, trial.Outcome.Status);
        trial.Learn(At(0, 2), "a");
        Assert.Equal(Contracts.Learning.LearnStatus.Learned, trial.Outcome.Status);
    }

    [Fact]
    public void A_spec_in_which_prototypes_do_not_stand_alone_is_refused()
    {
        var spec = Spec(1, new PrototypeRuleSpec());
        var readout = spec.Network.Projections[0];
        var mistaken = spec with
        {
            Network = spec.Network with
            {
                Credit = new BackpropCreditSpec(),
                Projections = [readout with { Transforms = [new LearningRateSpec { Rate = 1f }] }],
                Populations = [spec.Network.Populations[0] with { Bias = false }, spec.Network.Populations[1]],
            },
        };
        Assert.Equal(3, Assert.Throws<SpecException>(() => Model.Create(mistaken)).Errors.Count(mistake => mistake.Field == "network.projections[0].connection"));
        Assert.Throws<SpecException>(() => Model.Create(spec with { Network = spec.Network with { Projections = [readout with { Connection = new DenseConnectionSpec() }] } }));
    }

    /// <summary>Two classes of two opposite blobs each, so that all means are alike.</summary>
    private static double Accuracy(int perClass)
    {
        using var trial = new Trial(Spec(perClass, new PrototypeRuleSpec { Rate = 0.02f }));
        for (var n = 0; n < 400; n++)
        {
            trial.Learn(Crossed(n), $"class {n % 2}");
        }

        return Enumerable.Range(1000, 200).Count(n =>
        {
            trial.Predict(Crossed(n));
            return trial.Prediction.Label == n % 2;
        }) / 200d;
    }

    private static float[] Crossed(int n)
    {
        var x = Draw.Normals(Inputs, 7, n);
        for (var i = 0; i < Inputs; i++)
        {
            x[i] *= 0.3f;
        }

        x[n % 2] += Draw.Below(2, 8, n) == 0 ? 2f : -2f;
        return x;
    }

    private static float[] Corner(int label) => [.. Enumerable.Range(0, Inputs).Select(i => (label >> i & 1) == 1 ? 1f : -1f)];

    private static float[] At(int label, int n)
    {
        var x = Draw.Normals(Inputs, 2, n);
        x[label] += 1.5f;
        return x;
    }

    private static ModelSpec Spec(int perClass, PrototypeRuleSpec rule)
    {
        var spec = TaughtSpecs.Direct(Inputs, rule);
        return spec with { Network = spec.Network with { Projections = [spec.Network.Projections[0] with { Connection = new PrototypeConnectionSpec { PerClass = perClass } }] } };
    }

    private sealed record Prototype(int Label, int Place, double[] W)
    {
        public double Count { get; set; }

        public double Distance(float[] x) => W.Zip(x).Sum(pair => (pair.First - pair.Second) * (pair.First - pair.Second));

        public void Turn(float[] x, double share)
        {
            for (var i = 0; i < W.Length; i++)
            {
                W[i] += share * (x[i] - W[i]);
            }
        }
    }
}
