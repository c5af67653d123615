using System.Text;
using LifelongApi.Contracts.Journal;
using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Entities;
using LifelongApi.Learning.Features;
using LifelongApi.Learning.Recipes;
using LifelongApi.Learning.State;
using LifelongApi.Learning.Tests.Conformance;
using LifelongApi.Learning.Tests.Support;

namespace LifelongApi.Learning.Tests.Entities;

public sealed class EntityAdaptationTests
{
    private const int Numbers = 4;

    private static readonly EntitiesSpec Entities = new() { Capacity = 3, Features = 8, Rate = 0.4f, Decay = 0.01f };

    public static TheoryData<string> Cases => ["entities", "entities-hashed", "entities-values", "entities-preset"];

    /// <summary>With a = D (1, x): p ∝ max(p_shared, 10^-4) exp(a), D ← (1 − decay) D + 4 rate (1[label] − p) φᵀ / ‖φ‖².</summary>
    [Fact]
    public void Labels_follow_the_equations_over_a_shared_model_that_does_not_notice()
    {
        using var personal = new Trial(Spec(TargetKind.Label) with { Entities = Entities });
        using var shared = new Trial(Spec(TargetKind.Label));
        var oracle = new Dictionary<ulong, double[,]>();
        for (var n = 0; n < 400; n++)
        {
            var entity = (ulong)Draw.Below(9, 1, n);
            var (x, label) = Example(n, entity);
            Learn(shared, x, label, null, 0);
            Learn(personal, x, label, null, entity);
            var known = entity != 0 && oracle.ContainsKey(entity);
            Assert.Equal(entity == 0 ? null : known, personal.Outcome.Prediction.KnowsEntity);
            var p = shared.Outcome.Prediction.Scores[..shared.Outcome.Prediction.Count].Select(score => (double)score).ToArray();
            if (known && p.Length > 0)
            {
                p = [.. p.Select((score, i) => Math.Max(score, 1e-4) * Math.Exp(Math.Clamp(Dot(oracle[entity], i, x), -10, 10)))];
                var sum = p.Sum();
                p = [.. p.Select(score => score / sum)];
            }

            Assert.Equal(p.Length, personal.Outcome.Prediction.Count);
            for (var i = 0; i < p.Length; i++)
            {
                Near.Equal(p[i], personal.Outcome.Prediction.Scores[i], 1e-3, $"event {n}, class {i}");
            }

            Assert.Equal(shared.Outcome.Plasticity, personal.Outcome.Plasticity);
            if (entity != 0)
            {
                var id = shared.Outcome.TargetLabel;
                Step(oracle, entity, x, [.. Enumerable.Range(0, shared.Model.Labels.Count).Select(i => 4 * ((i == id ? 1 : 0) - (i < p.Length ? p[i] : 0)))]);
            }
        }

        Assert.True(personal.Model.Archive!.ByteCount > 0, "Nobody left.");
        foreach (var (info, values) in shared.LearnedSlots())
        {
            Assert.Equal(values, personal.Slot(info.Name));
        }
    }

