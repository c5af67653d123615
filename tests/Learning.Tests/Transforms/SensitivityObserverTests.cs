using LifelongApi.Contracts.Journal;
using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.State;
using LifelongApi.Learning.Tests.Support;

namespace LifelongApi.Learning.Tests.Transforms;

/// <summary>A two-layer network that does not learn (rate 0) while its sensitivity is observed, beside numeric derivatives of ‖output‖² in double.</summary>
public sealed class SensitivityObserverTests
{
    private const int Inputs = 3;
    private const int Hidden = 4;
    private const int Classes = 2;

    [Fact]
    public void Importance_is_the_mean_magnitude_of_the_derivative_of_the_squared_output()
    {
        using var trial = new Trial(Spec(ClassScope.All));
        var (first, second) = Weights(trial);
        var expected = (First: new double[Inputs + 1, Hidden], Second: new double[Hidden, Classes]);
        const int Events = 6;

        // The second class is known from the second event on; the first event sees one output.
        for (var n = 0; n < Events; n++)
        {
            var x = Draw.Normals(Inputs, 4, n);
            var known = n == 0 ? 1 : Classes;
            trial.Learn(x, n % 2 == 0 ? "a" : "b", weight: 1f);
            Add(expected.First, first, (i, j, e) => SquaredOutput(Shifted(first, i, j, e), second, x, known), Events);
            Add(expected.Second, second, (i, j, e) => SquaredOutput(first, Shifted(second, i, j, e), x, known), Events);
        }

        trial.Apply(EventKind.TaskEnded, []);
        Near.Equal(expected.First, Importance(trial, "a", Inputs + 1, Hidden), 1e-4);
        Near.Equal(expected.Second, Importance(trial, "b", Hidden, Classes), 1e-4);
        Assert.Contains(expected.First.Cast<double>(), value => value > 0.01);
    }

    [Fact]
    public void With_scope_task_classes_of_other_tasks_are_no_part_of_the_output()
    {
        using var trial = new Trial(Spec(ClassScope.Task));
        trial.Learn([1f, 1f, 1f], "a");
        trial.Apply(EventKind.TaskEnded, []);
        var before = Importance(trial, "b", Hidden, Classes);
        trial.Apply(EventKind.TaskBegan, []);
        trial.Learn([1f, 0.5f, -1f], "b");
        trial.Apply(EventKind.TaskEnded, []);
        var after = Importance(trial, "b", Hidden, Classes);
        for (var unit = 0; unit < Hidden; unit++)
        {
            Assert.Equal(before[unit, 0], after[unit, 0]);
            Assert.True(after[unit, 1] > 0);
        }
    }

    private static ModelSpec Spec(ClassScope scope)
    {
        TransformSpec[] chain = [new ObserveSensitivitySpec(), new LearningRateSpec { Rate = 0f }, new ElasticAnchorSpec { Strength = 0f }];
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

    private static (double[,] First, double[,] Second) Weights(Trial trial) =>
        (Matrix(trial.Slot("a.weights"), Inputs + 1, Hidden), Matrix(trial.Slot("b.weights"), Hidden, Classes));

    private static double[,] Importance(Trial trial, string projection, int rows, int columns) => Matrix(trial.Slot($"{projection}.2.importance"), rows, columns);

    private static double[,] Matrix(float[] values, int rows, int columns)
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

    private static double SquaredOutput(double[,] first, double[,] second, float[] x, int known)
    {
        var sum = 0d;
        for (var output = 0; output < known; output++)
        {
            var y = 0d;
            for (var unit = 0; unit < Hidden; unit++)
            {
                var drive = first[Inputs, unit];
                for (var i = 0; i < Inputs; i++)
                {
                    drive += x[i] * first[i, unit];
                }

                y += Math.Tanh(drive) * second[unit, output];
            }

            sum += y * y;
        }

        return sum;
    }

    private static double[,] Shifted(double[,] weights, int i, int j, double e)
    {
        var shifted = (double[,])weights.Clone();
        shifted[i, j] += e;
        return shifted;
    }

    private static void Add(double[,] sum, double[,] weights, Func<int, int, double, double> output, int events)
    {
        for (var i = 0; i < weights.GetLength(0); i++)
        {
            for (var j = 0; j < weights.GetLength(1); j++)
            {
                sum[i, j] += Math.Abs((output(i, j, 1e-5) - output(i, j, -1e-5)) / 2e-5) / events;
            }
        }
    }
}
