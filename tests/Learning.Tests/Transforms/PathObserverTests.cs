using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Rules;
using LifelongApi.Learning.Tests.Support;
using LifelongApi.Learning.Transforms;

namespace LifelongApi.Learning.Tests.Transforms;

public sealed class PathObserverTests
{
    private const int Inputs = 7;
    private const int Outputs = 18;
    private const float Rate = 0.1f;
    private const float Strength = 0.5f;
    private const float Damping = 0.2f;

    [Theory]
    [InlineData(1f)]
    [InlineData(0.5f)]
    public void Importance_is_the_path_integral_over_the_squared_distance_and_protects_like_any_other(float decay)
    {
        using var rig = Rig(decay);
        rig.SetWeights((i, j) => Draw.Normal(9, i, j));
        var weights = rig.Weights();
        rig.Initialise();
        var (start, anchor, path, importance) = ((double[,])weights.Clone(), new double[Inputs, Outputs], new double[Inputs, Outputs], new double[Inputs, Outputs]);
        for (var n = 0; n < 120; n++)
        {
            var x = Draw.Sparse(Inputs, 1, n, 0.5f);
            var credit = Draw.Normals(Outputs, 2, n);
            rig.Step(x, credit);
            for (var i = 0; i < Inputs; i++)
            {
                for (var j = 0; j < Outputs; j++)
                {
                    var minusGradient = (double)x[i] * credit[j];
                    var pull = ((1 / (1 + (Strength * importance[i, j]))) - 1) * (weights[i, j] - anchor[i, j]);
                    var change = (Rate * minusGradient) + pull;
                    path[i, j] += minusGradient * change;
                    weights[i, j] += change;
                }
            }

            if (n % 40 == 39)
            {
                rig.Consolidate();
                for (var i = 0; i < Inputs; i++)
                {
                    for (var j = 0; j < Outputs; j++)
                    {
                        var way = weights[i, j] - start[i, j];
                        importance[i, j] = (decay * importance[i, j]) + (Math.Max(0, path[i, j]) / ((way * way) + Damping));
                        (start[i, j], anchor[i, j], path[i, j]) = (weights[i, j], weights[i, j], 0);
                    }
                }

                Near.Equal(importance, Slot(rig, "elastic.importance"), 5e-4);
                Near.Equal(weights, rig.Weights(), 1e-4);
            }
        }

        Assert.Contains(importance.Cast<double>(), value => value > 0.1);
    }

    [Fact]
    public void A_synapse_that_raised_the_loss_on_its_way_matters_nothing()
    {
        using var rig = new SynapseRig(1, 1, r => new CreditRule(r.Projection), r =>
        {
            var observer = new PathObserver(r.Bench.Layout, "path", r.Projection, new ObservePathSpec());
            return [observer, new ModulateBy(new ModulateBySpec { Modulator = "x" }, r.Level), new ElasticAnchor(r.Bench.Layout, "elastic", r.Projection, observer, r.Clock, new ElasticAnchorSpec { Strength = 1f })];
        });
        rig.SetLevel(-1f);
        rig.Step([1f], [2f]);
        rig.Consolidate();
        Assert.Equal(0d, rig.Matrix(rig.Bench.Layout.Build().Slots.Single(slot => slot.Name == "elastic.importance").Slot, 1, 1)[0, 0]);
    }

    private static SynapseRig Rig(float decay) => new(Inputs, Outputs, r => new CreditRule(r.Projection), r =>
    {
        var observer = new PathObserver(r.Bench.Layout, "path", r.Projection, new ObservePathSpec { Damping = Damping });
        return [observer, new LearningRate(new LearningRateSpec { Rate = Rate }, r.Clock), new ElasticAnchor(r.Bench.Layout, "elastic", r.Projection, observer, r.Clock, new ElasticAnchorSpec { Strength = Strength, Decay = decay })];
    });

    private static double[,] Slot(SynapseRig rig, string name) => rig.Matrix(rig.Bench.Layout.Build().Slots.Single(slot => slot.Name == name).Slot, Inputs, Outputs);
}
