using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Features;
using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.Tests.Support;

namespace LifelongApi.Learning.Tests.Maintenance;

public sealed class RenewalTests
{
    private const int Inputs = 5;
    private const int Units = 18;
    private const int UnitStride = 32;
    private const int Classes = 4;
    private const int OutputStride = 16;
    private const string Owner = "maintenance.0.";
    private static readonly LearningRateSpec Step = new() { Rate = 0.05f };

    [Fact]
    public void Utility_age_and_choice_are_the_papers()
    {
        var renewal = new RenewalSpec { Population = "hidden", Rate = 0.03f, Maturity = 6, Decay = 0.8f };
        using var trial = new Trial(Spec(renewal, [Step]));
        var (utility, ages, owed, draws) = (new double[Units], new int[Units], 0d, 0);
        for (var n = 0; n < 60; n++)
        {
            var x = Draw.Sparse(Inputs, 3, n, 0.2f);
            var (before, readout) = (trial.Slot("filters.weights"), trial.Slot("readout.weights"));
            trial.Learn(x, $"class {n % Classes}");
            for (var unit = 0; unit < Units; unit++)
            {
                var drive = (double)before[(Inputs * UnitStride) + unit];
                for (var i = 0; i < Inputs; i++)
                {
                    drive += x[i] * (double)before[(i * UnitStride) + unit];
                }

                // The readout has no rule, so the weights that follow are those of before.
                var reach = readout.AsSpan(unit * OutputStride, OutputStride).ToArray().Sum(weight => Math.Abs((double)weight));
                utility[unit] = (0.8 * utility[unit]) + (0.2 * Math.Max(0, drive) * reach);
                ages[unit]++;
            }

            owed += 0.03 * ages.Count(age => age > 6);
            var renewed = new List<int>();
            for (; owed >= 1; owed--)
            {
                var least = Enumerable.Range(0, Units).Where(unit => ages[unit] > 6).MinBy(unit => utility[unit]);
                renewed.Add(least);
                AssertIsNew(trial, least, draws++);
                (utility[least], ages[least]) = (0, 0);
            }

            var (actualUtility, actualAges) = (trial.Slot(Owner + "utility"), Integers(trial.Slot(Owner + "ages")));
            for (var unit = 0; unit < Units; unit++)
            {
                Near.Equal(utility[unit], actualUtility[unit], 1e-4, $"utility {unit} after {n}");
                Assert.Equal(Math.Min(ages[unit], 7), actualAges[unit]);
                if (!renewed.Contains(unit))
                {
                    Assert.Equal(readout.AsSpan(unit * OutputStride, OutputStride), trial.Slot("readout.weights").AsSpan(unit * OutputStride, OutputStride));
                }
            }
        }

        Assert.InRange(draws, 20, 40);
        Assert.Equal(draws, Integers(trial.Slot(Owner + "renewed"))[0]);
    }

    [Fact]
    public void No_unit_is_renewed_before_it_is_mature()
    {
        using var trial = new Trial(Spec(new RenewalSpec { Population = "hidden", Rate = 0.1f, Maturity = 20 }, [Step]));
        for (var n = 0; n < 20; n++)
        {
            trial.Learn(Draw.Normals(Inputs, 1, n), "a");
        }

        Assert.Equal(0, Integers(trial.Slot(Owner + "renewed"))[0]);
        trial.Learn(Draw.Normals(Inputs, 1, 20), "a");
        Assert.Equal(1, Integers(trial.Slot(Owner + "renewed"))[0]);
    }

