using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;

namespace LifelongApi.Learning.Compilation;

/// <summary>Checks of readouts that follow the label and of the replay memory.</summary>
internal sealed partial class SpecValidator
{
    private void CheckTaught(string field, string rule, NetworkSpec network, bool toHead)
    {
        if (!toHead || network.Head is RegressionHeadSpec or NoveltyHeadSpec)
        {
            Add(field, $"'{rule}' follows the label: its projection runs to the last population of a classifier");
        }
    }

    private void CheckDiscriminant(string field, ProjectionSpec projection, NetworkSpec network)
    {
        if (projection.Transforms.Count > 0 || projection.Initial is not ZeroWeightsSpec)
        {
            Add(field, "the discriminant is computed, not stepped towards: take transforms and initial weights out");
        }

        if (network.Populations.FirstOrDefault(population => population.Name == projection.From) is { Bias: false })
        {
            Add(field, "the discriminant has an offset for each class: give the presynaptic population a bias");
        }

        if (network.Head is not SoftmaxHeadSpec || network.Projections.Count(other => other.To == projection.To) > 1)
        {
            Add(field, "the discriminant gives log-probabilities: use head 'softmax' and no other projection to the last population");
        }
    }

    private void CheckPrototypes(string field, ProjectionSpec projection, NetworkSpec network)
    {
        if (projection.Connection is not PrototypeConnectionSpec prototypes)
        {
            if (projection.Rule is PrototypeRuleSpec)
            {
                Add(field, "prototypes turn by competition: the rule 'prototypes' needs a connection of kind 'prototypes'");
            }

            return;
        }

        Range($"{field}.perClass", prototypes.PerClass, 1, 256);
        Range($"{field}.sharpness", prototypes.Sharpness, 1e-9, 1e6);
        if (projection.Rule is not PrototypeRuleSpec || projection.Transforms.Count > 0 || projection.Initial is not ZeroWeightsSpec)
        {
            Add(field, "a class gets its first prototype from its first example: use the rule 'prototypes', and take transforms and initial weights out");
        }

        if (network.Populations.FirstOrDefault(population => population.Name == projection.From) is { Bias: false })
        {
            Add(field, "prototypes have an offset each: give the presynaptic population a bias");
        }

        if (network.Credit is not NoCreditSpec || network.Projections.Count(other => other.To == projection.To) > 1)
        {
            Add(field, "prototypes pass no credit down and stand alone: use credit 'none' and no other projection to the last population");
        }
    }

    private void CheckSleep(SleepSpec? sleep)
    {
        Range("sleep.afterSeconds", sleep?.AfterSeconds, 0.1, 604_800);
        Range("sleep.slices", sleep?.Slices, 1, 100_000);
    }

    private void CheckReplay(string field, ReplaySpec replay, NetworkSpec network)
    {
        Range($"{field}.capacity", replay.Capacity, 1, 1_000_000);
        Range($"{field}.perEvent", replay.PerEvent, 0, 256);
        Range($"{field}.perSleepSlice", replay.PerSleepSlice, 0, 10_000);
        Range($"{field}.weight", replay.Weight, 1e-6, 100);
        if (network.Head is RegressionHeadSpec or NoveltyHeadSpec)
        {
            Add(field, "replay remembers classes: it needs a target of kind 'label'");
        }

        if (network.Maintenance.OfType<ReplaySpec>().Count() > 1)
        {
            Add(field, "one replay memory serves the whole network; take the others out");
        }
    }
}
