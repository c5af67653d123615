using LifelongApi.Contracts.Journal;
using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.State;
using LifelongApi.Learning.Tests.Support;

namespace LifelongApi.Learning.Tests.Heads;

/// <summary>Scope and distillation of the softmax head, on a linear model whose weight changes show the credit, beside loops in double.</summary>
public sealed class TaskScopeTests
{
    private const int Inputs = 4;
    private const float Rate = 0.1f;

    [Fact]
    public void With_scope_task_loss_and_credit_run_over_the_classes_seen_since_the_task_began()
    {
        using var trial = new Trial(Spec(new SoftmaxHeadSpec { Scope = ClassScope.Task }));
        var tasks = new Dictionary<string, int>();
        for (var n = 0; n < 60; n++)
        {
            var task = n / 20;
            if (n % 20 == 0 && n > 0)
            {
                trial.Apply(EventKind.TaskEnded, []);
                trial.Apply(EventKind.TaskBegan, []);
            }

            // Task 0: a b, task 1: c d, task 2: a c, so that classes come back.
            var label = (task, n % 2) switch { (0, 0) => "a", (0, _) => "b", (1, 0) => "c", (1, _) => "d", (_, 0) => "a", _ => "c" };
            tasks[label] = task;
            var x = Draw.Normals(Inputs, 1, n);
            var before = Weights(trial);
            trial.Learn(x, label);
            var labels = trial.Model.Labels.ToList();
            var drive = Oracle.Drive(before, x);
            var inScope = Enumerable.Range(0, labels.Count).Where(i => tasks[labels[i]] == task).ToArray();
            var sum = inScope.Sum(i => Math.Exp(drive[i]));
            var after = Weights(trial);
            for (var i = 0; i < labels.Count; i++)
            {
                var credit = (labels[i] == label ? 1 : 0) - (inScope.Contains(i) ? Math.Exp(drive[i]) / sum : 0);
                for (var row = 0; row < Inputs; row++)
                {
                    Near.Equal(before[row, i] + (Rate * x[row] * credit), after[row, i], 1e-5, $"event {n}, class {labels[i]}");
                }
            }

            Near.Equal(-Math.Log(Math.Exp(drive[labels.IndexOf(label)]) / sum), trial.Outcome.Loss, 1e-5);
        }
    }

    [Fact]
    public void An_answer_covers_all_classes_whatever_the_scope()
    {
        using var trial = new Trial(Spec(new SoftmaxHeadSpec { Scope = ClassScope.Task }));
        trial.Learn([1f, 0, 0, 0], "a");
        trial.Learn([0, 1f, 0, 0], "b");
        trial.Apply(EventKind.TaskBegan, []);
        trial.Learn([0, 0, 1f, 0], "c");
        trial.Learn([0, 0, 0, 1f], "d");
        var scores = trial.Predict(1f, 0, 0, 0);
        Assert.Equal(4, scores.Length);
        Near.Equal(1, scores.Sum(score => (double)score));
        Assert.All(scores, score => Assert.True(score > 0));
    }

    [Fact]
    public void Which_classes_a_task_has_survives_growth()
    {
        using var trial = new Trial(Spec(new SoftmaxHeadSpec { Scope = ClassScope.Task }));
        trial.Learn([1f, 0, 0, 0], "old");
        trial.Apply(EventKind.TaskBegan, []);
        for (var n = 0; n < 20; n++)
        {
            trial.Learn(Draw.Normals(Inputs, 1, n), $"class {n}");
        }

        var before = Weights(trial);
        trial.Learn([1f, 1f, 1f, 1f], "class 0");
        var after = Weights(trial);
        Assert.Equal(32, trial.Model.ClassCapacity);
        Assert.Equal(before[0, 0], after[0, 0]);
        Assert.NotEqual(before[0, 5], after[0, 5]);
    }

