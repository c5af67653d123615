using LifelongApi.Contracts.Journal;
using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Tests.Support;

namespace LifelongApi.Learning.Tests.Maintenance;

public sealed class ReplayMemoryTests
{
    private const string Owner = "maintenance.0.";

    [Fact]
    public void Learning_an_example_again_is_the_step_that_learning_it_was()
    {
        using var replaying = new Trial(TaughtSpecs.Replaying(6, new ReplaySpec { Capacity = 1, PerEvent = 2 }));
        using var twice = new Trial(TaughtSpecs.Replaying(6));
        var x = Draw.Sparse(6, 1, 1, 0.3f);
        replaying.Learn(x, "a");
        for (var n = 0; n < 3; n++)
        {
            twice.Learn(x, "a");
        }

        Assert.Equal(twice.Slot("readout.weights"), replaying.Slot("readout.weights"));
        Assert.Equal(twice.Slot("clock.steps"), replaying.Slot("clock.steps"));
    }

    [Fact]
    public void A_slice_of_sleep_learns_what_is_kept_again_with_the_weight_of_the_spec()
    {
        using var sleeping = new Trial(TaughtSpecs.Replaying(6, new ReplaySpec { Capacity = 1, PerEvent = 0, PerSleepSlice = 3, Weight = 0.5f }));
        using var awake = new Trial(TaughtSpecs.Replaying(6));
        var x = Draw.Normals(6, 1, 1);
        sleeping.Learn(x, "a");
        awake.Learn(x, "a");
        Assert.Equal(awake.Slot("readout.weights"), sleeping.Slot("readout.weights"));

        sleeping.Apply(EventKind.Slept, []);
        for (var n = 0; n < 3; n++)
        {
            awake.Learn(x, "a", 0.5f);
        }

        Assert.Equal(awake.Slot("readout.weights"), sleeping.Slot("readout.weights"));
    }

    [Fact]
    public void Modulators_do_not_see_what_is_learned_again()
    {
        using var replaying = new Trial(TaughtSpecs.Replaying(6, new ReplaySpec { Capacity = 4, PerEvent = 3 }));
        replaying.Learn(Draw.Normals(6, 1, 1), "a");
        var count = replaying.Slot("ach.count");
        replaying.Apply(EventKind.Slept, []);
        Assert.Equal(count, replaying.Slot("ach.count"));
        Assert.False(replaying.Outcome.Consolidated);
    }

    [Fact]
    public void A_reservoir_keeps_every_event_with_the_same_probability()
    {
        const int events = 40, capacity = 10, runs = 400;
        var kept = new int[events];
        for (var run = 0; run < runs; run++)
        {
            using var trial = new Trial(TaughtSpecs.Replaying(1, new ReplaySpec { Capacity = capacity, Policy = ReplayPolicy.Reservoir, PerEvent = 0 }) with { Seed = (ulong)run });
            for (var n = 0; n < events; n++)
            {
                trial.Learn([1f], "a");
            }

            foreach (var sequence in Sequences(trial))
            {
                kept[sequence - 1]++;
            }
        }

        // 100 expected each; the deviation of such a count is 8.7.
        Assert.Equal(capacity * runs, kept.Sum());
        Assert.All(kept, count => Assert.InRange(count, 60, 140));
        Assert.InRange(kept[..10].Average(), 90, 110);
        Assert.InRange(kept[30..].Average(), 90, 110);
    }

    [Fact]
    public void A_balanced_memory_holds_as_many_of_each_class_as_there_are()
    {
        using var trial = new Trial(TaughtSpecs.Replaying(3, new ReplaySpec { Capacity = 30, PerEvent = 0 }));
        for (var n = 0; n < 600; n++)
        {
            // 500 of one class, then two more of which one is rare.
            trial.Learn(Draw.Normals(3, 1, n), n < 500 ? "often" : n % 20 == 0 ? "rare" : "some");
        }

        var labels = Integers(trial, "labels")[..30];
        Assert.Equal(5, labels.Count(label => label == 1));
        Assert.All([0, 2], label => Assert.InRange(labels.Count(other => other == label), 12, 13));
        Assert.Equal(labels.CountBy(label => label).OrderBy(pair => pair.Key).Select(pair => pair.Value), Integers(trial, "held")[..3]);
    }

