using LifelongApi.Contracts.Journal;
using LifelongApi.Contracts.Learning;
using LifelongApi.Learning.Compilation;
using LifelongApi.Learning.State;
using LifelongApi.Learning.Tests.Support;
using LifelongApi.Testing;

namespace LifelongApi.Learning.Tests.Conformance;

/// <summary>What every part and every preset promises.</summary>
public sealed class ConformanceTests
{
    public static TheoryData<string> Cases => [.. ConformanceCases.ByName.Keys];

    public static TheoryData<string> SmallCases => [.. ConformanceCases.Small];

    public static IEnumerable<TheoryDataRow<string, int>> Sizes =>
        from rule in new[] { "credit", "hebb", "oja", "competitive", "squares", "supervisedHebb", "discriminant", "prototypes", "pending", "batch" }
        from size in new[] { 1, 15, 16, 17, 33 }
        select new TheoryDataRow<string, int>(rule, size);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Capture_open_and_continue_is_the_same_as_going_on(string name)
    {
        var spec = ConformanceCases.ByName[name];
        var (first, second) = Halves(name);
        using var straight = new Trial(spec);
        Fold(straight, 0, first);
        using var opened = straight.Copy();
        Assert.Equal(straight.Hash, opened.Hash);
        Fold(straight, first, second);
        Fold(opened, first, second);
        Assert.Equal(straight.Hash, opened.Hash);
        Assert.Equal(straight.Model.Labels, opened.Model.Labels);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_same_events_give_one_hash_whatever_happens_between_them(string name)
    {
        var spec = ConformanceCases.ByName[name];
        var count = Halves(name).Second;
        using var straight = new Trial(spec);
        Fold(straight, 0, count);

        // A seed of its own per run, printed on failure, so that every run looks elsewhere.
        var seed = Environment.TickCount & 0xFFFF;
        using var disturbed = new Trial(spec);
        for (var n = 0; n < count; n++)
        {
            switch (Draw.Below(12, seed, n))
            {
                case 0: disturbed.Reopen(); break;
                case 1: _ = disturbed.Model.Capture(); break;
                case 5 or 6: disturbed.Model.Foresee([.. Enumerable.Range(n, 7).Select(next => (ReadOnlyMemory<byte>)TestStream.At(spec, 11, next).Payload)]); break;
                case 2 or 3 or 4: disturbed.Predict(TestStream.Query(spec.Input, seed, n)); break;
                default: break;
            }

            disturbed.Apply(TestStream.At(spec, 11, n));
        }

        Assert.True(straight.Hash == disturbed.Hash, $"Other bytes with interleaving seed {seed}.");
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_copy_and_its_original_go_their_own_ways(string name)
    {
        var spec = ConformanceCases.ByName[name];
        using var original = new Trial(spec);
        Fold(original, 0, 12);
        using var copy = original.Copy();
        var before = original.Hash;
        Fold(copy, 12, 30);
        Assert.Equal(before, original.Hash);
        Assert.NotEqual(before, copy.Hash);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Models_that_share_a_program_fold_as_if_each_had_its_own(string name)
    {
        var spec = ConformanceCases.ByName[name];
        var programs = new ProgramCache();
        int[] seeds = [11, 12];
        Trial[] alone = [new Trial(spec), new Trial(spec)];
        Trial[] together = [new Trial(spec, programs), new Trial(spec, programs)];
        try
        {
            Assert.Same(together[0].Model.Learner, together[1].Model.Learner);
            for (var n = 0; n < Halves(name).Second; n++)
            {
                // Which of them was the last to use the working memory changes, and so does what it did: both are at the same sequence.
                foreach (var at in n % 3 == 0 ? new[] { 1, 0 } : [0, 1])
                {
                    var rented = together[at].Model.RentWorkspace();
                    together[at].Model.Predict(TestStream.Query(spec.Input, seeds[at], n), TestStream.Names, rented, together[at].Prediction);
                    together[at].Model.ReturnWorkspace(rented);
                    if (n % 4 == 1)
                    {
                        together[at].Model.Foresee([.. Enumerable.Range(n, 3).Select(next => (ReadOnlyMemory<byte>)TestStream.At(spec, seeds[at], next).Payload)]);
                    }

                    var e = TestStream.At(spec, seeds[at], n);
                    alone[at].Apply(e);
                    together[at].Apply(e);
                    Assert.Equal(alone[at].Outcome.Status, together[at].Outcome.Status);
                    Assert.Equal(alone[at].Outcome.Loss, together[at].Outcome.Loss);
                    Assert.Equal(alone[at].Outcome.Prediction.Scores[..alone[at].Outcome.Prediction.Count], together[at].Outcome.Prediction.Scores[..together[at].Outcome.Prediction.Count]);
                }
            }

            Assert.Equal(alone[0].Hash, together[0].Hash);
            Assert.Equal(alone[1].Hash, together[1].Hash);
        }
        finally
        {
            Array.ForEach([.. alone, .. together], trial => trial.Dispose());
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Predicting_changes_no_byte_and_gives_the_same_answer_again(string name)
    {
        var spec = ConformanceCases.ByName[name];
        using var trial = new Trial(spec);
        Fold(trial, 0, 30);
        var before = trial.Hash;
        var query = TestStream.Query(spec.Input, 3, 3);
        trial.Predict(query);
        var answer = trial.Prediction.Scores.ToArray();
        for (var n = 0; n < 5; n++)
        {
            trial.Predict(TestStream.Query(spec.Input, 4, n));
        }

        trial.Predict(query);
        Assert.Equal(answer, trial.Prediction.Scores);
        Assert.Equal(before, trial.Hash);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_predict_answers_what_the_next_learn_would_have_answered(string name)
    {
        var spec = ConformanceCases.ByName[name];
        using var trial = new Trial(spec);
        Fold(trial, 0, 45);
        for (var n = 45; n < 52; n++)
        {
            var e = TestStream.At(spec, 11, n);
            trial.Predict(e.Question.Span);
            var asked = trial.Prediction.Scores[..trial.Prediction.Count].ToArray();
            trial.Apply(e);
            if (trial.Outcome.Lateness is not null && trial.Outcome.Status == LearnStatus.Skipped)
            {
                // Refused before it was answered: a predict has no order to be out of.
                continue;
            }

            Assert.Equal(asked.Length, trial.Outcome.Prediction.Count);
            for (var i = 0; i < asked.Length; i++)
            {
                Near.Equal(asked[i], trial.Outcome.Prediction.Scores[i], 1e-4);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Nothing_is_allocated_per_event_or_question_after_warming_up(string name)
    {
        var spec = ConformanceCases.ByName[name];
        using var trial = new Trial(spec);
        Fold(trial, 0, 40);
        var events = Enumerable.Range(0, 40).Select(n => TestStream.At(spec, 11, n)).ToArray();
        var queries = Enumerable.Range(0, 40).Select(n => TestStream.Query(spec.Input, 11, n)).ToArray();
        trial.Predict(queries[0]);
        trial.Apply(events[0]);
        Allocation.IsNone(() =>
        {
            for (var n = 0; n < events.Length; n++)
            {
                trial.Apply(events[n]);
                trial.Predict(queries[n]);
            }
        });
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Padding_stays_zero_in_every_slot(string name)
    {
        using var trial = new Trial(ConformanceCases.ByName[name]);
        Fold(trial, 0, 65);
        AssertPaddingIsZero(trial.LearnedSlots());
        AssertPaddingIsZero(WorkingSlots(trial));
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Every_rule_holds_at_sizes_around_a_line(string rule, int size)
    {
        var spec = ConformanceCases.OfSize(rule, size);
        using var straight = new Trial(spec);
        using var disturbed = new Trial(spec);
        for (var n = 0; n < 80; n++)
        {
            straight.Apply(TestStream.At(spec, 11, n));
            disturbed.Predict(TestStream.Query(spec.Input, 5, n));
            disturbed.Apply(TestStream.At(spec, 11, n));
            if (n == 40)
            {
                disturbed.Reopen();
            }
        }

        Assert.Equal(straight.Hash, disturbed.Hash);
        AssertPaddingIsZero(straight.LearnedSlots());
        AssertPaddingIsZero(WorkingSlots(straight));
        Assert.All(straight.LearnedSlots().Where(IsNumbers), slot => Assert.All(slot.Values, x => Assert.True(float.IsFinite(x))));
    }

    [Theory]
    [MemberData(nameof(SmallCases))]
    public void Every_number_stays_finite_after_ten_thousand_hostile_steps(string name)
    {
        var spec = ConformanceCases.ByName[name];
        using var trial = new Trial(spec);
        var count = trial.Model.StateByteCount > 1_000_000 ? 1_500 : 10_000;
        for (var n = 0; n < count; n++)
        {
            trial.Apply(HostileStream.At(spec, n));
        }

        foreach (var (info, values) in trial.LearnedSlots().Where(IsNumbers))
        {
            Assert.True(values.All(float.IsFinite), $"Slot {info.Name} is not finite.");
        }

        Assert.All(trial.Outcome.Modulators, level => Assert.InRange(level, -1f, 1f));
        AssertPaddingIsZero(trial.LearnedSlots());
        trial.Predict(TestStream.Query(spec.Input, 1, 1));
        Assert.All(trial.Prediction.Scores[..trial.Prediction.Count], score => Assert.True(float.IsFinite(score)));
    }

    /// <summary>Slots of counts, hashes and step numbers hold integers, which seen as floats may look like anything.</summary>
    internal static bool IsNumbers((SlotInfo Info, float[] Values) slot) =>
        !slot.Info.Name.StartsWith("teacher.", StringComparison.Ordinal) ? IsNumber(slot.Info.Name) : IsNumber(slot.Info.Name["teacher.".Length..]);

    private static bool IsNumber(string name) =>
        !(name is "head.noveltyCounts" or "clock.steps" or "input.hashes" or "head.targetCount") && !name.EndsWith(".count", StringComparison.Ordinal) && !name.EndsWith(".fisherCount", StringComparison.Ordinal)
        && !name.StartsWith("entities.", StringComparison.Ordinal) && !name.StartsWith("order.", StringComparison.Ordinal) && !name.EndsWith(".cursor", StringComparison.Ordinal) && !name.EndsWith(".times", StringComparison.Ordinal)
        && !name.EndsWith(".sequences", StringComparison.Ordinal) && !name.EndsWith(".seen", StringComparison.Ordinal)
        && !name.EndsWith(".counts", StringComparison.Ordinal) && !name.EndsWith(".upToDate", StringComparison.Ordinal);

    private static (int First, int Second) Halves(string name) => name.EndsWith("large", StringComparison.Ordinal) ? (30, 64) : (70, 150);

    private static void Fold(Trial trial, int from, int to)
    {
        for (var n = from; n < to; n++)
        {
            trial.Apply(TestStream.At(trial.Model.Spec, 11, n));
        }
    }

    private static void AssertPaddingIsZero(IEnumerable<(SlotInfo Info, float[] Values)> slots)
    {
        foreach (var (info, values) in slots)
        {
            for (var row = 0; row < info.Rows; row++)
            {
                var padding = values.AsSpan((row * info.Stride) + info.Columns, info.Stride - info.Columns);
                Assert.True(!padding.ContainsAnyExcept(0f), $"Padding of slot {info.Name} is not zero.");
            }
        }
    }

    /// <summary>The Activity and Scratch slots of a model. They are private, so that nothing but a test looks at them.</summary>
    private static IEnumerable<(SlotInfo Info, float[] Values)> WorkingSlots(Trial trial)
    {
        foreach (var info in trial.Model.Learner.Layout.Slots.Where(slot => slot.Slot.Region > Region.Plastic))
        {
            var working = (PredictWorkspace)typeof(Model).GetField("_working", System.Reflection.BindingFlags.Instance | System.Reflection.BindingFlags.NonPublic)!.GetValue(trial.Model)!;
            var arena = info.Slot.Region == Region.Activity ? working.Activity : working.Scratch;
            yield return (info, arena.Floats.Slice(info.Slot.Offset, info.Slot.Length).ToArray());
        }
    }
}
