using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;

namespace LifelongApi.Learning.Compilation;

/// <summary>Which populations a network's head reads: the members' of an ensemble, else the last.</summary>
public static class HeadOutputs
{
    /// <summary>Names of the populations read.</summary>
    /// <param name="network">A network with at least one population.</param>
    /// <returns>At least one name.</returns>
    public static IReadOnlyList<string> Of(NetworkSpec network) => network.Head switch
    {
        EnsembleHeadSpec ensemble => [.. ensemble.Members.Select(member => member.Population)],
        ValueEnsembleHeadSpec ensemble => ensemble.Populations,
        _ => [network.Populations[^1].Name],
    };
}
