using System.Text;
using LifelongApi.Contracts.Journal;
using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Tests.Support;

namespace LifelongApi.Learning.Tests.Maintenance;

public sealed class GrowthTests
{
    private const int Inputs = 5;
    private const int Units = 6;
    private static readonly GrowthSpec Part = new() { Population = "hidden", Modulator = "ach", Above = 0.3f, Events = 12, Block = 4, MaxUnits = 18 };

    [Fact]
    public void Outliers_in_excess_ask_for_a_block_with_the_sequence_of_the_last()
    {
        using var trial = new Trial(Spec(Part, [new LearningRateSpec { Rate = 0.01f }]));
        var (excess, wanted) = (0, (long?)null);
        for (var n = 0; n < 80; n++)
        {
            // Labels by chance for a while, then one and the same: surprise goes up and down again.
            trial.Learn(Draw.Normals(Inputs, 1, n), n is > 20 and < 40 ? "a" : $"class {Draw.Below(4, 2, n)}");
            if (wanted is null)
            {
                excess = Math.Max(0, excess + (trial.Outcome.Modulators[0] > 0.3f ? 1 : -1));
                wanted = excess >= 12 ? trial.Sequence : null;
            }

            Assert.Equal(wanted is { } since ? [new WaitingGrowth("hidden", Units + 4, since)] : [], trial.Model.WaitingGrowth);
        }

        Assert.NotNull(wanted);
    }

    [Theory]
    [InlineData("sgd")]
    [InlineData("adam")]
    [InlineData("anchor")]
    public void Growing_changes_no_answer_and_no_weight_that_was(string transforms)
    {
        TransformSpec[] chain = transforms switch
        {
            "sgd" => [new LearningRateSpec { Rate = 0.05f }, new MomentumSpec()],
            "adam" => [new AdamSpec()],
            _ => [new ObservePathSpec(), new LearningRateSpec { Rate = 0.05f }, new ElasticAnchorSpec { Strength = 1f }],
        };
        using var trial = new Trial(Spec(Part, chain));
        Teach(trial, 0, 40);
        trial.Apply(EventKind.TaskEnded, []);
        var before = trial.LearnedSlots().ToDictionary(slot => slot.Info.Name);
        var x = Draw.Normals(Inputs, 9, 9);
        var answer = trial.Predict(x);
        Grow(trial, "hidden", 10);

        Assert.Equal(answer, trial.Predict(x));
        foreach (var (info, values) in trial.LearnedSlots().Where(slot => slot.Info.Name != "maintenance.0.growth"))
        {
            var old = before[info.Name];
            for (var row = 0; row < old.Info.Rows; row++)
            {
                Assert.Equal(old.Values.AsSpan(row * old.Info.Stride, old.Info.Columns), values.AsSpan(row * info.Stride, old.Info.Columns));
            }
        }

        var (filters, readout) = (trial.Slot("filters.weights"), trial.Slot("readout.weights"));
        Assert.All(Enumerable.Range(Units, 4), unit => Assert.NotEqual(0f, filters[unit]));
        Assert.All(readout[(Units * 16)..], weight => Assert.Equal(0f, weight));

        // The new units learn like the others.
        Teach(trial, 40, 60);
        Assert.Contains(trial.Slot("readout.weights")[(Units * 16)..], weight => weight != 0f);
    }

    [Fact]
    public void A_state_that_grew_is_captured_opened_and_goes_on_the_same()
    {
        using var trial = new Trial(Spec(Part, [new AdamSpec()]));
        Teach(trial, 0, 30);
        Grow(trial, "hidden", 10);
        using var opened = trial.Copy();
        Assert.Equal(trial.Hash, opened.Hash);
        Teach(trial, 30, 60);
        Grow(trial, "hidden", 14);
        Teach(opened, 30, 60);
        Grow(opened, "hidden", 14);
        Teach(trial, 60, 80);
        opened.Reopen();
        Teach(opened, 60, 80);
        Assert.Equal(trial.Hash, opened.Hash);
        Assert.Equal(14, trial.LearnedSlots().Single(slot => slot.Info.Name == "filters.weights").Info.Columns);
    }

    [Fact]
    public void Growth_stops_at_the_most_units_and_nothing_more_is_asked_for()
    {
        using var trial = new Trial(Spec(Part, [new LearningRateSpec { Rate = 0.01f }]));
        for (var n = 0; n < 400; n++)
        {
            trial.Learn(Draw.Normals(Inputs, 1, n), $"class {Draw.Below(4, 2, n)}");
            if (trial.Model.WaitingGrowth is [var waiting])
            {
                Grow(trial, waiting.Population, waiting.Units);
                Assert.Empty(trial.Model.WaitingGrowth);
            }
        }

        Assert.Equal(18, trial.LearnedSlots().Single(slot => slot.Info.Name == "filters.weights").Info.Columns);
        Grow(trial, "hidden", 1000);
        Assert.Equal(18, trial.LearnedSlots().Single(slot => slot.Info.Name == "filters.weights").Info.Columns);
    }

