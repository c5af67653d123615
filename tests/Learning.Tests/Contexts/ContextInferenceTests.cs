using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Tests.Support;

namespace LifelongApi.Learning.Tests.Contexts;

public sealed class ContextInferenceTests
{
    private const int Features = 18;
    private const int FeatureStride = 32;
    private const int Block = 16;
    private const int Contexts = 4;
    private static readonly ContextSpec Few = new() { MaxContexts = Contexts, MinimumEvents = 20, Evidence = 10f };

    [Fact]
    public void Statistics_surprise_and_choice_are_those_of_independent_normals()
    {
        using var trial = new Trial(Spec(Few));
        var oracle = new Oracle(Few);
        for (var n = 0; n < 260; n++)
        {
            var x = Example(n < 60 ? 0 : n < 120 ? 1 : n < 180 ? 2 : n % 3, n);
            var expected = oracle.Take(x);
            trial.Learn(x, n % 2 == 0 ? "a" : "b");
            Assert.Equal(expected, trial.Outcome.Prediction.Context);
        }

        Assert.Equal(3, oracle.Open);
        Assert.Equal(3, Integers(trial, "context.opened")[0]);
        var (means, variances, surprises) = (trial.Slot("context.means"), trial.Slot("context.variances"), trial.Slot("context.surprises"));
        for (var context = 0; context < 3; context++)
        {
            Assert.Equal(oracle.Counts[context], Integers(trial, "context.counts")[2 * context]);
            Near.Equal(oracle.UsualMean[context], surprises[context * 16], 1e-3, "mean surprise");
            Near.Equal(oracle.UsualVariance[context], surprises[(context * 16) + 1], 1e-2, "variance of surprise");
            for (var i = 0; i < Features; i++)
            {
                Near.Equal(oracle.Means[context][i], means[(context * FeatureStride) + i], 1e-4, "mean");
                Near.Equal(oracle.Variances[context][i], variances[(context * FeatureStride) + i], 1e-4, "variance");
            }
        }
    }

    [Fact]
    public void A_single_example_is_answered_in_the_context_that_it_is_like()
    {
        using var trial = new Trial(Spec(Few));
        for (var n = 0; n < 240; n++)
        {
            // The same input means one thing in one context and the other in the other: only a context can tell.
            trial.Learn(Example(n / 80, n), (n + (n / 80)) % 2 == 0 ? "a" : "b");
        }

        for (var n = 300; n < 360; n++)
        {
            trial.Predict(Example(n % 3, n));
            Assert.Equal(n % 3, trial.Prediction.Context);
        }
    }

    [Fact]
    public void Strange_events_here_and_there_open_nothing_and_teach_the_statistics_nothing()
    {
        using var trial = new Trial(Spec(Few));
        for (var n = 0; n < 200; n++)
        {
            trial.Learn(n % 10 == 9 && n > 50 ? Example(3, n) : Example(0, n), "a");
        }

        Assert.Equal(1, Integers(trial, "context.opened")[0]);
        Assert.InRange(Integers(trial, "context.counts")[0], 178, 185);
    }

    [Fact]
    public void No_more_contexts_open_than_there_is_room_for()
    {
        using var trial = new Trial(Spec(Few with { MaxContexts = 2 }));
        for (var n = 0; n < 240; n++)
        {
            trial.Learn(Example(n / 60, n), "a");
            Assert.InRange(trial.Outcome.Prediction.Context, 0, 1);
        }

        Assert.Equal(2, Integers(trial, "context.opened")[0]);
    }

