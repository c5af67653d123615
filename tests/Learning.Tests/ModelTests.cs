using System.Text;
using LifelongApi.Contracts.Journal;
using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Features;
using LifelongApi.Learning.State;
using LifelongApi.Learning.Tests.Conformance;
using LifelongApi.Learning.Tests.Support;

namespace LifelongApi.Learning.Tests;

public sealed class ModelTests
{
    [Fact]
    public void Growing_at_the_seventeenth_label_keeps_everything_learned_and_is_the_same_in_every_fold()
    {
        using var trial = new Trial(ConformanceCases.ByName["adam"]);
        for (var n = 0; n < 200; n++)
        {
            trial.Learn(Draw.Normals(16, 1, n), $"class {n % 16}");
        }

        var before = trial.LearnedSlots().ToDictionary(slot => slot.Info.Name);
        Assert.Equal(16, trial.Model.ClassCapacity);
        using var copy = trial.Copy();
        trial.Apply(EventKind.Grew, "{\"classes\": 17}"u8);
        Assert.Equal(32, trial.Model.ClassCapacity);
        foreach (var (info, values) in trial.LearnedSlots())
        {
            var old = before[info.Name];
            for (var row = 0; row < old.Info.Rows; row++)
            {
                Assert.Equal(old.Values[(row * old.Info.Stride)..((row * old.Info.Stride) + old.Info.Columns)], values[(row * info.Stride)..((row * info.Stride) + old.Info.Columns)]);
            }
        }

        // Growing by the event of its own, or by the label itself: the same state.
        var x = Draw.Normals(16, 1, 999);
        trial.Learn(x, "class 16");
        copy.Learn(x, "class 16");
        Assert.Equal(trial.Hash, copy.Hash);
        Assert.Equal(17, trial.Model.Labels.Count);
    }

    [Fact]
    public void Labels_beyond_the_most_are_refused_and_change_nothing()
    {
        var spec = ConformanceCases.ByName["sgd"] with { Target = new TargetSpec { Kind = TargetKind.Label, MaxClasses = 3 } };
        using var trial = new Trial(spec);
        for (var n = 0; n < 3; n++)
        {
            trial.Learn(Draw.Normals(16, 1, n), $"{n}");
        }

        var before = trial.Hash;
        Assert.Throws<InvalidDataException>(() => trial.Learn(Draw.Normals(16, 1, 9), "one too many"));
        Assert.Equal(before, trial.Hash);
        trial.Apply(EventKind.Grew, "{\"classes\": 2147483647}"u8);
        Assert.Equal(3, trial.Model.ClassCapacity);
        Assert.Equal(before, trial.Hash);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("{\"classes\": \"many\"}")]
    [InlineData("not json")]
    public void A_growth_event_without_a_number_is_corrupt(string payload)
    {
        using var trial = new Trial(ConformanceCases.ByName["sgd"]);
        Assert.Throws<InvalidDataException>(() => trial.Apply(EventKind.Grew, Encoding.UTF8.GetBytes(payload)));
    }

    [Theory]
    [InlineData("sgd")]
    [InlineData("elastic-sparse")]
    [InlineData("squares-named")]
    [InlineData("regression")]
    public void A_payload_of_the_wrong_form_is_refused_and_changes_nothing(string name)
    {
        var spec = ConformanceCases.ByName[name];
        using var trial = new Trial(spec);
        for (var n = 0; n < 20; n++)
        {
            trial.Apply(TestStream.At(spec, 3, n));
        }

        var before = trial.Hash;
        var labels = trial.Model.Labels.ToArray();
        foreach (var payload in WrongForms(spec))
        {
            Assert.Throws<InvalidDataException>(() => trial.Apply(EventKind.Learned, payload));
            Assert.Equal(before, trial.Hash);
            Assert.Equal(labels, trial.Model.Labels);
        }

        Assert.Throws<InvalidDataException>(() => trial.Apply((EventKind)99, []));
        Assert.Equal(before, trial.Hash);
    }

