using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Populations;
using LifelongApi.Learning.Projections;
using LifelongApi.Learning.Tests.Support;

namespace LifelongApi.Learning.Tests.Projections;

public sealed class FernProjectionTests
{
    private const int Inputs = 12;
    private static readonly FernConnectionSpec Spec = new() { Ferns = 7, Depth = 3, Interval = 2 };

    [Fact]
    public void Every_formed_fern_drives_the_one_cell_that_its_answers_name()
    {
        using var rig = new Rig(Spec);
        for (var n = 0; n < 40; n++)
        {
            var x = Input(1, n);
            var drive = rig.Show(x);
            var (first, formed) = (0, Math.Min(7, n / 2));
            Assert.Equal(formed, rig.Formed);
            for (var fern = 0; fern < 7; fern++)
            {
                var depth = 1 + (fern % 3);
                var cells = drive.AsSpan(first, 1 << depth).ToArray();
                var expected = new float[1 << depth];
                if (fern < formed)
                {
                    var cell = rig.Questions(fern, depth).Select((question, q) => x[question.Unit] >= question.Threshold ? 1 << q : 0).Sum();
                    expected[cell] = 1f;
                }

                Assert.Equal(expected, cells);
                first += 1 << depth;
            }

            Assert.Equal(Spec.CellCount(), first);
            rig.Develop();
        }
    }

    [Fact]
    public void Questions_are_activities_that_were_seen_and_never_the_bias()
    {
        using var rig = new Rig(Spec);
        var seen = new HashSet<(int, float)>();
        for (var n = 0; n < 14; n++)
        {
            var x = Input(1, n);
            seen.UnionWith(Enumerable.Range(0, Inputs).Where(i => x[i] != 0f).Select(i => (i, x[i])));
            rig.Show(x);
            rig.Develop();
            for (var fern = 0; fern < rig.Formed; fern++)
            {
                Assert.All(rig.Questions(fern, 1 + (fern % 3)), question => Assert.Contains(question, seen));
            }
        }
    }

    [Fact]
    public void The_pool_holds_the_last_64_events_only()
    {
        using var rig = new Rig(Spec with { Interval = 70 });
        for (var n = 1; n <= 70 * 7; n++)
        {
            var x = new float[Inputs];
            x[3] = n;
            rig.Show(x);
            rig.Develop();
            if (n % 70 == 0)
            {
                var fern = (n / 70) - 1;
                Assert.All(rig.Questions(fern, 1 + (fern % 3)), question => Assert.InRange(question.Threshold, n - 63f, n));
            }
        }

        Assert.Equal(7, rig.Formed);
    }

    [Fact]
    public void Forming_stops_when_every_fern_has_its_questions()
    {
        using var rig = new Rig(Spec);
        for (var n = 0; n < 14; n++)
        {
            rig.Show(Input(1, n));
            var before = rig.Learned;
            rig.Develop();
            Assert.NotEqual(before, rig.Learned);
        }

        var formed = rig.Learned;
        for (var n = 14; n < 100; n++)
        {
            rig.Show(Input(1, n));
            rig.Develop();
        }

        Assert.Equal(formed, rig.Learned);
    }

    [Fact]
    public void Listed_cells_are_the_cells_that_are_driven()
    {
        using var dense = new Rig(Spec);
        using var listed = new Rig(Spec, isListed: true);
        for (var n = 0; n < 30; n++)
        {
            Assert.Equal(dense.Show(Input(3, n)), listed.Show(Input(3, n)));
            Assert.Equal(listed.Formed, listed.ActiveCount);
            dense.Develop();
            listed.Develop();
        }
    }

    [Fact]
    public void An_event_without_features_asks_nothing()
    {
        using var rig = new Rig(Spec);
        var before = rig.Learned;
        rig.Show(new float[Inputs]);
        rig.Develop();
        Assert.Equal(before, rig.Learned);
    }

    [Fact]
    public void The_same_events_form_the_same_ferns_and_other_events_other_ferns()
    {
        Assert.Equal(After(1), After(1));
        Assert.NotEqual(After(1), After(2));

        static byte[] After(int seed)
        {
            using var rig = new Rig(Spec);
            for (var n = 0; n < 20; n++)
            {
                rig.Show(Input(seed, n));
                rig.Develop();
            }

            return rig.Learned;
        }
    }

    /// <summary>Whole halves, so that activities often equal a threshold.</summary>
    private static float[] Input(int seed, int n) => [.. Draw.Sparse(Inputs, seed, n, 0.4f).Select(x => MathF.Round(2f * x) / 2f)];

    /// <summary>Ferns between an input with a bias and their cells.</summary>
    private sealed class Rig : IDisposable
    {
        private readonly Workbench _bench = new();
        private readonly InputPopulation _pre;
        private readonly Population _post;
        private readonly FernProjection _ferns;

        public Rig(FernConnectionSpec spec, bool isListed = false)
        {
            _pre = new InputPopulation(_bench.Layout, "input", Inputs, hasBias: true, Inputs, dense: true);
            _post = isListed ? new CellPopulation(_bench.Layout, "cells", spec.CellCount(), hasBias: false, spec.Ferns) : new IdentityPopulation(_bench.Layout, "cells", spec.CellCount(), hasBias: false);
            _ferns = new FernProjection(_bench.Layout, "ferns", _pre, _post, spec);
            _bench.Build();
        }

        public int Formed => _ferns.FormedCount(_bench.Predict());

        public int ActiveCount => _post.Active(_bench.Predict()).Length;

        public byte[] Learned => _bench.Learned();

        public (int Unit, float Threshold)[] Questions(int fern, int depth)
        {
            var step = _bench.Learn();
            var units = step.ViewIntegers(_bench.Layout.Build().Slots.Single(slot => slot.Name == "ferns.units").Slot).Slice(fern * _ferns.Stride, depth).ToArray();
            return [.. units.Zip(_ferns.Hidden(fern, step)[..depth].ToArray())];
        }

        public float[] Show(float[] x)
        {
            var step = _bench.Predict();
            _pre.Begin(step, out var rows, out var values);
            var count = 0;
            for (var i = 0; i < Inputs; i++)
            {
                (rows[count], values[count]) = (i, x[i]);
                count += x[i] != 0f ? 1 : 0;
            }

            _pre.End(step, count);
            _pre.Advance(step);
            step.Write(_post.Drive).Clear();
            _ferns.Transmit(step);
            _post.Advance(step);
            var activity = new float[_post.Units];
            foreach (var (row, value) in _post.Active(step).ToArray().Zip(_post.Values(step).ToArray()))
            {
                activity[row] = value;
            }

            return activity;
        }

        public void Develop() => _ferns.Develop(_bench.Learn());

        public void Dispose() => _bench.Dispose();
    }
}
