using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Rules;
using LifelongApi.Learning.Tests.Support;
using LifelongApi.Learning.Transforms;

namespace LifelongApi.Learning.Tests.Transforms;

public sealed class FisherObserverTests
{
    [Fact]
    public void The_sum_is_exact_leaves_the_proposal_alone_and_its_count_has_room_for_64_bits()
    {
        using var rig = new SynapseRig(2, 3, r => new CreditRule(r.Projection), r => [new FisherObserver(r.Bench.Layout, "fisher", r.Projection)]);
        rig.Step([2f, 0f], [1f, -3f, 0.5f]);
        rig.Step([1f, 1f], [0f, 1f, 2f]);
        var slots = rig.Bench.Layout.Build().Slots.ToDictionary(slot => slot.Name);
        Near.Equal(new double[,] { { 4, 37, 5 }, { 0, 1, 4 } }, rig.Matrix(slots["fisher.fisherSum"].Slot, 2, 3));
        Near.Equal(new double[,] { { 2, -5, 3 }, { 0, 1, 2 } }, rig.Weights());
        Assert.Equal(2L, rig.Bench.Learn().ViewLongs(slots["fisher.fisherCount"].Slot)[0]);
        Assert.Equal(2, slots["fisher.fisherCount"].Columns);
    }

    [Fact]
    public void A_huge_proposal_does_not_overflow_the_sum()
    {
        using var rig = new SynapseRig(1, 1, r => new CreditRule(r.Projection), r => [new FisherObserver(r.Bench.Layout, "fisher", r.Projection), new Clip(new ClipSpec { Limit = 1f })]);
        for (var n = 0; n < 5; n++)
        {
            rig.Step([1e7f], [9e7f]);
        }

        Assert.All(rig.Matrix(rig.Bench.Layout.Build().Slots.Single(slot => slot.Name == "fisher.fisherSum").Slot, 1, 1).Cast<double>(), sum => Assert.True(sum is > 1e29 and < 1e31));
    }

    [Theory]
    [InlineData(1f)]
    [InlineData(30f)]
    public void With_a_half_life_an_event_counts_half_after_it(float halfLife)
    {
        using var rig = Consolidating(new ObserveFisherSpec { HalfLife = halfLife });
        var (sum, total) = (new double[2, 3], 0d);

        // A half-life of one event doubles the factor every time, so that it is brought back on the way.
        for (var n = 0; n < 70; n++)
        {
            var x = Draw.Sparse(2, 1, n, 0.3f);
            var credit = Draw.Normals(3, 2, n);
            rig.Step(x, credit);
            var keep = Math.Pow(2, -1 / halfLife);
            total = (total * keep) + 1;
            for (var i = 0; i < 2; i++)
            {
                for (var j = 0; j < 3; j++)
                {
                    sum[i, j] = (sum[i, j] * keep) + ((double)x[i] * credit[j] * x[i] * credit[j]);
                }
            }
        }

        rig.Consolidate();
        Near.Equal(new[,] { { sum[0, 0] / total, sum[0, 1] / total, sum[0, 2] / total }, { sum[1, 0] / total, sum[1, 1] / total, sum[1, 2] / total } }, Importance(rig), 1e-4);
        rig.Step([1f, 0f], [3f, 0f, 0f]);
        var before = Importance(rig);
        rig.Consolidate();
        Near.Equal(before[0, 0] + 9, Importance(rig)[0, 0], 1e-4);
    }

    [Fact]
    public void With_an_interval_every_nth_event_is_looked_at()
    {
        using var rig = Consolidating(new ObserveFisherSpec { Interval = 4 });
        for (var n = 0; n < 10; n++)
        {
            rig.Step([1f, 0f], [n, 1f, 0f]);
        }

        rig.Consolidate();
        Near.Equal(new double[,] { { (0 + 16 + 64) / 3d, 1, 0 }, { 0, 0, 0 } }, Importance(rig));
    }

    private static SynapseRig Consolidating(ObserveFisherSpec spec) => new(2, 3, r => new CreditRule(r.Projection), r =>
    {
        var observer = new FisherObserver(r.Bench.Layout, "fisher", r.Projection, spec, r.Clock);
        return [observer, new LearningRate(new LearningRateSpec { Rate = 0f }, r.Clock), new ElasticAnchor(r.Bench.Layout, "elastic", r.Projection, observer, r.Clock, new ElasticAnchorSpec { Strength = 0f })];
    });

    private static double[,] Importance(SynapseRig rig) =>
        rig.Matrix(rig.Bench.Layout.Build().Slots.Single(slot => slot.Name == "elastic.importance").Slot, 2, 3);
}