    [Fact]
    public void An_event_that_is_beyond_what_can_be_learned_is_skipped_with_a_reason_and_changes_nothing()
    {
        using var trial = new Trial(ConformanceCases.ByName["adam"]);
        trial.Learn(Draw.Normals(16, 1, 1), "a");
        trial.Learn(Draw.Normals(16, 1, 2), "b");
        var before = trial.Hash;
        foreach (var bad in new[] { 1e16f, float.NaN, float.PositiveInfinity })
        {
            var x = Draw.Normals(16, 1, 3);
            x[5] = bad;
            trial.Learn(x, "a");
            Assert.Equal(LearnStatus.Skipped, trial.Outcome.Status);
            Assert.NotNull(trial.Outcome.Reason);
            Assert.Equal(before, trial.Hash);
        }

        foreach (var weight in new[] { -1f, 2e6f, float.NaN, float.PositiveInfinity })
        {
            trial.Learn(Draw.Normals(16, 1, 3), "a", weight);
            Assert.Equal(LearnStatus.Skipped, trial.Outcome.Status);
            Assert.Equal(before, trial.Hash);
        }

        trial.Learn(Draw.Normals(16, 1, 3), "a");
        Assert.Equal(LearnStatus.Learned, trial.Outcome.Status);
        Assert.Null(trial.Outcome.Reason);
    }

    [Fact]
    public void An_event_of_weight_zero_moves_no_weight()
    {
        using var trial = new Trial(ConformanceCases.ByName["sgd"]);
        trial.Learn(Draw.Normals(16, 1, 1), "a");
        trial.Learn(Draw.Normals(16, 1, 2), "b");
        var before = trial.Slot("a.weights");
        trial.Learn(Draw.Normals(16, 1, 3), "a", weight: 0f);
        Assert.Equal(before, trial.Slot("a.weights"));
    }

    [Fact]
    public void Anchors_move_at_a_task_end_and_when_a_surprise_has_settled_but_not_too_soon()
    {
        using var trial = new Trial(ConformanceCases.ByName["elastic"]);
        for (var n = 0; n < 10; n++)
        {
            trial.Learn(Draw.Normals(16, 1, n), $"{n % 2}");
        }

        trial.Apply(EventKind.TaskEnded, []);
        Assert.False(trial.Outcome.Consolidated);
        for (var n = 10; n < 40; n++)
        {
            trial.Learn(Draw.Normals(16, 1, n), $"{n % 2}");
        }

        trial.Apply(EventKind.TaskEnded, []);
        Assert.True(trial.Outcome.Consolidated);
        Assert.Equal(trial.Slot("a.weights"), trial.Slot("a.2.anchor"));
        Assert.Contains(trial.Slot("a.2.importance"), importance => importance > 0f);
    }

    [Fact]
    public void A_surprise_that_has_settled_consolidates_without_anybody_naming_a_task()
    {
        using var trial = new Trial(ConformanceCases.ByName["elastic"]);
        var consolidations = 0;
        for (var n = 0; n < 1500; n++)
        {
            var x = Draw.Normals(16, 1, n);
            var flipped = n > 600;
            trial.Learn(x, (x[0] > 0) == flipped ? "a" : "b");
            if (n > 600 && trial.Outcome.Consolidated)
            {
                consolidations++;
            }
        }

        Assert.True(consolidations > 0, "The flip of all labels never counted as a settled surprise.");
    }

    [Fact]
    public void A_state_of_another_shape_is_refused()
    {
        using var trial = new Trial(ConformanceCases.ByName["sgd"]);
        trial.Learn(Draw.Normals(16, 1, 1), "a");
        var image = trial.Model.Capture();
        Assert.Throws<InvalidDataException>(() => Model.Open(ConformanceCases.ByName["adam"], image));
        Assert.Throws<InvalidDataException>(() => Model.Open(trial.Model.Spec, new ModelImage(image.Manifest, image.Bytes[..^1].ToArray())));
        Assert.Throws<InvalidDataException>(() => Model.Open(trial.Model.Spec, new ModelImage(image.Manifest[..^1], image.Bytes.ToArray())));
        for (var at = 0; at < image.Manifest.Length; at++)
        {
            foreach (var flip in new byte[] { 0x01, 0x80 })
            {
                var manifest = image.Manifest.ToArray();
                manifest[at] ^= flip;
                Assert.Throws<InvalidDataException>(() => Model.Open(trial.Model.Spec, new ModelImage(manifest, image.Bytes.ToArray())));
            }
        }
    }

