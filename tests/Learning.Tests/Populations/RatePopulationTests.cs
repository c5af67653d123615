using LifelongApi.Learning.Populations;
using LifelongApi.Learning.State;
using LifelongApi.Learning.Tests.Support;

namespace LifelongApi.Learning.Tests.Populations;

public sealed class RatePopulationTests
{
    public static TheoryData<int> Sizes => [1, 15, 16, 17, 33];

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Relu_passes_what_is_above_zero(int units) =>
        Check(units, layout => new ReluPopulation(layout, "p", units, hasBias: true), x => Math.Max(0, x), x => x > 0 ? 1 : 0);

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Tanh_squashes(int units) =>
        Check(units, layout => new TanhPopulation(layout, "p", units, hasBias: true), Math.Tanh, x => 1 - (Math.Tanh(x) * Math.Tanh(x)));

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Identity_changes_nothing(int units) =>
        Check(units, layout => new IdentityPopulation(layout, "p", units, hasBias: false), x => x, _ => 1);

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Cosine_has_the_amplitude_that_makes_features_of_unit_length(int units) =>
        Check(units, layout => new CosinePopulation(layout, "p", units, hasBias: true), x => Math.Sqrt(2d / units) * Math.Cos(x), x => -Math.Sqrt(2d / units) * Math.Sin(x));

    [Fact]
    public void A_nan_drive_stays_visible_to_the_guard()
    {
        using var bench = new Workbench();
        var population = new ReluPopulation(bench.Layout, "p", 3, hasBias: false);
        bench.Build();
        var step = bench.Learn();
        step.Write(population.Drive)[1] = float.NaN;
        population.Advance(step);
        Assert.True(float.IsNaN(population.Values(step)[0]));
    }

    private static void Check(int units, Func<LayoutBuilder, Population> create, Func<double, double> activation, Func<double, double> derivative)
    {
        using var bench = new Workbench();
        var population = create(bench.Layout);
        bench.Build();
        for (var n = 0; n < 3; n++)
        {
            var step = bench.Learn();
            var x = Draw.Normals(units, 1, n);
            x.CopyTo(step.Write(population.Drive));
            population.Advance(step);
            var active = new List<int>();
            for (var i = 0; i < units; i++)
            {
                Near.Equal(activation(x[i]), step.View(population.Activity)[i], 1e-6);
                Near.Equal(derivative(x[i]), step.View(population.Slope)[i], 1e-6);
                if (step.View(population.Activity)[i] != 0f)
                {
                    active.Add(i);
                    Assert.Equal(step.View(population.Activity)[i], population.Values(step)[active.Count - 1]);
                }
            }

            if (population.HasBias)
            {
                active.Add(units);
                Assert.Equal(1f, step.View(population.Activity)[units]);
                Assert.Equal(1f, population.Values(step)[^1]);
            }

            Assert.Equal(active, population.Active(step).ToArray());
            Assert.All(step.View(population.Activity)[population.Count..].ToArray(), padding => Assert.Equal(0f, padding));
            Assert.All(step.View(population.Slope)[units..].ToArray(), padding => Assert.Equal(0f, padding));
        }
    }
}
