using System.Text;
using LifelongApi.Contracts.Journal;
using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Features;
using LifelongApi.Learning.Tests.Conformance;
using LifelongApi.Learning.Tests.Support;

namespace LifelongApi.Learning.Tests.Projections;

/// <summary>A model that is told what comes next beside one that is not: the same bits after every event, whatever comes then.</summary>
[Trait("Category", "Determinism")]
public sealed class ForesightTests
{
    public static TheoryData<string> Cases => ["pending", "batch", "batch-renewed", "pending-renewed", "pending-grown", "batch-grown"];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Being_told_what_comes_changes_no_bit_of_answers_and_state(string name)
    {
        var spec = ConformanceCases.ByName[name];
        using var alone = new Trial(spec);
        using var told = new Trial(spec);
        Assert.True(told.Model.LooksAhead);
        for (var n = 0; n < 200; n++)
        {
            told.Model.Foresee(Coming(spec, n));
            AssertSame(alone, told, TestStream.At(spec, 11, n));
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Other_events_than_those_that_were_told_compute_their_own(string name)
    {
        var spec = ConformanceCases.ByName[name];
        using var alone = new Trial(spec);
        using var told = new Trial(spec);
        for (var n = 0; n < 120; n++)
        {
            // Every third event is none that was told, and what was told begins one event too late; the last of each stretch is no event at all.
            told.Model.Foresee([.. Coming(spec, n + 1).Take(4), (byte[])[1, 2, 3], .. Coming(spec, n + 6)]);
            AssertSame(alone, told, n % 3 == 0 ? TestStream.At(spec, 12, n) : TestStream.At(spec, 11, n));
        }
    }

    [Fact]
    public void What_was_told_is_used()
    {
        var spec = ConformanceCases.ByName["batch"];
        using var trial = new Trial(spec);
        trial.Model.Foresee(Coming(spec, 0));
        Assert.Equal(0, Integers(trial, "a.foreseen")[0]);
        trial.Apply(TestStream.At(spec, 11, 0));
        trial.Apply(TestStream.At(spec, 11, 1));
        Assert.Equal([2, 6, 0], Integers(trial, "a.foreseen"));
    }

    [Fact]
    public void Mostly_silent_inputs_are_not_looked_ahead_for_until_the_weights_change()
    {
        using var trial = new Trial(ConformanceCases.ByName["batch"]);
        ReadOnlyMemory<byte>[] silent = [.. Enumerable.Range(0, 6).Select(_ => (ReadOnlyMemory<byte>)Silent(1f))];
        for (var n = 0; n < 5; n++)
        {
            trial.Model.Foresee(silent);
            Assert.Equal([0, 0, 1], Integers(trial, "a.foreseen"));
            trial.Apply(new TestEvent(EventKind.Learned, Silent(n), 1f));
        }

        trial.Apply(new TestEvent(EventKind.Learned, Silent(5f), 1f));
        Assert.Equal([0, 0, 0], Integers(trial, "a.foreseen"));
    }

    [Fact]
    public void Silent_units_and_sparse_lists_in_any_order_are_answered_as_alone()
    {
        var spec = ConformanceCases.ByName["pending"];
        using var alone = new Trial(spec);
        using var told = new Trial(spec);
        byte[][] payloads = [.. Enumerable.Range(0, 60).Select(n => Odd(n))];
        for (var n = 0; n < payloads.Length; n++)
        {
            told.Model.Foresee([.. payloads.Skip(n).Select(payload => (ReadOnlyMemory<byte>)payload)]);
            AssertSame(alone, told, new TestEvent(EventKind.Learned, payloads[n], 1f));
        }
    }

    [Fact]
    public void A_model_whose_events_learn_alone_or_whose_inputs_depend_on_the_events_before_does_not_look_ahead()
    {
        foreach (var name in new[] { "sgd", "batch-adam", "classifier-image" })
        {
            using var trial = new Trial(ConformanceCases.ByName[name]);
            Assert.False(trial.Model.LooksAhead);
            trial.Model.Foresee(Coming(trial.Model.Spec, 0));
        }
    }

    private static ReadOnlyMemory<byte>[] Coming(ModelSpec spec, int n) => [.. Enumerable.Range(n, 12).Select(next => (ReadOnlyMemory<byte>)TestStream.At(spec, 11, next).Payload)];

    /// <summary>Dense payloads with −0 and numbers whose products vanish, and sparse ones that list features backwards or twice.</summary>
    private static byte[] Odd(int n)
    {
        var builder = new PayloadBuilder();
        var x = Draw.Sparse(16, 31, n, 0.5f);
        switch (n % 3)
        {
            case 0:
                builder.Dense([.. x.Select((value, i) => value == 0f ? -0f : i % 2 == 0 ? value * 1e-44f : value)]);
                break;
            case 1:
                builder.Dense([.. x.Select(value => value * -1e-44f)]);
                break;
            default:
                builder.Sparse([9, 3, 3, 0], x.AsSpan(0, 4).ToArray());
                break;
        }

        builder.Label(Encoding.UTF8.GetBytes($"class {n % 4}"));
        return builder.Written.ToArray();
    }

    private static byte[] Silent(float first)
    {
        var builder = new PayloadBuilder();
        builder.Dense([first, 1f, 0f, 0f, 0f, 2f, 0f, 0f, 0f, 0f, 0f, 0f, 0f, 0f, 0f, -0f]);
        builder.Label("class 0"u8);
        return builder.Written.ToArray();
    }

    private static int[] Integers(Trial trial, string name)
    {
        var info = trial.Model.Learner.Layout.Slots.Single(slot => slot.Name == name);
        var working = (PredictWorkspace)typeof(Model).GetField("_working", System.Reflection.BindingFlags.Instance | System.Reflection.BindingFlags.NonPublic)!.GetValue(trial.Model)!;
        return [.. working.Scratch.Floats.Slice(info.Slot.Offset, info.Columns).ToArray().Select(BitConverter.SingleToInt32Bits)];
    }

    private static void AssertSame(Trial alone, Trial told, TestEvent e)
    {
        alone.Apply(e);
        told.Apply(e);
        Assert.Equal(alone.Outcome.Status, told.Outcome.Status);
        Assert.Equal(alone.Outcome.Plasticity, told.Outcome.Plasticity);
        Assert.Equal(Bits(alone), Bits(told));
        Assert.Equal(alone.Hash, told.Hash);
    }

    private static IEnumerable<int> Bits(Trial trial) => trial.Outcome.Prediction.Scores.Take(trial.Outcome.Prediction.Count).Select(BitConverter.SingleToInt32Bits);
}
