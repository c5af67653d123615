using LifelongApi.Contracts.Journal;
using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.State;
using LifelongApi.Learning.Tests.Support;

namespace LifelongApi.Learning.Tests.Transforms;

/// <summary>A two-layer network that does not learn (rate 0), beside E over c ~ p of (∂ ln p_c / ∂w)² from numeric derivatives in double.</summary>
public sealed class ExpectedFisherTests
{
    private const int Inputs = 3;
    private const int Hidden = 4;
    private static readonly string[] Classes = ["a", "b", "c"];

    [Fact]
    public void Importance_is_the_expectation_over_the_models_own_answer_whatever_the_labels()
    {
        using var trial = new Trial(Spec(ClassScope.All));
        var (first, second) = Weights(trial);
        var inputs = Enumerable.Range(0, 3).Select(n => Draw.Normals(Inputs, 4, n)).ToArray();
        const int Events = 12_000;
        for (var n = 0; n < Events; n++)
        {
            // All classes are known after three events; from then on the label is always the first.
            trial.Learn(inputs[n % 3], n < 3 ? Classes[n] : "a", weight: 1f);
        }

        trial.Apply(EventKind.TaskEnded, []);
        Compare(Expected(first, (w, x) => LogProbabilities(w, second, x, [0, 1, 2]), inputs), Matrix(trial, "a", Inputs + 1, Hidden));
        Compare(Expected(second, (w, x) => LogProbabilities(first, w, x, [0, 1, 2]), inputs), Matrix(trial, "b", Hidden, 3));
    }

    [Fact]
    public void With_scope_task_the_answer_is_over_the_classes_of_the_task()
    {
        using var trial = new Trial(Spec(ClassScope.Task));
        trial.Learn([1f, 1f, 1f], "a");
        trial.Apply(EventKind.TaskEnded, []);
        var before = Matrix(trial, "b", Hidden, 3);
        trial.Apply(EventKind.TaskBegan, []);
        var (first, second) = Weights(trial);
        float[] x = [1f, 0.5f, -1f];
        for (var n = 0; n < 6000; n++)
        {
            trial.Learn(x, n == 0 ? "b" : "c");
        }

        trial.Apply(EventKind.TaskEnded, []);
        var after = Matrix(trial, "b", Hidden, 3);
        Compare(Expected(second, (w, input) => LogProbabilities(first, w, input, [1, 2]), [x]), Difference(after, before));
        Assert.All(Enumerable.Range(0, Hidden), unit => Assert.Equal(before[unit, 0], after[unit, 0]));
    }

    private static ModelSpec Spec(ClassScope scope)
    {
        TransformSpec[] chain = [new ObserveFisherSpec { Labels = FisherLabels.Expected }, new LearningRateSpec { Rate = 0f }, new ElasticAnchorSpec { Strength = 0f }];
        return new ModelSpec
        {
            Input = new InputSpec { Kind = InputKind.Vector, Size = Inputs, Standardise = Standardisation.None },
            Target = new TargetSpec { Kind = TargetKind.Label, MaxClasses = 4 },
            Seed = 5,
            Network = new NetworkSpec
            {
                Populations =
                [
                    new PopulationSpec { Name = "input", Kind = PopulationKind.Input },
                    new PopulationSpec { Name = "hidden", Kind = PopulationKind.Tanh, Size = Hidden, Bias = false },
                    new PopulationSpec { Name = "output", Kind = PopulationKind.Identity },
                ],
                Projections =
                [
                    new ProjectionSpec { Name = "a", From = "input", To = "hidden", Initial = new GaussianWeightsSpec { BiasScale = 0.5f }, Rule = new CreditRuleSpec(), Transforms = chain },
                    new ProjectionSpec { Name = "b", From = "hidden", To = "output", Initial = new GaussianWeightsSpec(), Rule = new CreditRuleSpec(), Transforms = chain },
                ],
                Head = new SoftmaxHeadSpec { Scope = scope },
                Maintenance = [new ConsolidationSpec { MinimumEvents = 1 }],
            },
        };
    }

    private static double[,] Expected(double[,] weights, Func<double[,], float[], double[]> logProbabilities, float[][] inputs)
    {
        var expected = new double[weights.GetLength(0), weights.GetLength(1)];
        foreach (var x in inputs)
        {
            var p = logProbabilities(weights, x);
            for (var i = 0; i < expected.GetLength(0); i++)
            {
                for (var j = 0; j < expected.GetLength(1); j++)
                {
                    var (up, down) = (logProbabilities(Shifted(weights, i, j, 1e-5), x), logProbabilities(Shifted(weights, i, j, -1e-5), x));
                    expected[i, j] += p.Select((log, c) => Math.Exp(log) * Math.Pow((up[c] - down[c]) / 2e-5, 2)).Sum() / inputs.Length;
                }
            }
        }

        return expected;
    }

    private static double[] LogProbabilities(double[,] first, double[,] second, float[] x, int[] known)
    {
        var drives = known.Select(output => Enumerable.Range(0, Hidden).Sum(unit =>
            Math.Tanh(first[Inputs, unit] + Enumerable.Range(0, Inputs).Sum(i => x[i] * first[i, unit])) * second[unit, output])).ToArray();
        var all = Math.Log(drives.Sum(Math.Exp));
        return [.. drives.Select(drive => drive - all)];
    }

    /// <summary>Within a few standard errors of the random signs.</summary>
    private static void Compare(double[,] expected, double[,] actual)
    {
        var largest = expected.Cast<double>().Max();
        Assert.True(largest > 0.01);
        for (var i = 0; i < expected.GetLength(0); i++)
        {
            for (var j = 0; j < expected.GetLength(1); j++)
            {
                Assert.InRange(actual[i, j], expected[i, j] - (0.04 * largest), expected[i, j] + (0.04 * largest));
            }
        }
    }

    private static double[,] Difference(double[,] after, double[,] before)
    {
        var difference = (double[,])after.Clone();
        for (var i = 0; i < after.GetLength(0); i++)
        {
            for (var j = 0; j < after.GetLength(1); j++)
            {
                difference[i, j] -= before[i, j];
            }
        }

        return difference;
    }

    private static double[,] Shifted(double[,] weights, int i, int j, double e)
    {
        var shifted = (double[,])weights.Clone();
        shifted[i, j] += e;
        return shifted;
    }

    private static (double[,] First, double[,] Second) Weights(Trial trial) => (Rows(trial.Slot("a.weights"), Inputs + 1, Hidden), Rows(trial.Slot("b.weights"), Hidden, 3));

    private static double[,] Matrix(Trial trial, string projection, int rows, int columns) => Rows(trial.Slot($"{projection}.2.importance"), rows, columns);

    private static double[,] Rows(float[] values, int rows, int columns)
    {
        var matrix = new double[rows, columns];
        for (var i = 0; i < rows; i++)
        {
            for (var j = 0; j < columns; j++)
            {
                matrix[i, j] = values[(i * LayoutBuilder.Padded(columns)) + j];
            }
        }

        return matrix;
    }
}