    [Fact]
    public void An_event_for_a_population_that_cannot_grow_is_another_models()
    {
        using var trial = new Trial(Spec(Part, [new LearningRateSpec { Rate = 0.01f }]));
        Teach(trial, 0, 5);
        var before = trial.Hash;
        Grow(trial, "elsewhere", 100);
        Grow(trial, "output", 100);
        Grow(trial, "hidden", 3);
        Assert.Equal(before, trial.Hash);
        Assert.Throws<InvalidDataException>(() => trial.Apply(EventKind.Grew, Encoding.UTF8.GetBytes("""{"population":"hidden"}""")));
        Assert.Throws<InvalidDataException>(() => trial.Apply(EventKind.Grew, Encoding.UTF8.GetBytes("not JSON")));
        Assert.Equal(before, trial.Hash);
    }

    [Fact]
    public void Classes_and_units_grow_beside_each_other()
    {
        using var trial = new Trial(Spec(Part, [new AdamSpec()]));
        Teach(trial, 0, 20);
        Grow(trial, "hidden", 10);
        for (var n = 0; n < 20; n++)
        {
            trial.Learn(Draw.Normals(Inputs, 1, n), $"new {n}");
        }

        Grow(trial, "hidden", 14);
        Assert.Equal(32, trial.Model.ClassCapacity);
        var (info, _) = trial.LearnedSlots().Single(slot => slot.Info.Name == "readout.weights");
        Assert.Equal((14, 32), (info.Rows, info.Columns));
        using var opened = trial.Copy();
        Assert.Equal(trial.Hash, opened.Hash);
    }

    [Fact]
    public void A_state_with_more_units_than_the_spec_allows_is_refused()
    {
        using var trial = new Trial(Spec(Part, [new AdamSpec()]));
        Grow(trial, "hidden", 18);
        var smaller = Spec(Part with { MaxUnits = 10 }, [new AdamSpec()]);
        Assert.Contains("hidden", Assert.Throws<InvalidDataException>(() => Model.Open(smaller, trial.Model.Capture())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Mistakes_are_named()
    {
        AssertRefused(Part with { Population = "output" }, "network.maintenance[0].population");
        AssertRefused(Part with { Modulator = "nobody" }, "network.maintenance[0].modulator");
        AssertRefused(Part with { Above = 2f }, "network.maintenance[0].above");
        AssertRefused(Part with { Events = 0 }, "network.maintenance[0].events");
        AssertRefused(Part with { Block = 0 }, "network.maintenance[0].block");
        AssertRefused(Part with { MaxUnits = 5 }, "network.maintenance[0].maxUnits");
        AssertRefused(Spec(Part, [], population => population with { Bias = true }), "network.maintenance[0].population");
        AssertRefused(Spec(Part, [], population => population with { Kind = PopulationKind.Cosine }), "network.maintenance[0].population");
        var twice = Spec(Part, []);
        AssertRefused(twice with { Network = twice.Network with { Maintenance = [Part, Part] } }, "network.maintenance[1].population");
        AssertRefused(Part with { MaxUnits = 1 << 20 }, "network.projections[0]", inputs: 300);
    }

    private static void AssertRefused(GrowthSpec part, string field, int inputs = Inputs)
    {
        var spec = Spec(part, []);
        AssertRefused(spec with { Input = spec.Input with { Size = inputs } }, field);
    }

    private static void AssertRefused(ModelSpec spec, string field) =>
        Assert.Contains(Assert.Throws<SpecException>(() => Model.Create(spec)).Errors, error => error.Field == field);

    private static void Grow(Trial trial, string population, int units) =>
        trial.Apply(EventKind.Grew, Encoding.UTF8.GetBytes($$"""{"population":"{{population}}","units":{{units}}}"""));

    private static void Teach(Trial trial, int from, int to)
    {
        for (var n = from; n < to; n++)
        {
            trial.Learn(Draw.Normals(Inputs, 1, n), $"class {Draw.Below(3, 2, n)}");
        }
    }

    private static ModelSpec Spec(GrowthSpec part, TransformSpec[] transforms, Func<PopulationSpec, PopulationSpec>? change = null)
    {
        var hidden = new PopulationSpec { Name = "hidden", Kind = PopulationKind.Relu, Size = Units, Bias = false };
        return new ModelSpec
        {
            Input = new InputSpec { Kind = InputKind.Vector, Size = Inputs, Standardise = Standardisation.None },
            Target = new TargetSpec { Kind = TargetKind.Label, MaxClasses = 64 },
            Network = new NetworkSpec
            {
                Populations = [new PopulationSpec { Name = "input", Kind = PopulationKind.Input }, change?.Invoke(hidden) ?? hidden, new PopulationSpec { Name = "output", Kind = PopulationKind.Identity }],
                Projections =
                [
                    new ProjectionSpec { Name = "filters", From = "input", To = "hidden", Initial = new GaussianWeightsSpec(), Rule = new CreditRuleSpec(), Transforms = transforms },
                    new ProjectionSpec { Name = "readout", From = "hidden", To = "output", Initial = new GaussianWeightsSpec(), Rule = new CreditRuleSpec(), Transforms = transforms },
                ],
                Modulators = [new ExpectedUncertaintySpec { Name = "ach", TimeConstant = 5f }],
                Head = new SoftmaxHeadSpec(),
                Maintenance = [part, new ConsolidationSpec { MinimumEvents = 1 }],
            },
        };
    }
}
