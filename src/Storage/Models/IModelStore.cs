using LifelongApi.Storage.Journal;

namespace LifelongApi.Storage.Models;

/// <summary>Models, the streams they lead or follow, and their lineages.</summary>
public interface IModelStore
{
    /// <summary>Creates a model that leads a new stream of its name, with lineage 1 starting at sequence 0.</summary>
    /// <returns>The model, or null where the name of model or stream is taken.</returns>
    Task<ModelRecord?> CreateLeaderAsync(NewModel model, CancellationToken cancellation);

    /// <summary>Creates a follower of an existing stream.</summary>
    /// <param name="model">The model.</param>
    /// <param name="streamId">Stream to follow.</param>
    /// <param name="startSequence">Sequence after which it starts (0: the beginning).</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <returns>The model, or null where the name is taken.</returns>
    Task<ModelRecord?> CreateFollowerAsync(NewModel model, long streamId, long startSequence, CancellationToken cancellation);

    /// <summary>
    /// Creates a model that leads a new stream of its name and begins at a version of another model: lineage 1 has that position as its parent,
    /// version 1 shares the pages of the source version, numbering of the stream goes on after it, the source's feature names and the ids of
    /// <paramref name="liveRanges"/> are taken over (a duplicate of such an id points to the source's sequence).
    /// </summary>
    /// <returns>The model, or null where the name is taken.</returns>
    Task<ModelRecord?> ForkAsync(NewModel model, long sourceModelId, int sourceVersion, IReadOnlyList<SequenceRange> liveRanges, CancellationToken cancellation);

    /// <summary>
    /// Creates a model that leads a new stream of its name and begins with a state from elsewhere: lineage 1 (cause <c>imported</c>) and the stream's numbering start at its
    /// sequence, version 1 holds the state. All or nothing, in one transaction.
    /// </summary>
    /// <returns>The model, or null where the name is taken.</returns>
    Task<ModelRecord?> ImportAsync(ImportedModel imported, CancellationToken cancellation);

    /// <summary>A model by name, or null.</summary>
    Task<ModelRecord?> FindAsync(string name, CancellationToken cancellation);

    /// <summary>Models by name.</summary>
    Task<IReadOnlyList<ModelRecord>> ListAsync(string? afterName, int limit, CancellationToken cancellation);

    /// <summary>Models of a stream: the leader first, followers by name.</summary>
    Task<IReadOnlyList<ModelRecord>> ListOfStreamAsync(long streamId, CancellationToken cancellation);

    /// <summary>Deletes the model with its versions, lineages, outcomes and pages only they used; a leader takes its stream with it where nobody follows.</summary>
    /// <returns>Whether it was deleted; false where followers still need its stream.</returns>
    Task<bool> DeleteAsync(long modelId, CancellationToken cancellation);

    /// <summary>Lineages of a model, ascending by number.</summary>
    Task<IReadOnlyList<LineageRecord>> ListLineagesAsync(long modelId, CancellationToken cancellation);

    /// <summary>Opens a new lineage of a follower (a leader's is opened by <see cref="IJournal.RestoreAsync"/>).</summary>
    Task AddLineageAsync(LineageRecord lineage, CancellationToken cancellation);

    /// <summary>
    /// Changes the lead of a stream in one commit: takes the next epoch, so that no host goes on writing, opens a lineage for the model that leads from now on and one for the model
    /// that led, and makes exactly the ids of <paramref name="liveRanges"/> the live ids of the stream.
    /// </summary>
    /// <param name="streamId">The stream.</param>
    /// <param name="promoted">Lineage of the follower that takes the lead; it starts at the stream's last sequence.</param>
    /// <param name="demoted">Lineage of the leader that follows from now on.</param>
    /// <param name="liveRanges">Live events of the new leader.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="FencedException">The stream is gone, another host appended to it, or the lead changed meanwhile. Nothing was written.</exception>
    Task PromoteAsync(long streamId, LineageRecord promoted, LineageRecord demoted, IReadOnlyList<SequenceRange> liveRanges, CancellationToken cancellation);

    /// <summary>Stores or clears the reason why a model is fenced.</summary>
    Task SetFencedAsync(long modelId, string? reason, CancellationToken cancellation);
}
