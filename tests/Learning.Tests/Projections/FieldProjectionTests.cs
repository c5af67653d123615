using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Tests.Support;

namespace LifelongApi.Learning.Tests.Projections;

public sealed class FieldProjectionTests
{
    private const int Inputs = 40;
    private static readonly FieldConnectionSpec Spec = new() { Fields = 32, Inputs = 9, LeastInputs = 3, Random = 7, FormingEvents = 32 };

    [Fact]
    public void A_field_holds_the_inputs_with_the_largest_affinity_to_the_drawn_one()
    {
        using var rig = Formed();
        for (var field = 0; field < Spec.Fields; field++)
        {
            var inputs = rig.InputsOf(field);
            Assert.Equal(rig.Projection.SizeOf(field), inputs.Length);
            var affinities = rig.Affinities(inputs[0], EventsOf(field));
            affinities[inputs[0]] = double.MaxValue;
            Assert.Equal(Enumerable.Range(0, Inputs).OrderByDescending(input => affinities[input]).Take(inputs.Length), inputs);
        }

        Assert.Equal((3, 9), (rig.Projection.SizeOf(0), rig.Projection.SizeOf(Spec.Fields - 1)));
        Assert.True(Enumerable.Range(0, Spec.Fields).Select(field => rig.InputsOf(field)[0]).Distinct().Count() > 12);
    }

    [Fact]
    public void Inputs_that_go_together_share_a_field_although_one_cause_moves_them_all()
    {
        using var rig = new FieldRig(Inputs, Spec with { Inputs = 4, LeastInputs = 4 });
        for (var n = 0; n < 32; n++)
        {
            rig.Learn(Grouped(n));
        }

        // Groups of four neighbours, and half of the variance of all inputs from one common cause; the second half of the fields has seen 32 events.
        var together = Enumerable.Range(16, 16).Average(field => rig.InputsOf(field).Count(input => input / 4 == rig.InputsOf(field)[0] / 4));
        Assert.True(together > 3.5, $"{together} of 4 inputs of a field are of one group.");
    }

    [Fact]
    public void Every_filter_is_the_unit_vector_of_what_the_field_held_in_one_of_the_first_events()
    {
        using var rig = Formed();
        var filters = rig.Filters;
        for (var column = 0; column < 4 * Spec.Fields; column++)
        {
            var (field, size) = (column / 4, rig.Projection.SizeOf(column / 4));
            var distance = Enumerable.Range(0, EventsOf(field)).Min(n =>
            {
                var held = rig.Held(field, Event(n), EventsOf(field));
                var length = Math.Sqrt(held.Sum(v => v * v));
                return Enumerable.Range(0, size).Max(i => Math.Abs((held[i] / length) - filters[i, column]));
            });
            Assert.True(distance < 1e-4, $"Filter {column} is {distance} away from every example.");
            Assert.All(Enumerable.Range(size, Spec.Inputs - size), row => Assert.Equal(0d, filters[row, column]));
        }
    }

    [Fact]
    public void Filters_answer_with_their_product_and_offset_and_random_units_with_theirs()
    {
        using var rig = Formed();
        var filters = rig.Filters;
        var offsets = rig.Matrix("filters.offsets", 1, 4 * Spec.Fields);
        var random = rig.Matrix("filters.randomWeights", Inputs + 1, Spec.Random);
        var x = Event(99);
        var drive = rig.Show(x);
        for (var column = 0; column < 4 * Spec.Fields; column++)
        {
            var held = rig.Held(column / 4, x, EventsOf(column / 4));
            Near.Equal(offsets[0, column] + held.Select((value, i) => value * filters[i, column]).Sum(), drive[column], 1e-4);
        }

        for (var unit = 0; unit < Spec.Random; unit++)
        {
            Near.Equal(random[Inputs, unit] + Enumerable.Range(0, Inputs).Sum(i => random[i, unit] * x[i]), drive[(4 * Spec.Fields) + unit], 1e-4);
        }

        Assert.InRange(Math.Sqrt(offsets.Cast<double>().Average(value => value * value)), 0.4, 0.6);
        Assert.InRange(Math.Sqrt(random.Cast<double>().Take(Inputs * Spec.Random).Average(value => value * value)), 0.8 * Math.Sqrt(2d / Inputs), 1.2 * Math.Sqrt(2d / Inputs));
    }

