using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Rules;
using LifelongApi.Learning.Tests.Support;
using LifelongApi.Learning.Transforms;

namespace LifelongApi.Learning.Tests.Transforms;

public sealed class MetaplasticTests
{
    [Theory]
    [InlineData(0f)]
    [InlineData(1.35f)]
    public void Only_steps_towards_a_flip_are_slowed_by_one_minus_the_squared_tanh(float strength)
    {
        var weights = new double[5, 17];
        TransformOracle.Check(5, 17, r => [new Metaplastic(r.Projection, new MetaplasticSpec { Strength = strength })], (_, i, j, g) =>
        {
            var level = Math.Tanh(strength * weights[i, j]);
            var change = g * weights[i, j] < 0 ? g * (1 - (level * level)) : g;
            weights[i, j] += change;
            return change;
        });
    }

    [Fact]
    public void A_weight_far_from_zero_hardly_moves_back_and_freely_on()
    {
        using var rig = new SynapseRig(1, 1, r => new CreditRule(r.Projection), r => [new Metaplastic(r.Projection, new MetaplasticSpec { Strength = 2f })]);
        rig.SetWeights((_, _) => 3);
        rig.Step([1f], [-1f]);
        Assert.InRange(rig.Weights()[0, 0], 2.9999, 3);
        rig.Step([1f], [1f]);
        Near.Equal(4, rig.Weights()[0, 0], 1e-4);
    }
}