    [Fact]
    public void The_state_hash_sees_a_single_bit()
    {
        using var trial = new Trial(ConformanceCases.ByName["sgd"]);
        trial.Learn(Draw.Normals(16, 1, 1), "a");
        var image = trial.Model.Capture();
        var bytes = image.Bytes.ToArray();
        bytes[1234] ^= 1;
        Assert.NotEqual(image.StateHash(), new ModelImage(image.Manifest, bytes).StateHash());
        Assert.Equal(image.StateHash(), new ModelImage(image.Manifest, image.Bytes.ToArray()).StateHash());
    }

    [Fact]
    public void A_part_that_writes_learned_state_or_reads_plastic_state_in_a_predict_throws()
    {
        using var bench = new Workbench();
        var read = bench.Layout.Vector(Region.Read, "read", 4);
        var plastic = bench.Layout.Vector(Region.Plastic, "plastic", 4);
        var scratch = bench.Layout.Vector(Region.Scratch, "scratch", 4);
        bench.Build();
        Assert.Throws<InvalidOperationException>(() => bench.Predict().Write(read).Fill(1f));
        Assert.Throws<InvalidOperationException>(() => bench.Predict().Write(plastic).Fill(1f));
        Assert.Throws<InvalidOperationException>(() => bench.Predict().View(plastic)[0]);
        Assert.Equal(0f, bench.Predict().View(read)[0]);
        bench.Predict().Write(scratch)[0] = 1f;
        bench.Learn().Write(read)[0] = 2f;
        Assert.Equal(2f, bench.Predict().View(read)[0]);
    }

    [Fact]
    public void Initial_weights_have_the_stated_spread_and_do_not_depend_on_capacity()
    {
        var spec = ConformanceCases.ByName["sgd"];
        var wide = spec with
        {
            Input = spec.Input with { Size = 400 },
            Network = spec.Network with { Populations = [.. spec.Network.Populations.Select(p => p.Size is null ? p : p with { Size = 100 })] },
        };
        using var trial = new Trial(wide);
        var (info, values) = trial.LearnedSlots().Single(slot => slot.Info.Name == "a.weights");
        var weights = Enumerable.Range(0, 400).SelectMany(row => values.Skip(row * info.Stride).Take(100)).Select(w => (double)w).ToArray();
        Near.Equal(0, weights.Average(), 0.002);
        Near.Equal(Math.Sqrt(2d / 400), Math.Sqrt(weights.Average(w => w * w)), 0.001);
        var bias = values.Skip(400 * info.Stride).Take(100).ToArray();
        Assert.InRange(Math.Sqrt(bias.Average(b => b * (double)b)), 0.08, 0.12);
        Assert.All(trial.Slot("c.weights"), w => Assert.Equal(0f, w));
    }

    [Fact]
    public void Local_weights_fill_one_square_field_per_unit_and_nothing_else()
    {
        using var trial = new Trial(ConformanceCases.ByName["competitive-image"]);
        var (info, values) = trial.LearnedSlots().Single(slot => slot.Info.Name == "filters.weights");
        for (var unit = 0; unit < info.Columns; unit++)
        {
            var cells = Enumerable.Range(0, 60).Where(row => values[(row * info.Stride) + unit] != 0f).ToArray();
            Assert.Equal(3 * 3 * 2, cells.Length);
            var (rows, columns) = (cells.Select(cell => cell / 12).ToArray(), cells.Select(cell => cell % 12 / 2).ToArray());
            Assert.Equal((2, 2), (rows.Max() - rows.Min(), columns.Max() - columns.Min()));
        }
    }

    [Fact]
    public void Sparse_weights_give_every_unit_its_own_sample_of_equal_synapses_and_none_from_the_bias()
    {
        using var trial = new Trial(ConformanceCases.ByName["fly"]);
        var (info, values) = trial.LearnedSlots().Single(slot => slot.Info.Name == "filters.weights");
        var samples = new HashSet<string>();
        for (var unit = 0; unit < info.Columns; unit++)
        {
            var rows = Enumerable.Range(0, info.Rows).Where(row => values[(row * info.Stride) + unit] != 0f).ToArray();
            Assert.Equal(3, rows.Length);
            Assert.DoesNotContain(info.Rows - 1, rows);
            Assert.All(rows, row => Assert.Equal(1f / MathF.Sqrt(3f), values[(row * info.Stride) + unit]));
            samples.Add(string.Join(',', rows));
        }

        Assert.True(samples.Count > info.Columns / 2);
    }

