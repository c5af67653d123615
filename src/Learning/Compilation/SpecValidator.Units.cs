using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;

namespace LifelongApi.Learning.Compilation;

/// <content>Parts that come and go with units of a hidden population.</content>
internal sealed partial class SpecValidator
{
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
