using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Populations;
using LifelongApi.Learning.Projections;
using LifelongApi.Learning.Tests.Support;

namespace LifelongApi.Learning.Tests.Projections;

public sealed class HashedProjectionTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(15, 2)]
    [InlineData(16, 3)]
    [InlineData(17, 8)]
    [InlineData(33, 64)]
    public void Every_synapse_is_a_sign_or_nothing_and_what_is_driven_is_their_scaled_sum(int units, int sparsity)
    {
        const int inputs = 40;
        using var rig = new Rig(inputs, units, new HashedConnectionSpec { Scale = 1.5f, Sparsity = sparsity, BiasScale = 0.7f });
        var thresholds = rig.Drive([]);
        var synapses = new double[inputs, units];
        for (var i = 0; i < inputs; i++)
        {
            var drive = rig.Drive([(i, 1f)]);
            for (var j = 0; j < units; j++)
            {
                synapses[i, j] = (drive[j] - thresholds[j]) / (1.5 * Math.Sqrt(sparsity));
                Assert.Contains(Math.Round(synapses[i, j], 4), (double[])[-1, 0, 1]);
            }
        }

        for (var n = 0; n < 10; n++)
        {
            (int Row, float Value)[] active = [.. Enumerable.Range(0, inputs).Where(i => Draw.Uniform(5, n, i) < 0.3f).Select(i => (i, Draw.Normal(6, n, i)))];
            var drive = rig.Drive(active);
            for (var j = 0; j < units; j++)
            {
                var sum = active.Sum(one => one.Value * Math.Round(synapses[one.Row, j]));
                Near.Equal(thresholds[j] + (1.5 * Math.Sqrt(sparsity / (double)Math.Max(1, active.Length)) * sum), drive[j], 2e-5);
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Signs_are_fair_present_as_often_as_the_sparsity_says_and_independent(int sparsity)
    {
        const int inputs = 1000;
        const int units = 21;
        using var rig = new Rig(inputs, units, new HashedConnectionSpec { Sparsity = sparsity });
        var rows = Enumerable.Range(0, inputs).Select(i => rig.Drive([(i, 1f)])).ToArray();
        var scale = Math.Sqrt(sparsity);
        for (var j = 0; j < units; j++)
        {
            Assert.InRange(rows.Average(row => Math.Abs(row[j]) / scale), (1d / sparsity) - 0.05, (1d / sparsity) + 0.05);
            Assert.InRange(rows.Average(row => row[j] / scale), -0.15, 0.15);
            for (var k = 0; k < j; k++)
            {
                // Columns of one draw share a word of bits and must not share signs.
                Assert.InRange(rows.Average(row => row[j] * row[k] / sparsity), -0.17, 0.17);
            }
        }
    }

    [Fact]
    public void Distances_are_kept_to_within_the_spread_of_a_random_projection()
    {
        const int inputs = 500;
        const int units = 1024;
        using var rig = new Rig(inputs, units, new HashedConnectionSpec { Sparsity = 3 });
        for (var n = 0; n < 5; n++)
        {
            var x = Draw.Normals(inputs, 7, n);
            var drive = rig.Drive([.. x.Select((value, i) => (i, value))]);
            Assert.InRange(drive.Sum(value => (double)value * value) / units / (x.Sum(value => (double)value * value) / inputs), 0.85, 1.15);
        }
    }

    [Fact]
    public void Only_thresholds_are_state_and_another_seed_or_name_has_other_signs()
    {
        (int, float)[] one = [(3, 1f)];
        using var rig = new Rig(40, 33, new HashedConnectionSpec());
        using var same = new Rig(4000, 33, new HashedConnectionSpec());
        using var seed = new Rig(40, 33, new HashedConnectionSpec(), seed: 2);
        using var name = new Rig(40, 33, new HashedConnectionSpec(), name: "others");
        Assert.Equal(48 * sizeof(float), rig.LearnedByteCount);
        Assert.Equal(rig.LearnedByteCount, same.LearnedByteCount);
        Assert.Equal(rig.Drive(one), same.Drive(one));
        Assert.NotEqual(rig.Drive(one), seed.Drive(one));
        Assert.NotEqual(rig.Drive(one), name.Drive(one));
    }

    [Fact]
    public void Not_a_number_stays_visible()
    {
        using var rig = new Rig(40, 33, new HashedConnectionSpec());
        Assert.All(rig.Drive([(1, 1f), (2, float.NaN)]), value => Assert.True(float.IsNaN(value)));
    }

    private sealed class Rig : IDisposable
    {
        private readonly Workbench _bench;
        private readonly InputPopulation _pre;
        private readonly IdentityPopulation _post;
        private readonly HashedProjection _projection;

        public Rig(int inputs, int units, HashedConnectionSpec spec, ulong seed = 1, string name = "signs")
        {
            _bench = new Workbench(seed);
            _pre = new InputPopulation(_bench.Layout, "input", inputs, hasBias: true, inputs, dense: false);
            _post = new IdentityPopulation(_bench.Layout, "features", units, hasBias: true);
            _projection = new HashedProjection(_bench.Layout, name, _pre, _post, spec);
            _bench.Build();
            _projection.Initialise(_bench.Learn());
        }

        public int LearnedByteCount => _bench.Learned().Length;

        public float[] Drive((int Row, float Value)[] active)
        {
            var step = _bench.Predict();
            _pre.Begin(step, out var rows, out var values);
            for (var k = 0; k < active.Length; k++)
            {
                (rows[k], values[k]) = active[k];
            }

            _pre.End(step, active.Length);
            _pre.Advance(step);
            step.Write(_post.Drive).Clear();
            _projection.Transmit(step);
            return step.View(_post.Drive)[.._post.Units].ToArray();
        }

        public void Dispose() => _bench.Dispose();
    }
}