    [Theory]
    [InlineData("momentum", "velocity")]
    [InlineData("adam", "firstMoment")]
    [InlineData("adam", "secondMoment")]
    [InlineData("adaGrad", "squares")]
    [InlineData("fisher", "fisherSum")]
    [InlineData("fisher", "importance")]
    [InlineData("path", "path")]
    [InlineData("sensitivity", "sensitivitySum")]
    [InlineData("fisher", "anchor", true)]
    [InlineData("path", "pathStart", true)]
    public void What_a_transform_keeps_of_the_synapses_of_a_renewed_unit_begins_anew(string transform, string slot, bool holdsWeights = false)
    {
        TransformSpec[] chain = transform switch
        {
            "momentum" => [Step, new MomentumSpec()],
            "adam" => [new AdamSpec()],
            "adaGrad" => [new AdaGradSpec()],
            "fisher" => [new ObserveFisherSpec(), Step, new ElasticAnchorSpec { Strength = 1f }],
            "path" => [new ObservePathSpec(), Step, new ElasticAnchorSpec { Strength = 1f }],
            _ => [new ObserveSensitivitySpec(), Step, new ElasticAnchorSpec { Strength = 1f }],
        };
        using var trial = new Trial(Spec(new RenewalSpec { Population = "hidden", Rate = 0.01f, Maturity = 4 }, chain, chain));
        var seen = 0;
        for (var n = 0; n < 60; n++)
        {
            trial.Learn(Draw.Normals(Inputs, 1, n), $"class {Draw.Below(Classes, 2, n)}");
            if (n % 20 == 7)
            {
                trial.Apply(Contracts.Journal.EventKind.TaskEnded, []);
            }

            foreach (var unit in Enumerable.Range(0, Units).Where(unit => n % 20 != 7 && Integers(trial.Slot(Owner + "ages"))[unit] == 0))
            {
                seen++;
                foreach (var (name, at) in Synapses(unit))
                {
                    var state = trial.Slot(trial.LearnedSlots().Single(info => info.Info.Name.StartsWith(name, StringComparison.Ordinal) && info.Info.Name.EndsWith($".{slot}", StringComparison.Ordinal)).Info.Name);
                    var weights = trial.Slot($"{name}.weights");
                    Assert.All(at, index => Assert.Equal(holdsWeights ? weights[index] : 0f, state[index]));
                    Assert.Contains(state, value => value != 0f);
                }
            }
        }

        Assert.InRange(seen, 3, 20);
    }

    [Fact]
    public void The_variables_of_a_cascade_begin_at_the_new_weights()
    {
        TransformSpec[] chain = [Step, new CascadeSpec { Variables = 3 }];
        using var trial = new Trial(Spec(new RenewalSpec { Population = "hidden", Rate = 0.1f, Maturity = 4 }, chain, chain));
        for (var n = 0; n < 5; n++)
        {
            trial.Learn(Draw.Normals(Inputs, 1, n), $"class {n % 2}");
        }

        var unit = Enumerable.Range(0, Units).Single(unit => Integers(trial.Slot(Owner + "ages"))[unit] == 0);
        foreach (var (name, at) in Synapses(unit))
        {
            var (cascade, weights, stride) = (trial.Slot($"{name}.1.cascade"), trial.Slot($"{name}.weights"), name == "filters" ? UnitStride : OutputStride);
            Assert.All(at, index => Assert.Equal((weights[index], weights[index]), (cascade[(index / stride * 2 * stride) + (index % stride)], cascade[(((index / stride * 2) + 1) * stride) + (index % stride)])));
        }
    }

    [Theory]
    [InlineData("input", "no hidden population")]
    [InlineData("output", "no hidden population")]
    [InlineData("nowhere", "no hidden population")]
    public void Only_a_hidden_population_is_renewed(string population, string reason) =>
        AssertRefused(Spec(new RenewalSpec { Population = population }, [Step]), "network.maintenance[0].population", reason);