    [Fact]
    public void What_a_context_learned_is_not_touched_by_another_bit_for_bit()
    {
        using var trial = new Trial(Spec(Few));
        for (var n = 0; n < 60; n++)
        {
            trial.Learn(Example(0, n), n % 2 == 0 ? "a" : "b");
        }

        var (filters, readout) = (trial.Slot("filters.weights"), trial.Slot("readout.weights"));
        var first = Enumerable.Range(0, 60).Select(n => trial.Predict(Example(0, 1000 + n))).ToArray();
        var opened = 0;
        for (var n = 0; n < 200; n++)
        {
            var before = trial.Slot("filters.weights");
            trial.Learn(Example(1, n), n % 3 == 0 ? "a" : "b");
            opened += trial.Outcome.Prediction.Context;
            if (trial.Outcome.Prediction.Context == 0)
            {
                // The few events before the new context opens are learned in the old one: the reference moves with them.
                (filters, readout) = (trial.Slot("filters.weights"), trial.Slot("readout.weights"));
                first = [.. Enumerable.Range(0, 60).Select(m => trial.Predict(Example(0, 1000 + m)))];
                continue;
            }

            Assert.NotEqual(before, trial.Slot("filters.weights"));
        }

        Assert.InRange(opened, 185, 200);
        Assert.Equal(Of(filters, Features + 1, 64, 0, Block), Of(trial.Slot("filters.weights"), Features + 1, 64, 0, Block));
        Assert.Equal(readout[..(Block * 16)], trial.Slot("readout.weights")[..(Block * 16)]);
        Assert.NotEqual(readout[(Block * 16)..(2 * Block * 16)], trial.Slot("readout.weights")[(Block * 16)..(2 * Block * 16)]);
        Assert.Equal(first, Enumerable.Range(0, 60).Select(n => trial.Predict(Example(0, 1000 + n))));
    }

    [Fact]
    public void Without_contexts_the_answer_names_none()
    {
        using var trial = new Trial(TaughtSpecs.Direct(3, new CreditRuleSpec(), new LearningRateSpec { Rate = 0.1f }));
        trial.Learn([1f, 2f, 3f], "a");
        Assert.Equal(-1, trial.Outcome.Prediction.Context);
    }

    [Fact]
    public void Mistakes_are_named()
    {
        AssertRefused(Spec(Few with { MaxContexts = 1 }), "network.context.maxContexts");
        AssertRefused(Spec(Few with { MinimumEvents = 9 }), "network.context.minimumEvents");
        AssertRefused(Spec(Few with { Tolerance = -1f }), "network.context.tolerance");
        AssertRefused(Spec(Few with { Evidence = 0f }), "network.context.evidence");
        AssertRefused(Spec(Few with { Smoothing = 0f }), "network.context.smoothing");
        AssertRefused(Spec(Few with { Memory = 1f }), "network.context.memory");
        var spec = Spec(Few);
        AssertRefused(spec with { Network = spec.Network with { Context = null } }, "network.populations[1].gated");
        AssertRefused(Hidden(spec, hidden => hidden with { Size = 65 }), "network.populations[1].size");
        AssertRefused(Hidden(spec, hidden => hidden with { Kind = PopulationKind.Tanh }), "network.populations[1].gated");
        AssertRefused(Filters(spec, filters => filters with { Connection = new BinaryConnectionSpec() }), "network.populations[1].gated");
        AssertRefused(Filters(spec, filters => filters with { Rule = new OjaRuleSpec() }), "network.populations[1].gated");
        AssertRefused(spec with { Network = spec.Network with { Maintenance = [new RenewalSpec { Population = "hidden" }] } }, "network.maintenance[0].population");
        AssertRefused(spec with { Input = new InputSpec { Kind = InputKind.Named, HashBits = 18 } }, "network.context");
    }

    private static void AssertRefused(ModelSpec spec, string field) =>
        Assert.Contains(Assert.Throws<SpecException>(() => Model.Create(spec)).Errors, error => error.Field == field);

    private static ModelSpec Hidden(ModelSpec spec, Func<PopulationSpec, PopulationSpec> change) =>
        spec with { Network = spec.Network with { Populations = [spec.Network.Populations[0], change(spec.Network.Populations[1]), spec.Network.Populations[2]] } };

    private static ModelSpec Filters(ModelSpec spec, Func<ProjectionSpec, ProjectionSpec> change) =>
        spec with { Network = spec.Network with { Projections = [change(spec.Network.Projections[0]), spec.Network.Projections[1]] } };

    private static float[] Of(float[] weights, int rows, int stride, int start, int width) =>
        [.. Enumerable.Range(0, rows).SelectMany(row => weights[((row * stride) + start)..((row * stride) + start + width)])];

    private static long[] Integers(Trial trial, string slot) => System.Runtime.InteropServices.MemoryMarshal.Cast<float, int>(trial.Slot(slot)).ToArray().Select(value => (long)value).ToArray();