    /// <summary>With a = D (1, x): answer = shared + a, D ← (1 − decay) D + rate (t − answer) φᵀ / ‖φ‖², limited to deviations with t taken in; nothing for the first target.</summary>
    [Fact]
    public void Values_follow_the_equations()
    {
        using var personal = new Trial(Spec(TargetKind.Value) with { Entities = Entities });
        using var shared = new Trial(Spec(TargetKind.Value));
        var oracle = new Dictionary<ulong, double[,]>();
        var targets = new List<double>();
        for (var n = 0; n < 400; n++)
        {
            var entity = 1 + (ulong)Draw.Below(8, 1, n);
            var x = Draw.Normals(Numbers, 2, n);
            var target = x[0] + (entity * 0.7) + (entity % 2 == 0 ? x[1] : -x[1]);
            Learn(shared, x, null, target, 0);
            Learn(personal, x, null, target, entity);
            var mean = targets.Count == 0 ? 0 : targets.Average();
            var deviation = targets.Count < 2 ? 1 : Math.Sqrt(targets.Average(t => (t - mean) * (t - mean)));
            var answer = shared.Outcome.Prediction.Scores[0] + (oracle.TryGetValue(entity, out var own) ? Math.Clamp(Dot(own, 0, x), -10 * deviation, 10 * deviation) : 0);
            Near.Equal(answer, personal.Outcome.Prediction.Scores[0], 1e-3, $"event {n}");
            targets.Add(target);
            var next = targets.Average();
            var spread = Math.Sqrt(targets.Average(t => (t - next) * (t - next)));
            Step(oracle, entity, x, [n == 0 ? 0 : Math.Clamp(target - answer, -10 * spread, 10 * spread)]);
            if (n > 0)
            {
                Near.Equal((target - answer) * (target - answer) / targets.Average(t => (t - next) * (t - next)), personal.Outcome.Loss, 2e-3, $"loss of event {n}");
            }
        }
    }

    [Theory]
    [InlineData("regression")]
    [InlineData("preset")]
    public void The_first_targets_of_a_stream_do_not_throw_an_entity_far_off(string kind)
    {
        var spec = kind == "preset"
            ? Presets.Expand(new CreateModelRequest { Preset = "regressor", Input = new InputSpec { Kind = InputKind.Vector, Size = Numbers }, Entities = Entities })
            : Spec(TargetKind.Value) with { Entities = Entities };
        float[] x = [1f, 0f, 0f, 0f];
        using var trial = new Trial(spec);
        using var shared = new Trial(spec);
        foreach (var target in new[] { 21.5, 21.51, 25, 19 })
        {
            Learn(trial, x, null, target, 5);
            Learn(shared, x, null, target, 0);
            var (own, other) = (Ask(trial, 5), Ask(shared, 0));

            // Half the range of the targets.
            Assert.InRange(own - other, -3f, 3f);
            if (target == 21.5)
            {
                Assert.Equal(other, own);
            }
        }

        float Ask(Trial asked, ulong entity)
        {
            var question = new PayloadBuilder();
            question.Dense(x);
            asked.Predict(entity == 0 ? question.Written.Span : PayloadBuilder.Stamp(question.Written, entity, null).Span);
            return asked.Prediction.Scores[0];
        }
    }

