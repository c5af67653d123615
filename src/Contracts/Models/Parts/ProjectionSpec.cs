namespace LifelongApi.Contracts.Models.Parts;

/// <summary>Synapses from one population to a later one, with the rule that proposes their change and the transforms that bend the proposal.</summary>
public sealed record ProjectionSpec
{
    /// <summary>Name, unique in the network.</summary>
    public required string Name { get; init; }

    /// <summary>Presynaptic population.</summary>
    public required string From { get; init; }

    /// <summary>Postsynaptic population, later in forward order.</summary>
    public required string To { get; init; }

    /// <summary>Which units are connected, and how. Default: all to all.</summary>
    public ConnectionSpec Connection { get; init; } = new DenseConnectionSpec();

    /// <summary>How the weights start; without meaning for patches, which draw their filters from the first events.</summary>
    public InitialWeightsSpec Initial { get; init; } = new ZeroWeightsSpec();

    /// <summary>What a synapse proposes at each event; null leaves the projection fixed.</summary>
    public RuleSpec? Rule { get; init; }

    /// <summary>How the proposal is bent, in this order. The order is meaning: what comes after <c>modulateBy</c> is not modulated.</summary>
    public IReadOnlyList<TransformSpec> Transforms { get; init; } = [];
}
