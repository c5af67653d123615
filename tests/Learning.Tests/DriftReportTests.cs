using LifelongApi.Contracts.Journal;
using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Tests.Conformance;
using LifelongApi.Learning.Tests.Support;

namespace LifelongApi.Learning.Tests;

public sealed class DriftReportTests
{
    private static ModelSpec Spec
    {
        get
        {
            var spec = ConformanceCases.ByName["drift"];
            return spec with
            {
                Network = spec.Network with
                {
                    Modulators =
                    [
                        new ExpectedUncertaintySpec { Name = "ach" },
                        new PageHinkleySpec { Name = "ne", Signal = DriftSignal.Error, Threshold = 10f, TimeConstant = 30f, Boundary = true },
                        new DdmSpec { Name = "ddm" },
                    ],
                    Projections = [spec.Network.Projections[0], spec.Network.Projections[1] with { Rule = new RecursiveLeastSquaresRuleSpec { Forgetting = 0.99f, ForgettingModulator = "ne", ForgettingDepth = 0.2f }, Transforms = [] }],
                    Maintenance = [],
                },
            };
        }
    }

    [Fact]
    public void An_outcome_names_the_modulators_that_detected_drift_on_the_event()
    {
        using var trial = new Trial(Spec);
        Run(trial, 0, 400, flipped: false, until: null);
        Assert.False(trial.Outcome.HasDrift);
        Assert.Equal([false, false, false], trial.Outcome.Drift);
        Run(trial, 400, 600, flipped: true, until: 1);
        Assert.True(trial.Outcome.HasDrift);
        Assert.False(trial.Outcome.Drift[0]);
        Assert.Equal(1f, trial.Outcome.Modulators[1]);
        trial.Learn(Draw.Normals(16, 2, 1), "b");
        Assert.False(trial.Outcome.Drift[1]);
    }

    [Fact]
    public void A_drift_waits_in_the_state_until_a_boundary_whoever_sets_it()
    {
        foreach (var kind in new[] { EventKind.TaskEnded, EventKind.TaskBegan })
        {
            using var trial = new Trial(Spec);
            Run(trial, 0, 400, flipped: false, until: null);
            Assert.Equal(0, trial.Model.WaitingDrift);
            Run(trial, 400, 600, flipped: true, until: 1);
            var detected = trial.Sequence;
            Assert.Equal(detected, trial.Model.WaitingDrift);
            Run(trial, 600, 605, flipped: true, until: null);
            trial.Reopen();
            Assert.Equal(detected, trial.Model.WaitingDrift);
            trial.Apply(kind, []);
            Assert.Equal(0, trial.Model.WaitingDrift);
        }
    }

    [Fact]
    public void A_spec_that_asks_for_no_boundaries_keeps_nothing_waiting()
    {
        var spec = Spec;
        using var trial = new Trial(spec with { Network = spec.Network with { Modulators = [.. spec.Network.Modulators.Select(modulator => modulator is PageHinkleySpec hinkley ? hinkley with { Boundary = false } : modulator)] } });
        Run(trial, 0, 400, flipped: false, until: null);
        Run(trial, 400, 600, flipped: true, until: 1);
        Assert.True(trial.Outcome.Drift[1]);
        Assert.Equal(0, trial.Model.WaitingDrift);
        Assert.DoesNotContain(trial.LearnedSlots(), slot => slot.Info.Name == "modulators.waitingDrift");
    }

    /// <summary>Learns which side of 0 the first number is on, or the opposite; up to a detection by a modulator where one is given.</summary>
    private static void Run(Trial trial, int from, int to, bool flipped, int? until)
    {
        for (var n = from; n < to; n++)
        {
            var x = Draw.Normals(16, 1, n);
            trial.Learn(x, (x[0] > 0) == flipped ? "a" : "b");
            if (until is { } modulator && trial.Outcome.Drift[modulator])
            {
                return;
            }
        }

        Assert.Null(until);
    }
}
