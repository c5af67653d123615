namespace LifelongApi.Storage.Probes;

/// <summary>Probe sets of tasks, and how models did on them.</summary>
public interface IProbeStore
{
    /// <summary>Stores a probe set in the place of the task's last one, where the stream has fewer than <paramref name="maxProbes"/> or one of this task.</summary>
    /// <returns>What was stored; null where the stream has too many.</returns>
    Task<ProbeRecord?> SaveAsync(NewProbe probe, int maxProbes, CancellationToken cancellation);

    /// <summary>Probe sets of a stream by task.</summary>
    Task<IReadOnlyList<ProbeRecord>> ListAsync(long streamId, CancellationToken cancellation);

    /// <summary>A probe set with its rows, or null.</summary>
    Task<(ProbeRecord Probe, IReadOnlyList<ReadOnlyMemory<byte>> Rows)?> FindAsync(long streamId, string task, CancellationToken cancellation);

    /// <summary>Deletes a probe set with the scores of every model on it.</summary>
    /// <returns>Whether there was one.</returns>
    Task<bool> DeleteAsync(long streamId, string task, CancellationToken cancellation);

    /// <summary>All scores of a model, also those of dead lineages and of probe sets that were replaced.</summary>
    Task<IReadOnlyList<ProbeScore>> ListScoresAsync(long modelId, CancellationToken cancellation);

    /// <summary>Stores scores, each in the place of the one that position and task had. Does nothing where the model is gone.</summary>
    Task SaveScoresAsync(long modelId, IReadOnlyList<ProbeScore> scores, CancellationToken cancellation);
}
