using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Tests.Support;

namespace LifelongApi.Learning.Tests.Compilation;

/// <summary>Inputs that are zero cost nothing and change nothing: a network over images that are mostly silent has the weights of the dense computation.</summary>
public sealed class SilentInputTests
{
    private const int Inputs = 784;
    private const int Hidden = 48;
    private const int Classes = 10;
    private const float Rate = 0.01f;

    [Theory]
    [InlineData(0.19, null)]
    [InlineData(0.19, 16)]
    [InlineData(1, null)]
    public void A_network_learns_the_weights_of_the_dense_computation(double active, int? pending)
    {
        using var trial = new Trial(Spec(pending));
        var random = new Random(7);

        // Every class is known from here on.
        for (var label = 0; label < Classes; label++)
        {
            trial.Learn(Image(random, active), $"{label}");
        }

        var dense = new DenseNetwork(trial.Model);
        for (var n = 0; n < 300; n++)
        {
            var (x, label) = (Image(random, active), random.Next(Classes));
            dense.Learn(x, label);
            trial.Learn(x, $"{label}");
        }

        AssertNear(dense.First, trial.Model.TransmittedWeights("first").Values);
        AssertNear(dense.Second, trial.Model.TransmittedWeights("second").Values);
    }

    private static void AssertNear(double[] expected, ReadOnlySpan<float> actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
        {
            Near.Equal(expected[i], actual[i], 1e-4, $"[{i}]");
        }
    }

    private static float[] Image(Random random, double active) =>
        [.. Enumerable.Range(0, Inputs).Select(_ => random.NextDouble() < active ? (float)((0.9 * random.NextDouble()) + 0.1) : 0f)];

    private static ModelSpec Spec(int? pending) => new()
    {
        Input = new InputSpec { Kind = InputKind.Vector, Size = Inputs, Standardise = Standardisation.None },
        Target = new TargetSpec { Kind = TargetKind.Label, MaxClasses = Classes },
        Network = new NetworkSpec
        {
            Populations = [new() { Name = "input", Kind = PopulationKind.Input }, new() { Name = "hidden", Kind = PopulationKind.Relu, Size = Hidden }, new() { Name = "output", Kind = PopulationKind.Identity }],
            Projections = [Layer("first", "input", "hidden", pending), Layer("second", "hidden", "output", null)],
            Credit = new BackpropCreditSpec(),
            Head = new SoftmaxHeadSpec(),
        },
    };

    private static ProjectionSpec Layer(string name, string from, string to, int? pending) => new()
    {
        Name = name,
        From = from,
        To = to,
        Initial = new GaussianWeightsSpec { Scale = 1f },
        Rule = new CreditRuleSpec { Pending = pending },
        Transforms = [new LearningRateSpec { Rate = Rate }],
    };

    /// <summary>The same network in double, over every input and the bias behind them.</summary>
    private sealed class DenseNetwork(Model model)
    {
        public double[] First { get; } = Array.ConvertAll(model.TransmittedWeights("first").Values.ToArray(), x => (double)x);

        public double[] Second { get; } = Array.ConvertAll(model.TransmittedWeights("second").Values.ToArray(), x => (double)x);

        public void Learn(float[] x, int label)
        {
            double[] input = [.. x.Select(value => (double)value), 1];
            var drive = Product(input, First, Hidden);
            double[] hidden = [.. drive.Select(value => Math.Max(value, 0)), 1];
            var scores = Product(hidden, Second, Classes);
            var most = scores.Max();
            var sum = scores.Sum(score => Math.Exp(score - most));
            var credit = scores.Select((score, k) => (k == label ? 1 : 0) - (Math.Exp(score - most) / sum)).ToArray();
            var hiddenCredit = drive.Select((value, j) => value > 0 ? credit.Select((c, k) => c * Second[(j * Classes) + k]).Sum() : 0).ToArray();
            Step(hidden, credit, Second);
            Step(input, hiddenCredit, First);
        }

        private static double[] Product(double[] activity, double[] weights, int columns) =>
            [.. Enumerable.Range(0, columns).Select(k => activity.Select((value, i) => value * weights[(i * columns) + k]).Sum())];

        private static void Step(double[] activity, double[] credit, double[] weights)
        {
            for (var i = 0; i < activity.Length; i++)
            {
                for (var k = 0; k < credit.Length; k++)
                {
                    weights[(i * credit.Length) + k] += Rate * activity[i] * credit[k];
                }
            }
        }
    }
}