    [Fact]
    public void Sleep_moves_anchors_where_enough_was_learned_and_no_surprise_is_open()
    {
        using var trial = new Trial(ConformanceCases.ByName["elastic"]);
        for (var n = 0; n < 25; n++)
        {
            trial.Learn(Draw.Normals(16, 1, n), $"{n % 2}");
        }

        trial.Apply(EventKind.Slept, []);
        Assert.True(trial.Outcome.Consolidated);
        Assert.Equal(trial.Slot("a.weights"), trial.Slot("a.2.anchor"));
        trial.Apply(EventKind.Slept, []);
        Assert.False(trial.Outcome.Consolidated);
    }

    [Fact]
    public void A_part_beside_another_changes_no_slot_of_it()
    {
        // Two readouts of one population: the second projection learns by another rule, and its presence must not be felt
        // by the first in anything but the summed drive; with a modulator of its own that nobody reads, not even there.
        var plain = ConformanceCases.ByName["hebb"];
        var more = plain with
        {
            Network = plain.Network with
            {
                Modulators = [.. plain.Network.Modulators, new RewardPredictionErrorSpec { Name = "unread" }],
                Populations = [plain.Network.Populations[0], plain.Network.Populations[1], new PopulationSpec { Name = "aside", Kind = PopulationKind.Tanh, Size = 9 }, plain.Network.Populations[2]],
                Projections =
                [
                    .. plain.Network.Projections,
                    new ProjectionSpec { Name = "beside", From = "input", To = "aside", Initial = new GaussianWeightsSpec(), Rule = new OjaRuleSpec(), Transforms = [new ObserveFisherSpec(), new AdamSpec(), new ElasticAnchorSpec { Strength = 1f }] },
                ],
            },
        };
        using var alone = new Trial(plain);
        using var beside = new Trial(more);
        for (var n = 0; n < 130; n++)
        {
            alone.Apply(TestStream.At(plain, 3, n));
            beside.Apply(TestStream.At(more, 3, n));
        }

        var slots = beside.LearnedSlots().ToDictionary(slot => slot.Info.Name, slot => slot.Values);
        foreach (var (info, values) in alone.LearnedSlots().Where(slot => slot.Info.Name != "modulators.levels"))
        {
            Assert.Equal(values, slots[info.Name]);
        }
    }

    private static IEnumerable<byte[]> WrongForms(ModelSpec spec)
    {
        var label = spec.Target.Kind == TargetKind.Label;
        yield return [];
        yield return [9, 9, 9];
        foreach (var (kind, write) in new (InputKind Kind, Action<PayloadBuilder> Write)[]
        {
            (InputKind.Vector, builder => builder.Dense(new float[77])),
            (InputKind.Sparse, builder => builder.Sparse([1_000_000], [1f])),
            (InputKind.Named, builder =>
            {
                builder.BeginNamed();
                builder.Named(4_000, 1);
                builder.EndNamed();
            }),
        })
        {
            var builder = new PayloadBuilder();
            write(builder);
            if (label)
            {
                builder.Label("never seen before"u8);
            }
            else
            {
                builder.Target(new double[spec.Target.Size ?? 1]);
            }

            Assert.True(Enum.IsDefined(kind));
            yield return builder.Written.ToArray();
        }

        // Right features, wrong target: none, the other kind, an empty or endless label.
        var good = TestStream.Query(spec.Input, 1, 1);
        yield return good;
        yield return [.. good, .. label ? [(byte)TargetTag.Values, 1, 0, 0, 0, 0, 0, 0, 0, 0] : new byte[] { (byte)TargetTag.Label, 1, 65 }];
        yield return [.. good, (byte)TargetTag.Label, 0];
        yield return [.. good, (byte)TargetTag.Label, 0xD0, 0x0F, .. new byte[2000]];
    }
}
