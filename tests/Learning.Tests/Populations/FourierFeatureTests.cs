using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Tests.Support;

namespace LifelongApi.Learning.Tests.Populations;

public sealed class FourierFeatureTests
{
    private const int Inputs = 3;

    [Theory]
    [InlineData(0.7f)]
    [InlineData(2f)]
    public void The_inner_product_of_features_approaches_the_gaussian_kernel(float lengthScale)
    {
        const int units = 4096;
        using var trial = new Trial(Spec(new InputSpec { Kind = InputKind.Vector, Size = Inputs }, units, lengthScale));
        var (info, weights) = trial.LearnedSlots().Single(slot => slot.Info.Name == "filters.weights");
        for (var pair = 0; pair < 20; pair++)
        {
            var x = Draw.Normals(Inputs, 1, pair);
            var y = Draw.Normals(Inputs, 2, pair);
            var product = 0d;
            for (var unit = 0; unit < units; unit++)
            {
                product += 2d / units * Math.Cos(DriveOf(x, unit)) * Math.Cos(DriveOf(y, unit));
            }

            var distance = x.Zip(y, (a, b) => (double)(a - b) * (a - b)).Sum();

            // Four standard deviations of a mean over 4,096 draws.
            Near.Equal(Math.Exp(-distance / (2 * lengthScale * lengthScale)), product, 4 * Math.Sqrt(0.5 / units));
        }

        double DriveOf(float[] x, int unit) =>
            weights[(Inputs * info.Stride) + unit] + Enumerable.Range(0, Inputs).Sum(i => (double)x[i] * weights[(i * info.Stride) + unit]);
    }

    [Fact]
    public void Phases_are_uniform_over_the_circle()
    {
        using var trial = new Trial(Spec(new InputSpec { Kind = InputKind.Vector, Size = Inputs }, 1000, 1f));
        var (info, weights) = trial.LearnedSlots().Single(slot => slot.Info.Name == "filters.weights");
        var phases = weights[(Inputs * info.Stride)..][..1000].ToArray();
        Assert.All(phases, phase => Assert.InRange(phase, 0f, 2f * MathF.PI));
        Near.Equal(Math.PI, phases.Average(phase => (double)phase), 0.1);
        Near.Equal(Math.PI * Math.PI / 3, phases.Average(phase => (phase - Math.PI) * (phase - Math.PI)), 0.1);
    }

    [Fact]
    public void Least_squares_on_them_learns_what_no_line_fits()
    {
        var features = Spec(new InputSpec { Kind = InputKind.Vector, Size = Inputs }, 500, 1.5f);
        var line = features with
        {
            Network = features.Network with
            {
                Populations = [features.Network.Populations[0], features.Network.Populations[2]],
                Projections = [features.Network.Projections[1] with { From = "input" }],
            },
        };
        Assert.True(MeanSquare(line) > 0.5, $"the line's mean squared error {MeanSquare(line):F4}");
        Assert.True(MeanSquare(features) < 0.1, $"mean squared error {MeanSquare(features):F4}");
    }

    /// <summary>Test-then-train error over events 1,000 … 1,499.</summary>
    private static double MeanSquare(ModelSpec spec)
    {
        using var trial = new Trial(spec);
        var square = 0d;
        for (var e = 0; e < 1500; e++)
        {
            var x = Draw.Normals(Inputs, 3, e).Select(value => value * 0.7f).ToArray();
            var target = Math.Sin(3 * x[0]) + (x[1] * x[1]) - (x[0] * x[2]);
            trial.Learn(x, [target]);
            var error = target - trial.Outcome.Prediction.Scores[0];
            square += e >= 1000 ? error * error / 500 : 0;
        }

        return square;
    }

    private static ModelSpec Spec(InputSpec input, int units, float lengthScale) => new()
    {
        Input = input with { Standardise = Standardisation.None },
        Target = new TargetSpec { Kind = TargetKind.Value, Size = 1 },
        Seed = 5,
        Network = new NetworkSpec
        {
            Populations =
            [
                new PopulationSpec { Name = "input", Kind = PopulationKind.Input },
                new PopulationSpec { Name = "features", Kind = PopulationKind.Cosine, Size = units },
                new PopulationSpec { Name = "output", Kind = PopulationKind.Identity },
            ],
            Projections =
            [
                new ProjectionSpec { Name = "filters", From = "input", To = "features", Initial = new FourierWeightsSpec { LengthScale = lengthScale } },
                new ProjectionSpec { Name = "readout", From = "features", To = "output", Rule = units > 1000 ? null : new RecursiveLeastSquaresRuleSpec { Ridge = 0.001f } },
            ],
            Credit = new NoCreditSpec(),
            Head = new RegressionHeadSpec { Standardise = false },
        },
    };
}
