using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;

namespace LifelongApi.Learning.Compilation;

/// <content>Clusters and the head that tells how unusual an event is.</content>
internal sealed partial class SpecValidator
{
    public const double DefaultQuantile = 0.99;
    private const int MostClusters = 4096;

    private void CheckClusters(string field, ProjectionSpec projection, NetworkSpec network)
    {
        if (projection.Connection is not ClusterConnectionSpec clusters)
        {
            if (projection.Rule is ClusterRuleSpec)
            {
                Add(field, "clusters move by competition: the rule 'clusters' needs a connection of kind 'clusters'");
            }

            return;
        }

        Range($"{field}.floor", clusters.Floor, 1e-6, 1e6);
        if (projection.Rule is not ClusterRuleSpec rule || projection.Transforms.Count > 0 || projection.Initial is not ZeroWeightsSpec)
        {
            Add(field, "a cluster is founded at an event: use the rule 'clusters', and take transforms and initial weights out");
        }
        else
        {
            Range($"{field[..^".connection".Length]}.rule.rate", rule.Rate, 1e-6, 1);
            Range($"{field[..^".connection".Length]}.rule.interval", rule.Interval, 1, 10_000);
            Modulator($"{field[..^".connection".Length]}.rule.openingModulator", rule.OpeningModulator, network);
        }

        if (network.Head is not NoveltyHeadSpec || projection.To != network.Populations[^1].Name || network.Projections.Count(other => other.To == projection.To) > 1)
        {
            Add(field, "clusters are read by head 'novelty': they run to the last population, and no other projection does");
        }

        if (network.Credit is not NoCreditSpec)
        {
            Add(field, "clusters pass no credit down: use credit 'none'");
        }
    }

    private void CheckNovelty(NetworkSpec network)
    {
        if (network.Head is not NoveltyHeadSpec novelty)
        {
            return;
        }

        Range("network.head.memory", novelty.Memory, 100, 65536);
        if (!network.Projections.Any(projection => projection.To == network.Populations[^1].Name && projection.Connection is ClusterConnectionSpec))
        {
            Add("network.head.kind", "head 'novelty' reads clusters: give the last population a projection with a connection of kind 'clusters'");
        }
    }
}
