using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Credit;
using LifelongApi.Learning.Populations;
using LifelongApi.Learning.Projections;
using LifelongApi.Learning.Tests.Support;

namespace LifelongApi.Learning.Tests.Projections;

public sealed class BinaryProjectionTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(9, 17)]
    [InlineData(16, 33)]
    public void Signs_of_hidden_weights_are_transmitted_and_carried_back(int units, int outputs)
    {
        using var bench = new Workbench();
        var pre = new IdentityPopulation(bench.Layout, "pre", units, hasBias: true);
        var post = new IdentityPopulation(bench.Layout, "post", outputs, hasBias: false);
        var projection = new BinaryProjection(bench.Layout, "synapses", pre, post, new BinaryConnectionSpec { Gain = 1.5f });
        var credit = new BackpropCredit([pre, post], [projection], new HashSet<Population> { pre, post }, new HashSet<Population> { post });
        bench.Build();
        var step = bench.Learn();
        var hidden = step.Write(projection.Weights);
        for (var i = 0; i <= units; i++)
        {
            for (var j = 0; j < outputs; j++)
            {
                // A zero now and then: its sign counts as +.
                hidden[(i * projection.Stride) + j] = (i + j) % 5 == 0 ? 0f : Draw.Normal(1, i, j);
            }
        }

        var size = 1.5 / Math.Sqrt(units);
        double Sign(ReadOnlySpan<float> weights, int i, int j) => weights[(i * projection.Stride) + j] < 0 ? -size : size;
        var x = Draw.Sparse(units, 2, 0, 0.4f);
        x.CopyTo(step.Write(pre.Drive));
        pre.Advance(step);
        step.Write(post.Drive).Clear();
        projection.Transmit(step);
        var delta = Draw.Normals(outputs, 3, 0);
        step.Write(post.Credit).Clear();
        delta.CopyTo(step.Write(post.Credit));
        credit.Assign(step);
        for (var j = 0; j < outputs; j++)
        {
            var drive = Sign(hidden, units, j);
            for (var i = 0; i < units; i++)
            {
                drive += x[i] * Sign(hidden, i, j);
            }

            Near.Equal(drive, step.View(post.Drive)[j], 1e-5);
        }

        Assert.True(!step.View(post.Drive)[outputs..].ContainsAnyExcept(0f));
        for (var i = 0; i < units; i++)
        {
            var sum = 0d;
            for (var j = 0; j < outputs; j++)
            {
                sum += Sign(hidden, i, j) * delta[j];
            }

            Near.Equal(sum, step.View(pre.Credit)[i], 1e-5);
        }
    }
}
