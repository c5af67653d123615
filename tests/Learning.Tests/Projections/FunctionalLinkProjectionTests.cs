using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Populations;
using LifelongApi.Learning.Projections;
using LifelongApi.Learning.Tests.Support;

namespace LifelongApi.Learning.Tests.Projections;

public sealed class FunctionalLinkProjectionTests
{
    private const int Inputs = 12;
    private const int Units = 20;
    private static readonly FunctionalLinkConnectionSpec Spec = new() { Inputs = 3, FormingEvents = 10 };

    [Fact]
    public void Presynaptic_units_are_linked_as_they_are_and_combinations_are_silent_until_they_have_formed()
    {
        using var rig = new Rig(Spec);
        for (var n = 0; n < 30; n++)
        {
            var x = Draw.Sparse(Inputs, 1, n, 0.7f);
            var drive = rig.Show(x);
            Assert.Equal(x, drive[..Inputs]);
            Assert.Equal(n >= 10, drive[Inputs..].Any(value => value > 0f));
            rig.Develop();
        }
    }

    [Fact]
    public void Gains_and_thresholds_come_from_the_second_half_of_the_first_events()
    {
        using var rig = new Rig(Spec);
        var drawn = rig.Combinations();
        for (var n = 0; n < 10; n++)
        {
            rig.Show(Draw.Sparse(Inputs, 1, n, 0.7f));
            rig.Develop();
        }

        var seen = Enumerable.Range(5, 5).Select(n => Draw.Sparse(Inputs, 1, n, 0.7f)).ToArray();
        var sums = drawn.Select(one => seen.Select(x => one.Terms.Sum(term => (double)term.Weight * x[term.Unit])).ToArray()).ToArray();
        var spreads = sums.Select(one => Math.Sqrt(one.Average(s => (s - one.Average()) * (s - one.Average())))).ToArray();
        var formed = rig.Combinations();
        var thresholds = new double[Units];
        for (var unit = 0; unit < Units; unit++)
        {
            var gain = 1 / Math.Max(spreads[unit], 0.3 * spreads.Average());
            Assert.Equal(drawn[unit].Terms.Select(term => term.Unit), formed[unit].Terms.Select(term => term.Unit));
            for (var term = 0; term < 3; term++)
            {
                Near.Equal(gain * drawn[unit].Terms[term].Weight, formed[unit].Terms[term].Weight, 1e-4);
            }

            thresholds[unit] = formed[unit].Offset + (gain * sums[unit].Average());
        }

        // Random thresholds of spread ½ are what is left of the offsets.
        Assert.InRange(Math.Sqrt(thresholds.Average(value => value * value)), 0.2, 0.8);
    }

    [Fact]
    public void A_combination_answers_half_of_the_positive_part_of_its_sum()
    {
        using var rig = new Rig(Spec);
        for (var n = 0; n < 10; n++)
        {
            rig.Show(Draw.Sparse(Inputs, 1, n, 0.7f));
            rig.Develop();
        }

        var x = Draw.Sparse(Inputs, 1, 99, 0.7f);
        var drive = rig.Show(x);
        var formed = rig.Combinations();
        for (var unit = 0; unit < Units; unit++)
        {
            Near.Equal(0.5 * Math.Max(0, formed[unit].Offset + formed[unit].Terms.Sum(term => (double)term.Weight * x[term.Unit])), drive[Inputs + unit], 1e-5);
        }
    }

    [Fact]
    public void Every_combination_asks_different_units_and_another_seed_draws_others()
    {
        using var rig = new Rig(Spec with { Inputs = Inputs });
        Assert.All(rig.Combinations(), one => Assert.Equal(Enumerable.Range(0, Inputs), one.Terms.Select(term => term.Unit).Order()));
        using var one = new Rig(Spec);
        using var same = new Rig(Spec);
        using var other = new Rig(Spec, seed: 2);
        Assert.Equal(one.Learned, same.Learned);
        Assert.NotEqual(one.Learned, other.Learned);
    }

    [Fact]
    public void Nothing_moves_after_forming_and_inputs_that_never_vary_leave_finite_weights()
    {
        using var rig = new Rig(Spec);
        for (var n = 0; n < 10; n++)
        {
            rig.Show(new float[Inputs]);
            rig.Develop();
        }

        var formed = rig.Learned;
        Assert.All(rig.Combinations(), one => Assert.True(float.IsFinite(one.Offset) && one.Terms.All(term => float.IsFinite(term.Weight) && term.Weight != 0f)));
        for (var n = 0; n < 20; n++)
        {
            rig.Show(Draw.Sparse(Inputs, 1, n, 0.7f));
            rig.Develop();
        }

        Assert.Equal(formed, rig.Learned);
    }

    [Fact]
    public void Not_a_number_stays_visible()
    {
        using var rig = new Rig(Spec with { Inputs = Inputs });
        for (var n = 0; n < 10; n++)
        {
            rig.Show(Draw.Sparse(Inputs, 1, n, 0.7f));
            rig.Develop();
        }

        var x = new float[Inputs];
        x[4] = float.NaN;
        Assert.All(rig.Show(x)[Inputs..], value => Assert.True(float.IsNaN(value)));
    }

    /// <summary>A functional link between an input and its combinations, driven by hand.</summary>
    private sealed class Rig : IDisposable
    {
        private readonly Workbench _bench;
        private readonly InputPopulation _pre;
        private readonly IdentityPopulation _post;
        private readonly FunctionalLinkProjection _link;
        private readonly int _inputs;

        public Rig(FunctionalLinkConnectionSpec spec, ulong seed = 1)
        {
            _bench = new Workbench(seed);
            _inputs = spec.Inputs;
            _pre = new InputPopulation(_bench.Layout, "input", Inputs, hasBias: false, Inputs, dense: true);
            _post = new IdentityPopulation(_bench.Layout, "features", Inputs + Units, hasBias: true);
            _link = new FunctionalLinkProjection(_bench.Layout, "link", _pre, _post, spec);
            _bench.Build();
            _link.Initialise(_bench.Learn());
        }

        public byte[] Learned => _bench.Learned();

        public (float Offset, (int Unit, float Weight)[] Terms)[] Combinations()
        {
            var step = _bench.Learn();
            var units = step.ViewIntegers(_bench.Layout.Build().Slots.Single(slot => slot.Name == "link.units").Slot);
            var combinations = new (float, (int, float)[])[Units];
            for (var unit = 0; unit < Units; unit++)
            {
                var terms = new (int, float)[_inputs];
                for (var input = 0; input < _inputs; input++)
                {
                    terms[input] = (units[(input * _link.Stride) + unit], _link.Hidden(input, step)[unit]);
                }

                combinations[unit] = (_link.Hidden(_inputs, step)[unit], terms);
            }

            return combinations;
        }

        public float[] Show(float[] x)
        {
            var step = _bench.Predict();
            _pre.Begin(step, out var rows, out var values);
            for (var i = 0; i < Inputs; i++)
            {
                (rows[i], values[i]) = (i, x[i]);
            }

            _pre.End(step, Inputs);
            _pre.Advance(step);
            step.Write(_post.Drive).Clear();
            _link.Transmit(step);
            return step.View(_post.Drive)[.._post.Units].ToArray();
        }

        public void Develop() => _link.Develop(_bench.Learn());

        public void Dispose() => _bench.Dispose();
    }
}
