using LifelongApi.Storage.Versions;

namespace LifelongApi.Api.Hosting;

/// <summary>What the store has of a model's entities that are not in its memory.</summary>
internal sealed class StoredEntities(IVersionStore versions, long modelId)
{
    /// <summary>The newest row of each entity at or before a position.</summary>
    /// <param name="ancestry">The lineages that the state is made of.</param>
    /// <param name="last">Sequence of the position.</param>
    /// <param name="entities">Keys of the entities.</param>
    /// <param name="cancellation">Stops the work.</param>
    public Task<IReadOnlyDictionary<ulong, ReadOnlyMemory<byte>>> FindAsync(Ancestry ancestry, long last, IReadOnlyCollection<ulong> entities, CancellationToken cancellation) =>
        versions.FindEntitiesAsync(modelId, [.. ancestry.Links.Reverse().Select(link => new LineageReach(link.Lineage.Number, Math.Min(link.Last, last)))], entities, cancellation);
}
