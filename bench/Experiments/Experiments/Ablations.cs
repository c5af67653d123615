using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;

namespace LifelongApi.Experiments.Experiments;

/// <summary>A network with one of its three stages switched off, from its spec alone.</summary>
internal static class Ablations
{
    /// <summary>Filters stay as they were at first: no rule moves them and nothing forms them.</summary>
    public static NetworkSpec WithoutLocalPlasticity(NetworkSpec network) => network with
    {
        Projections = [.. network.Projections.Select(projection => projection.Name != "filters" ? projection : projection with
        {
            Rule = null,
            Transforms = [],
            Connection = projection.Connection is PatchConnectionSpec patches ? patches with { FormingEvents = 0 } : projection.Connection,
        })],
    };

    /// <summary>
    /// In a mixture too the filters stay as they were at first, and no readout moves by the product of its input and its own error. What is left is least squares, which is the stage of protection, and the deep member,
    /// whose rules are not local: its credit comes down through weights.
    /// </summary>
    public static NetworkSpec WithoutLocalRules(NetworkSpec network)
    {
        var withoutFilters = WithoutLocalPlasticity(network);
        var outputs = withoutFilters.Head is EnsembleHeadSpec ensemble ? ensemble.Members.Select(member => member.Population).ToHashSet() : [];
        var deep = withoutFilters.Projections.Where(projection => projection.Rule is CreditRuleSpec && !outputs.Contains(projection.To)).Select(projection => projection.To).ToHashSet();
        return withoutFilters with
        {
            Projections = [.. withoutFilters.Projections.Select(projection => projection.Rule is CreditRuleSpec or NormalisedRuleSpec && outputs.Contains(projection.To) && !deep.Contains(projection.From)
                ? projection with { Rule = null, Transforms = [] }
                : projection)],
        };
    }

    /// <summary>No modulator acts on anything: rates, forgetting, contexts and consolidation by surprise are off.</summary>
    public static NetworkSpec WithoutModulation(NetworkSpec network) => network with
    {
        Modulators = [],
        Projections = [.. network.Projections.Select(projection => projection with
        {
            Rule = projection.Rule is RecursiveLeastSquaresRuleSpec squares ? squares with { ForgettingModulator = null, ForgettingDepth = 0f } : projection.Rule,
            Transforms = [.. projection.Transforms.Where(transform => transform is not ModulateBySpec)],
        })],
        Head = network.Head switch
        {
            LeastSquaresHeadSpec => new LeastSquaresHeadSpec(),
            EnsembleHeadSpec ensemble => ensemble with { Contexts = 1, ContextModulator = null },
            var other => other,
        },
        Maintenance = [.. network.Maintenance.Select(one => one is ConsolidationSpec consolidation ? consolidation with { SettledModulator = null } : one)],
    };

    /// <summary>No Fisher matrix and no anchor: the readout learns by the delta rule at a rate of its own.</summary>
    public static NetworkSpec WithoutProtection(NetworkSpec network) => network with
    {
        Projections = [.. network.Projections.Select(projection => projection with
        {
            Rule = projection.Rule is RecursiveLeastSquaresRuleSpec ? new CreditRuleSpec() : projection.Rule,
            Transforms =
            [
                .. projection.Rule is RecursiveLeastSquaresRuleSpec ? [new LearningRateSpec { Rate = 0.0001f }] : Array.Empty<TransformSpec>(),
                .. projection.Transforms.Where(transform => transform is not (ElasticAnchorSpec or ObserveFisherSpec)),
            ],
        })],
    };
}