    [Fact]
    public void Fields_form_in_four_stages_and_then_stay()
    {
        using var rig = new FieldRig(Inputs, Spec);
        for (var n = 0; n < 40; n++)
        {
            var drive = rig.Show(Event(n));
            Assert.Equal(n < 4, drive[..(4 * Spec.Fields)].All(value => value == 0f));
            Assert.Contains(drive[(4 * Spec.Fields)..], value => value != 0f);
            var before = rig.Filters;
            rig.Learn(Event(n));
            Assert.Equal(n + 1 < 4 ? 0 : n + 1 < 8 ? 4 : n + 1 < 16 ? 8 : n + 1 < 32 ? 16 : 32, rig.Formed);
            if (n + 1 is not (4 or 8 or 16 or 32))
            {
                Near.Equal(before, rig.Filters, 0);
            }
        }

        // The first events are not kept beyond that.
        Assert.All(rig.Matrix("filters.firstEvents", 32, Inputs).Cast<double>(), value => Assert.Equal(0d, value));
    }

    [Fact]
    public void Scale_and_offset_of_an_input_do_not_matter()
    {
        using var plain = new FieldRig(Inputs, Spec);
        using var scaled = new FieldRig(Inputs, Spec);
        float[] Scaled(float[] x) => [.. x.Select((value, i) => (value * MathF.ScaleB(1f, (i % 21) - 10)) + (i % 3 == 0 ? MathF.ScaleB(1f, (i % 21) - 8) : 0f))];
        for (var n = 0; n < 32; n++)
        {
            plain.Learn(Event(n));
            scaled.Learn(Scaled(Event(n)));
        }

        Assert.All(Enumerable.Range(0, Spec.Fields), field => Assert.Equal(plain.InputsOf(field), scaled.InputsOf(field)));
        var (expected, actual) = (plain.Show(Event(99)), scaled.Show(Scaled(Event(99))));
        for (var column = 0; column < 4 * Spec.Fields; column++)
        {
            Near.Equal(expected[column], actual[column], 1e-4);
        }
    }

    [Fact]
    public void An_input_that_never_varies_is_in_no_field_while_others_do()
    {
        using var rig = new FieldRig(Inputs, Spec);
        for (var n = 0; n < 32; n++)
        {
            rig.Learn([.. Event(n).Select((value, i) => i % 2 == 0 ? 1e6f : value)]);
        }

        Assert.Equal(Spec.Fields, rig.Formed);
        Assert.All(Enumerable.Range(0, Spec.Fields), field => Assert.All(rig.InputsOf(field), input => Assert.Equal(1, input % 2)));
    }

    [Fact]
    public void Where_nothing_varies_the_next_events_are_gathered_instead()
    {
        using var rig = new FieldRig(Inputs, Spec);
        for (var n = 0; n < 32; n++)
        {
            rig.Learn([.. Enumerable.Repeat(3f, Inputs)]);
        }

        Assert.Equal(0, rig.Formed);
        for (var n = 0; n < 32; n++)
        {
            rig.Learn(Event(n));
        }

        Assert.Equal(Spec.Fields, rig.Formed);
    }

    [Fact]
    public void A_field_without_contrast_gives_nothing_and_not_a_number_stays_visible()
    {
        using var rig = Formed();
        var inputs = rig.InputsOf(20);
        var means = rig.Matrix("filters.means", Spec.Fields, Spec.Inputs);
        var x = Event(99);
        for (var i = 0; i < inputs.Length; i++)
        {
            x[inputs[i]] = (float)means[20, i];
        }

        Assert.Equal([0f, 0f, 0f, 0f], rig.Show(x)[80..84]);
        x[inputs[0]] = float.NaN;
        Assert.All(rig.Show(x)[80..84], value => Assert.True(float.IsNaN(value)));
    }

    private static float[] Event(int n) => Draw.Sparse(Inputs, 3, n, 0.3f);

    private static float[] Grouped(int n) => [.. Enumerable.Range(0, Inputs).Select(i => (1.5f * Draw.Normal(4, n)) + Draw.Normal(5, n, i / 4) + (0.3f * Draw.Normal(6, n, i)))];

    /// <summary>Events that had been seen when a field formed: fields form after 4, 8, 16 and 32.</summary>
    private static int EventsOf(int field) => field < 4 ? 4 : field < 8 ? 8 : field < 16 ? 16 : 32;

    private static FieldRig Formed()
    {
        var rig = new FieldRig(Inputs, Spec);
        for (var n = 0; n < Spec.FormingEvents; n++)
        {
            rig.Learn(Event(n));
        }

        return rig;
    }
}