    [Fact]
    public void What_cannot_begin_again_is_refused_with_its_name()
    {
        var spec = Spec(new RenewalSpec { Population = "hidden" }, [Step]);
        var projections = spec.Network.Projections;
        AssertRefused(
            spec with { Network = spec.Network with { Projections = [projections[0], projections[1] with { Rule = new RecursiveLeastSquaresRuleSpec() }], Head = new LeastSquaresHeadSpec() } },
            "network.maintenance[0].population",
            "'readout'");
        AssertRefused(
            spec with { Network = spec.Network with { Projections = [projections[0] with { Connection = new BinaryConnectionSpec() }, projections[1]] } },
            "network.maintenance[0].population",
            "'filters'");
        AssertRefused(spec with { Network = spec.Network with { Maintenance = [new RenewalSpec { Population = "hidden" }, new RenewalSpec { Population = "hidden" }] } }, "network.maintenance[1].population", "twice");
        AssertRefused(Spec(new RenewalSpec { Population = "hidden", Rate = 0.6f }, [Step]), "network.maintenance[0].rate", "out of range");
        AssertRefused(Spec(new RenewalSpec { Population = "hidden", Maturity = 0 }, [Step]), "network.maintenance[0].maturity", "out of range");
        AssertRefused(Spec(new RenewalSpec { Population = "hidden", Decay = 1f }, [Step]), "network.maintenance[0].decay", "out of range");
    }

    private static void AssertRefused(ModelSpec spec, string field, string reason) =>
        Assert.Contains(Assert.Throws<SpecException>(() => Model.Create(spec)).Errors, error => error.Field == field && error.Message.Contains(reason, StringComparison.Ordinal));

    private static void AssertIsNew(Trial trial, int unit, int draw)
    {
        var (filters, readout) = (trial.Slot("filters.weights"), trial.Slot("readout.weights"));
        var seed = KeyedRandom.Bits(1, FeatureHash.OfName("filters.renewed"), (ulong)draw, 0);
        for (var i = 0; i < Inputs; i++)
        {
            Assert.Equal(1f / MathF.Sqrt(Inputs) * KeyedRandom.Normal(seed, FeatureHash.OfName("filters"), (ulong)i, (ulong)unit), filters[(i * UnitStride) + unit]);
        }

        Assert.Equal(0f, filters[(Inputs * UnitStride) + unit]);
        Assert.All(readout.AsSpan(unit * OutputStride, OutputStride).ToArray(), weight => Assert.Equal(0f, weight));
    }

    private static (string Name, int[] At)[] Synapses(int unit) =>
    [
        ("filters", [.. Enumerable.Range(0, Inputs + 1).Select(row => (row * UnitStride) + unit)]),
        ("readout", [.. Enumerable.Range(0, OutputStride).Select(column => (unit * OutputStride) + column)]),
    ];

    private static int[] Integers(float[] values) => [.. values.Select(BitConverter.SingleToInt32Bits)];

    private static ModelSpec Spec(RenewalSpec renewal, TransformSpec[] filters, TransformSpec[]? readout = null) => new()
    {
        Input = new InputSpec { Kind = InputKind.Vector, Size = Inputs, Standardise = Standardisation.None },
        Target = new TargetSpec { Kind = TargetKind.Label, MaxClasses = 16 },
        Network = new NetworkSpec
        {
            Populations =
            [
                new PopulationSpec { Name = "input", Kind = PopulationKind.Input },
                new PopulationSpec { Name = "hidden", Kind = PopulationKind.Relu, Size = Units },
                new PopulationSpec { Name = "output", Kind = PopulationKind.Identity },
            ],
            Projections =
            [
                new ProjectionSpec { Name = "filters", From = "input", To = "hidden", Initial = new GaussianWeightsSpec { Scale = 1f }, Rule = new CreditRuleSpec(), Transforms = filters },
                new ProjectionSpec { Name = "readout", From = "hidden", To = "output", Initial = new GaussianWeightsSpec { Scale = 1f }, Rule = readout is null ? null : new CreditRuleSpec(), Transforms = readout ?? [] },
            ],
            Head = new SoftmaxHeadSpec(),
            Maintenance = [renewal, new ConsolidationSpec { MinimumEvents = 1 }],
        },
    };
}