    [Fact]
    public void What_is_kept_is_the_input_as_it_was_prepared_with_label_and_sequence()
    {
        using var trial = new Trial(TaughtSpecs.Replaying(5, new ReplaySpec { Capacity = 8, PerEvent = 1 }));
        var inputs = Enumerable.Range(0, 8).Select(n => Draw.Sparse(5, 2, n, 0.4f)).ToArray();
        for (var n = 0; n < 8; n++)
        {
            trial.Apply(EventKind.Observed, TestStream.Query(trial.Model.Spec.Input, 3, n));
            trial.Learn(inputs[n], $"class {n % 3}");
        }

        Assert.Equal(Enumerable.Range(0, 8).Select(n => (long)((2 * n) + 2)), Sequences(trial));
        Assert.Equal(Enumerable.Range(0, 8).Select(n => n % 3), Integers(trial, "labels")[..8]);
        var stored = trial.Slot(Owner + "inputs");
        for (var n = 0; n < 8; n++)
        {
            Assert.Equal(inputs[n], stored.AsSpan(n * 16, 5).ToArray());
        }
    }

    [Fact]
    public void Growth_keeps_what_is_remembered()
    {
        using var trial = new Trial(TaughtSpecs.Replaying(4, new ReplaySpec { Capacity = 50, PerEvent = 2 }));
        for (var n = 0; n < 40; n++)
        {
            trial.Learn(Draw.Normals(4, 1, n), $"class {n}");
        }

        Assert.Equal(Enumerable.Range(0, 40), Integers(trial, "labels")[..40]);
        Assert.All(Integers(trial, "held")[..40], held => Assert.Equal(1, held));
    }

    [Fact]
    public void Replay_keeps_an_old_class_that_plain_learning_forgets()
    {
        Assert.True(OldClassAfterNewOnes(0) < 0.2);
        Assert.True(OldClassAfterNewOnes(2) > 0.9);
    }

    [Fact]
    public void A_second_memory_and_numbers_as_targets_are_refused()
    {
        var spec = TaughtSpecs.Replaying(4, new ReplaySpec(), new ReplaySpec { Capacity = 0 });
        var mistakes = Assert.Throws<SpecException>(() => Model.Create(spec)).Errors;
        Assert.Contains(mistakes, mistake => mistake.Field == "network.maintenance[1].capacity");
        Assert.Contains(mistakes, mistake => mistake.Message.StartsWith("one replay memory", StringComparison.Ordinal));
        var values = spec with
        {
            Target = new TargetSpec { Kind = TargetKind.Value },
            Network = spec.Network with { Head = new RegressionHeadSpec(), Maintenance = [new ReplaySpec()] },
        };
        Assert.Contains(Assert.Throws<SpecException>(() => Model.Create(values)).Errors, mistake => mistake.Field == "network.maintenance[0]");
    }

    /// <summary>Share of the first class's examples that are still recognised after two other classes were learned alone.</summary>
    private static double OldClassAfterNewOnes(int perEvent)
    {
        using var trial = new Trial(TaughtSpecs.Replaying(8, new ReplaySpec { Capacity = 30, PerEvent = perEvent }));
        for (var n = 0; n < 600; n++)
        {
            trial.Learn(Blob(n / 200, n), $"class {n / 200}");
        }

        return Enumerable.Range(1000, 50).Count(n =>
        {
            trial.Predict(Blob(0, n));
            return trial.Prediction.Label == 0;
        }) / 50d;
    }

    private static float[] Blob(int label, int n)
    {
        var x = Draw.Normals(8, 4, n);
        for (var i = 0; i < x.Length; i++)
        {
            x[i] = (0.3f * x[i]) + 0.5f + (i % 3 == label ? 1f : 0f);
        }

        return x;
    }

    private static int[] Integers(Trial trial, string slot) => [.. trial.Slot(Owner + slot).Select(BitConverter.SingleToInt32Bits)];

    private static long[] Sequences(Trial trial) => trial.Model.RememberedSequences().ToArray();
}
