using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Compilation;

/// <content>Parts that come and go with units of a hidden population.</content>
internal sealed partial class SpecValidator
{
    private const int MostContextFeatures = 1 << 16;

    private void CheckContext(ModelSpec spec)
    {
        if (spec.Network.Context is { } context)
        {
            Range("network.context.maxContexts", context.MaxContexts, 2, 256);
            Range("network.context.minimumEvents", context.MinimumEvents, 10, 1_000_000);
            Range("network.context.tolerance", context.Tolerance, 0, 100);
            Range("network.context.evidence", context.Evidence, 1e-6, 1e6);
            Range("network.context.smoothing", context.Smoothing, 1e-6, 10);
            Range("network.context.memory", context.Memory, 10, 1e9);
            if (InputShape.Of(spec.Input).Units > MostContextFeatures)
            {
                Add("network.context", "a context keeps statistics of every feature, of at most 65,536: use a smaller input or fewer hashBits");
            }
        }

        for (var i = 1; i < spec.Network.Populations.Count; i++)
        {
            if (spec.Network.Populations[i].Gated)
            {
                CheckGated($"network.populations[{i}]", spec.Network.Populations[i], spec.Network);
            }
        }
    }

    private void CheckGated(string field, PopulationSpec population, NetworkSpec network)
    {
        if (population.Kind != PopulationKind.Relu)
        {
            Add($"{field}.gated", "only a population of kind 'relu' is gated; leave gated out");
        }

        if (network.Context is not { } context)
        {
            Add($"{field}.gated", "a gated population needs contexts: add network.context");
        }
        else if (population.Size % (LayoutBuilder.Line * context.MaxContexts) != 0)
        {
            Add($"{field}.size", $"{population.Size} units are not {context.MaxContexts} blocks of a multiple of 16: use a multiple of {LayoutBuilder.Line * context.MaxContexts}");
        }

        if (network.Projections.Any(projection => projection.To == population.Name && (projection.Connection is not DenseConnectionSpec || projection.Rule is not (null or CreditRuleSpec or NormalisedRuleSpec))))
        {
            Add($"{field}.gated", "projections to a gated population are all to all and learn by rule 'credit' or 'normalised', or not at all");
        }

        if (network.Maintenance.OfType<RenewalSpec>().Any(renewal => renewal.Population == population.Name))
        {
            Add($"network.maintenance[{network.Maintenance.ToList().FindIndex(part => part is RenewalSpec renewal && renewal.Population == population.Name)}].population", $"units of '{population.Name}' are silent in other contexts, not useless: a gated population is not renewed");
        }
    }

    private void CheckRenewal(string field, RenewalSpec renewal, NetworkSpec network)
    {
        Range($"{field}.rate", renewal.Rate, 1e-9, 0.5);
        Range($"{field}.maturity", renewal.Maturity, 1, 1e9);
        Range($"{field}.decay", renewal.Decay, 0, 0.999999);
        if (network.Maintenance.OfType<RenewalSpec>().Count(other => other.Population == renewal.Population) > 1)
        {
            Add($"{field}.population", $"population '{renewal.Population}' is renewed twice; take the others out");
        }

        CheckChangingUnits($"{field}.population", renewal.Population, network);
    }

    private void CheckGrowth(string field, GrowthSpec growth, NetworkSpec network)
    {
        Modulator($"{field}.modulator", growth.Modulator, network);
        Range($"{field}.above", growth.Above, 0, 1);
        Range($"{field}.events", growth.Events, 1, 1e9);
        Range($"{field}.block", growth.Block, 1, 65_536);
        CheckChangingUnits($"{field}.population", growth.Population, network);
        if (network.Populations.FirstOrDefault(population => population.Name == growth.Population) is not { } population)
        {
            return;
        }

        Range($"{field}.maxUnits", growth.MaxUnits, population.Size ?? 1, 1 << 20);
        if (population.Bias)
        {
            Add($"{field}.population", $"a bias unit comes last, where new units go: give population '{population.Name}' bias false");
        }

        if (population.Gated || population.Kind == PopulationKind.Cosine)
        {
            Add($"{field}.population", $"population '{population.Name}' has a fixed number of units (it is gated, or of kind 'cosine'): let another grow");
        }

        if (network.Maintenance.OfType<GrowthSpec>().Count(other => other.Population == growth.Population) > 1)
        {
            Add($"{field}.population", $"population '{growth.Population}' grows twice; take the others out");
        }
    }

    /// <summary>A population whose units are drawn anew or added at run time: what is connected to it must know how to begin again.</summary>
    private void CheckChangingUnits(string field, string name, NetworkSpec network)
    {
        var hidden = network.Populations.Skip(1).Select(population => population.Name).Except(HeadOutputs.Of(network)).ToList();
        if (!hidden.Contains(name))
        {
            Add(field, hidden.Count == 0 ? "the network has no hidden population" : $"'{name}' is no hidden population; there are {string.Join(", ", hidden)}");
            return;
        }

        foreach (var projection in network.Projections.Where(projection => projection.From == name || projection.To == name))
        {
            if (projection.Connection is not DenseConnectionSpec)
            {
                Add(field, $"units come and go with all-to-all synapses only: projection '{projection.Name}' needs a connection of kind 'dense'");
            }
            else if (projection.Rule is RecursiveLeastSquaresRuleSpec or DiscriminantRuleSpec)
            {
                Add(field, $"the statistics of projection '{projection.Name}' hold every unit to the past: let it learn by rule 'credit' or another without them");
            }
        }
    }
}