    [Theory]
    [InlineData(ClassScope.All, 2f, 1f)]
    [InlineData(ClassScope.Task, 2f, 1f)]
    [InlineData(ClassScope.Task, 1f, 0.5f)]
    public void Distillation_adds_the_difference_to_the_teachers_softened_answer(ClassScope scope, float temperature, float strength)
    {
        using var trial = new Trial(Spec(new SoftmaxHeadSpec { Scope = scope, Distillation = new DistillationSpec { Temperature = temperature, Strength = strength } }));
        double[,]? teacher = null;
        var groups = new Dictionary<int, int>();
        var tasks = new Dictionary<int, int>();
        for (var n = 0; n < 60; n++)
        {
            var task = n / 20;
            if (n % 20 == 0 && n > 0)
            {
                teacher = Weights(trial);
                groups = tasks.ToDictionary(pair => pair.Key, pair => scope == ClassScope.Task ? pair.Value : 0);
                trial.Apply(EventKind.TaskEnded, []);
                trial.Apply(EventKind.TaskBegan, []);
            }

            var x = Draw.Normals(Inputs, 1, n);
            var before = Weights(trial);
            trial.Learn(x, $"class {(2 * task) + (n % 2)}");
            var label = trial.Model.Labels.ToList().IndexOf($"class {(2 * task) + (n % 2)}");
            tasks[label] = task;
            var count = trial.Model.Labels.Count;
            var drive = Oracle.Drive(before, x);
            var scoped = Enumerable.Range(0, count).Where(i => scope == ClassScope.All || tasks[i] == task).ToArray();
            var credit = new double[count];
            AddSoftmax(credit, drive, scoped, 1, -1);
            credit[label]++;
            foreach (var group in groups.GroupBy(pair => pair.Value, pair => pair.Key))
            {
                AddSoftmax(credit, Oracle.Drive(teacher!, x), [.. group], temperature, strength * temperature);
                AddSoftmax(credit, drive, [.. group], temperature, -strength * temperature);
            }

            var after = Weights(trial);
            for (var i = 0; i < count; i++)
            {
                Near.Equal(before[0, i] + (Rate * x[0] * credit[i]), after[0, i], 1e-5, $"event {n}, class {i}");
            }
        }
    }

    [Fact]
    public void The_teacher_answers_as_the_model_did_at_the_boundary_whatever_is_learned_later()
    {
        using var trial = new Trial(Tests.Conformance.ConformanceCases.ByName["distillation"]);
        for (var n = 0; n < 60; n++)
        {
            trial.Apply(TestStream.At(trial.Model.Spec, 1, n));
        }

        trial.Apply(EventKind.TaskEnded, []);
        var before = trial.LearnedSlots().Where(slot => slot.Info.Slot.Region == Region.Read).ToDictionary(slot => slot.Info.Name, slot => slot.Values);
        for (var n = 62; n < 90; n++)
        {
            trial.Apply(TestStream.At(trial.Model.Spec, 1, n));
        }

        Assert.All(before, slot => Assert.Equal(slot.Value, trial.Slot($"teacher.{slot.Key}")));
        Assert.NotEqual(before["a.weights"], trial.Slot("a.weights"));
    }

    private static void AddSoftmax(double[] credit, double[] drive, int[] classes, double temperature, double factor)
    {
        var sum = classes.Sum(i => Math.Exp(drive[i] / temperature));
        foreach (var i in classes)
        {
            credit[i] += factor * Math.Exp(drive[i] / temperature) / sum;
        }
    }

    private static ModelSpec Spec(SoftmaxHeadSpec head) => new()
    {
        Input = new InputSpec { Kind = InputKind.Vector, Size = Inputs, Standardise = Standardisation.None },
        Target = new TargetSpec { Kind = TargetKind.Label, MaxClasses = 64 },
        Network = new NetworkSpec
        {
            Populations = [new PopulationSpec { Name = "input", Kind = PopulationKind.Input, Bias = false }, new PopulationSpec { Name = "output", Kind = PopulationKind.Identity }],
            Projections = [new ProjectionSpec { Name = "readout", From = "input", To = "output", Initial = new GaussianWeightsSpec(), Rule = new CreditRuleSpec(), Transforms = [new LearningRateSpec { Rate = Rate }] }],
            Head = head,
            Maintenance = [new ConsolidationSpec { MinimumEvents = 1 }],
        },
    };

    private static double[,] Weights(Trial trial)
    {
        var (values, columns) = (trial.Slot("readout.weights"), trial.Model.ClassCapacity);
        var weights = new double[Inputs, columns];
        for (var i = 0; i < Inputs; i++)
        {
            for (var j = 0; j < columns; j++)
            {
                weights[i, j] = values[(i * LayoutBuilder.Padded(columns)) + j];
            }
        }

        return weights;
    }
}