    /// <summary>Every context has features of its own that are large; within them a spread of a tenth.</summary>
    private static float[] Example(int context, int n) =>
        [.. Enumerable.Range(0, Features).Select(i => (i % 4 == context ? 1f : 0f) + (0.1f * Draw.Normal(5, n, i)))];

    private static ModelSpec Spec(ContextSpec context) => new()
    {
        Input = new InputSpec { Kind = InputKind.Vector, Size = Features, Standardise = Standardisation.None },
        Target = new TargetSpec { Kind = TargetKind.Label, MaxClasses = 16 },
        Network = new NetworkSpec
        {
            Populations =
            [
                new PopulationSpec { Name = "input", Kind = PopulationKind.Input },
                new PopulationSpec { Name = "hidden", Kind = PopulationKind.Relu, Size = Block * Contexts, Gated = true, Bias = false },
                new PopulationSpec { Name = "output", Kind = PopulationKind.Identity },
            ],
            Projections =
            [
                new ProjectionSpec { Name = "filters", From = "input", To = "hidden", Initial = new GaussianWeightsSpec(), Rule = new CreditRuleSpec(), Transforms = [new LearningRateSpec { Rate = 0.05f }] },
                new ProjectionSpec { Name = "readout", From = "hidden", To = "output", Initial = new GaussianWeightsSpec(), Rule = new CreditRuleSpec(), Transforms = [new LearningRateSpec { Rate = 0.05f }] },
            ],
            Context = context,
            Head = new SoftmaxHeadSpec(),
        },
    };

    /// <summary>The equations of the part's comment in plain double.</summary>
    private sealed class Oracle(ContextSpec spec)
    {
        private double _evidence;

        public int Open { get; private set; } = 1;

        public double[][] Means { get; } = [.. Enumerable.Range(0, Contexts).Select(_ => new double[Features])];

        public double[][] Variances { get; } = [.. Enumerable.Range(0, Contexts).Select(_ => new double[Features])];

        public double[][] Widths { get; } = [.. Enumerable.Range(0, Contexts).Select(_ => new double[Features])];

        public int[] Counts { get; } = new int[Contexts];

        public double[] UsualMean { get; } = new double[Contexts];

        public double[] UsualVariance { get; } = new double[Contexts];

        public int Take(float[] x)
        {
            int[] mature = [.. Enumerable.Range(0, Open).Where(context => Counts[context] >= spec.MinimumEvents)];
            int[] young = [.. Enumerable.Range(0, Open).Except(mature)];
            var best = mature.Length == 0 ? -1 : mature.MinBy(context => Surprise(context, x));
            var deviation = best < 0 ? 0 : (Surprise(best, x) - UsualMean[best]) / Math.Sqrt(UsualVariance[best]);
            var isLike = best >= 0 && deviation <= spec.Tolerance;
            if (isLike || young.Length > 0)
            {
                var context = isLike ? best : young[^1];
                _evidence = Math.Max(0, _evidence + Math.Min(0, deviation - spec.Tolerance));
                Learn(context, x);
                return context;
            }

            _evidence += Math.Min(4, deviation - spec.Tolerance);
            if (_evidence > spec.Evidence && Open < spec.MaxContexts)
            {
                _evidence = 0;
                Learn(Open++, x);
            }

            return best;
        }

        private double Surprise(int context, float[] x) =>
            Enumerable.Range(0, Features).Average(i => ((x[i] - Means[context][i]) * (x[i] - Means[context][i]) / Widths[context][i]) + Math.Log(Widths[context][i]));

        private void Learn(int context, float[] x)
        {
            var count = ++Counts[context];
            if (count > spec.MinimumEvents / 2)
            {
                var rate = 1d / Math.Min(count - (spec.MinimumEvents / 2), 500);
                var difference = Surprise(context, x) - UsualMean[context];
                UsualMean[context] += rate * difference;
                UsualVariance[context] = (1 - rate) * (UsualVariance[context] + (rate * difference * difference));
            }

            for (var i = 0; i < Features; i++)
            {
                var difference = x[i] - Means[context][i];
                Means[context][i] += difference / count;
                Variances[context][i] = (1 - (1d / count)) * (Variances[context][i] + (difference * difference / count));
            }

            if (count < 32 || count % 16 == 0)
            {
                Widths[context] = [.. Variances[context].Select(variance => variance + (spec.Smoothing * Variances[context].Average()) + 1e-6)];
            }
        }
    }
}