    [Fact]
    public void Entities_that_disagree_are_each_right_with_ten_times_more_entities_than_room()
    {
        var request = new CreateModelRequest { Preset = "classifier", Input = new InputSpec { Kind = InputKind.Vector, Size = Numbers } };
        var with = Share(Presets.Expand(request with { Entities = new EntitiesSpec { Capacity = 8 } }));
        var without = Share(Presets.Expand(request));
        Assert.True(with > 0.93, $"With entities only {with:P1} are right.");
        Assert.True(without < 0.65, $"Without entities {without:P1} are right: they do not disagree.");

        static double Share(ModelSpec spec)
        {
            using var trial = new Trial(spec);
            var (right, asked) = (0, 0);
            for (var n = 0; n < 8000; n++)
            {
                var entity = 1 + (ulong)Draw.Below(80, 1, n);
                var x = Draw.Normals(Numbers, 2, n);
                var direction = Draw.Normals(Numbers, 3, (int)entity);
                var label = x.Zip(direction).Sum(pair => pair.First * pair.Second) > 0f ? "up" : "down";
                Learn(trial, x, label, null, entity);
                if (n % 500 == 250)
                {
                    trial.Reopen();
                }

                // The first events of an entity are its lessons.
                if (n >= 4000)
                {
                    asked++;
                    right += trial.Outcome.Prediction.Label == trial.Outcome.TargetLabel ? 1 : 0;
                }
            }

            return right / (double)asked;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Storing_killing_and_going_back_leave_no_trace(string name)
    {
        var spec = ConformanceCases.ByName[name];
        const int count = 300;
        using var straight = new Trial(spec);
        for (var n = 0; n < count; n++)
        {
            straight.Apply(TestStream.At(spec, 11, n));
        }

        var seed = Environment.TickCount & 0xFFFF;
        using var disturbed = new Trial(spec);
        var versions = new List<(long Sequence, ModelImage Image)> { (0, disturbed.Store()) };
        var returns = 0;
        var guard = 0;
        while (disturbed.Sequence < count)
        {
            Assert.True(guard++ < 20 * count);
            switch (Draw.Below(16, seed, guard))
            {
                case 0:
                    versions.Add((disturbed.Sequence, disturbed.Store()));
                    break;
                case 1 when returns < 40:
                    // A kill, or a replay from an older version: newer rows are in the store already.
                    returns++;
                    var (sequence, image) = versions[^(1 + Draw.Below(Math.Min(3, versions.Count), seed, guard, 1))];
                    disturbed.GoBack(image, sequence);
                    break;
                default:
                    disturbed.Predict(TestStream.Query(spec.Input, 11, Draw.Below(count, seed, guard, 2)));
                    disturbed.Apply(TestStream.At(spec, 11, (int)disturbed.Sequence));
                    break;
            }
        }

        Assert.True(straight.Hash == disturbed.Hash, $"Other bytes with seed {seed}.");
    }

    [Fact]
    public void An_entity_that_is_not_known_gets_the_shared_answer_and_a_question_changes_nothing()
    {
        using var personal = new Trial(Spec(TargetKind.Label) with { Entities = Entities });
        using var shared = new Trial(Spec(TargetKind.Label));
        for (var n = 0; n < 60; n++)
        {
            var (x, label) = Example(n, 1 + (ulong)Draw.Below(5, 1, n));
            Learn(personal, x, label, null, 1 + (ulong)Draw.Below(5, 1, n));
            Learn(shared, x, label, null, 0);
        }

        var hash = personal.Hash;
        var question = new PayloadBuilder();
        question.Dense(Example(7, 1).X);
        shared.Predict(question.Written.Span);
        foreach (var stranger in new ulong[] { 0, 99 })
        {
            personal.Predict(PayloadBuilder.Stamp(question.Written, stranger, null).Span);
            Assert.Equal(stranger == 0 ? null : false, personal.Prediction.KnowsEntity);
            Assert.Equal(shared.Prediction.Scores[..shared.Prediction.Count], personal.Prediction.Scores[..personal.Prediction.Count]);
        }

        // In memory or away: whoever learned is known.
        var answers = new HashSet<float>();
        for (var entity = 1ul; entity <= 5; entity++)
        {
            personal.Predict(PayloadBuilder.Stamp(question.Written, entity, null).Span);
            Assert.True(personal.Prediction.KnowsEntity);
            answers.Add(personal.Prediction.Scores[0]);
        }

        Assert.Equal(5, answers.Count);
        Assert.Equal(hash, personal.Hash);
    }

    [Fact]
    public void The_hash_of_the_state_covers_what_entities_left_behind()
    {
        // The same entities in memory with the same weights; only who is away has learned something else.
        using var first = new Trial(Spec(TargetKind.Label) with { Entities = Entities with { Capacity = 1 } });
        using var second = new Trial(Spec(TargetKind.Label) with { Entities = Entities with { Capacity = 1 } });
        foreach (var (trial, entity) in new[] { (first, 5ul), (second, 6ul) })
        {
            Learn(trial, [1f, 0f, 0f, 0f], "a", null, entity);
            Learn(trial, [1f, 0f, 0f, 0f], "a", null, 9);
        }

        Assert.Equal(first.Slot("entities.keys"), second.Slot("entities.keys"));
        Assert.Equal(first.Slot("adaptation.weights"), second.Slot("adaptation.weights"));
        Assert.NotEqual(first.Hash, second.Hash);
    }

    [Fact]
    public void A_row_that_was_changed_is_refused_and_nothing_is_learned()
    {
        using var trial = new Trial(Spec(TargetKind.Label) with { Entities = Entities with { Capacity = 1 } });
        Learn(trial, [1f, 0f, 0f, 0f], "a", null, 5);
        Learn(trial, [1f, 0f, 0f, 0f], "b", null, 9);
        var image = trial.Model.Capture();
        var row = Assert.Single(image.Entities);
        Assert.Equal((5ul, 2L), (row.Entity, row.Sequence));
        for (var i = 0; i < row.Bytes.Length; i += 7)
        {
            var broken = row.Bytes.ToArray();
            broken[i] ^= 4;
            using var opened = Model.Open(trial.Model.Spec, new ModelImage(image.Manifest, image.Bytes.ToArray()));
            Assert.True(opened.Lacks(new Moment(5, null, null)));
            Assert.False(opened.Lacks(new Moment(9, null, null)));
            Assert.False(opened.Lacks(default));
            opened.Archive!.Bring(5, broken);
            Assert.False(opened.Lacks(new Moment(5, null, null)));
            var builder = new PayloadBuilder();
            builder.Dense([1f, 0f, 0f, 0f]);
            builder.Label("a"u8);
            Assert.Throws<InvalidOperationException>(() => opened.Apply(new EventInput { Kind = EventKind.Learned, Sequence = 3, Payload = builder.Written.Span, Moment = new Moment(5, null, null) }, new Outcome()));
            Assert.Equal(image.StateHash(), opened.Capture().StateHash());
        }
    }

    [Fact]
    public void The_state_knows_which_rows_are_its_entities()
    {
        using var trial = new Trial(Spec(TargetKind.Label) with { Entities = Entities with { Capacity = 2 } });
        var old = new List<EntityRow>();
        foreach (var entity in new ulong[] { 5, 6, 7, 8, 5 })
        {
            Learn(trial, [1f, 0f, 0f, entity], "a", null, entity);
            old.AddRange(trial.Model.Capture().Entities);
        }

        // 8 and 5 are in memory: of what 5 had left nothing is wanted any more.
        var rows = old.GroupBy(row => row.Entity).Select(group => group.Last()).ToList();
        Assert.Equal(new ulong[] { 5, 6, 7 }, rows.Select(row => row.Entity).Order());
        Assert.Equal(new ulong[] { 6, 7 }, trial.Model.Away(rows).Select(row => row.Entity).Order());
        Assert.Throws<InvalidDataException>(() => trial.Model.Away(rows.Where(row => row.Entity != 6)));
        var broken = rows.Single(row => row.Entity == 7).Bytes.ToArray();
        broken[^1] ^= 1;
        Assert.Throws<InvalidDataException>(() => trial.Model.Away([.. rows.Where(row => row.Entity != 7), new EntityRow(7, 4, broken)]));
        Assert.Throws<InvalidDataException>(() => trial.Model.Away([.. rows, new EntityRow(9, 4, rows[0].Bytes)]));
    }

    [Fact]
    public void An_event_about_an_entity_that_was_not_brought_is_a_mistake_of_the_caller()
    {
        using var trial = new Trial(Spec(TargetKind.Label) with { Entities = Entities with { Capacity = 1 } });
        Learn(trial, [1f, 0f, 0f, 0f], "a", null, 5);
        Learn(trial, [1f, 0f, 0f, 0f], "b", null, 9);
        var image = trial.Store();
        using var opened = Model.Open(trial.Model.Spec, image);
        Assert.Throws<InvalidOperationException>(() => opened.Apply(new EventInput { Kind = EventKind.Observed, Sequence = 3, Payload = new byte[] { 1 }, Moment = new Moment(5, null, null) }, new Outcome()));
        opened.Apply(new EventInput { Kind = EventKind.TaskEnded, Sequence = 3, Payload = "{}"u8, Moment = new Moment(5, null, null) }, new Outcome());
    }

    [Fact]
    public void What_was_brought_before_a_run_of_events_is_enough_for_all_of_them()
    {
        using var trial = new Trial(Spec(TargetKind.Label) with { Entities = Entities with { Capacity = 2 } });
        var seed = Environment.TickCount & 0xFFFF;
        for (var run = 0; run < 60; run++)
        {
            if (Draw.Below(3, seed, run) == 0)
            {
                trial.Reopen();
            }

            // Also from when nobody was away: strangers come after the first has left.
            var entities = Enumerable.Range(0, 1 + Draw.Below(9, seed, run, 1)).Select(i => 1 + (ulong)Draw.Below(3 + run, seed, run, 2 + i)).ToArray();
            trial.BringAll(entities);
            foreach (var entity in entities)
            {
                Assert.False(trial.Model.Lacks(new Moment(entity, null, null)), $"Run {run} of seed {seed}.");
                Learn(trial, [1f, 0f, 0f, entity], entity % 2 == 0 ? "a" : "b", null, entity);
            }
        }
    }

    private static (float[] X, string Label) Example(int n, ulong entity)
    {
        var x = Draw.Normals(Numbers, 2, n);
        return (x, $"class {(x[0] + (entity % 2 == 0 ? x[1] : -x[1]) > 0f ? 0 : 1) + (x[2] > 1f ? 2 : 0)}");
    }

    private static void Learn(Trial trial, float[] x, string? label, double? target, ulong entity)
    {
        var builder = new PayloadBuilder();
        builder.Dense(x);
        if (label is not null)
        {
            builder.Label(Encoding.UTF8.GetBytes(label));
        }
        else
        {
            builder.Target([target!.Value]);
        }

        trial.Apply(EventKind.Learned, builder.Written.Span, moment: new Moment(entity, null, null));
        Assert.Equal(LearnStatus.Learned, trial.Outcome.Status);
    }

    private static double Dot(double[,] weights, int output, float[] x)
    {
        var sum = weights[output, 0];
        for (var i = 0; i < x.Length; i++)
        {
            sum += weights[output, 1 + i] * x[i];
        }

        return sum;
    }

    private static void Step(Dictionary<ulong, double[,]> oracle, ulong entity, float[] x, double[] errors)
    {
        var weights = oracle.TryGetValue(entity, out var own) ? own : oracle[entity] = new double[8, Numbers + 1];
        var norm = 1 + x.Sum(value => (double)value * value);
        for (var output = 0; output < errors.Length; output++)
        {
            for (var k = 0; k <= Numbers; k++)
            {
                weights[output, k] = ((1 - Entities.Decay) * weights[output, k]) + (Entities.Rate * errors[output] * (k == 0 ? 1 : x[k - 1]) / norm);
            }
        }
    }

    private static ModelSpec Spec(TargetKind kind) => new()
    {
        Input = new InputSpec { Kind = InputKind.Vector, Size = Numbers, Standardise = Standardisation.None },
        Target = kind == TargetKind.Label ? new TargetSpec { Kind = kind, MaxClasses = 16 } : new TargetSpec { Kind = kind, Size = 1 },
        Network = new NetworkSpec
        {
            Populations = [new PopulationSpec { Name = "input", Kind = PopulationKind.Input }, new PopulationSpec { Name = "output", Kind = PopulationKind.Identity }],
            Projections = [new ProjectionSpec { Name = "readout", From = "input", To = "output", Rule = new CreditRuleSpec(), Transforms = [new LearningRateSpec { Rate = 0.05f }] }],
            Head = kind == TargetKind.Label ? new SoftmaxHeadSpec() : new RegressionHeadSpec(),
        },
    };
}
