namespace LifelongApi.Storage.Versions;

/// <summary>Versions: stored positions of models, cut into 64 KiB pages that are stored once by hash and shared between versions, forks and models.</summary>
public interface IVersionStore
{
    /// <summary>Stores a version with the pages that are not there yet, in one transaction.</summary>
    /// <param name="version">The version.</param>
    /// <param name="pages">All its pages in order.</param>
    /// <param name="epoch">Epoch that the host holds of the model's stream.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <returns>The stored version with its number and the bytes that were new.</returns>
    /// <exception cref="FencedException">The epoch is old. Nothing was written.</exception>
    Task<VersionRecord> SaveAsync(NewVersion version, IReadOnlyList<PageContent> pages, long epoch, CancellationToken cancellation);

    /// <summary>Versions of a model, newest number first.</summary>
    Task<IReadOnlyList<VersionRecord>> ListAsync(long modelId, int? beforeNumber, int limit, CancellationToken cancellation);

    /// <summary>One version, or null.</summary>
    Task<VersionRecord?> FindAsync(long modelId, int number, CancellationToken cancellation);

    /// <summary>The version of a lineage with the highest sequence at or below <paramref name="maxSequence"/>, or null.</summary>
    Task<VersionRecord?> FindNewestAsync(long modelId, int lineage, long maxSequence, CancellationToken cancellation);

    /// <summary>Pages of a version in order.</summary>
    Task<IReadOnlyList<PageContent>> ReadPagesAsync(long versionId, CancellationToken cancellation);

    /// <summary>Some pages of a version in order.</summary>
    Task<IReadOnlyList<PageContent>> ReadPagesAsync(long versionId, int first, int count, CancellationToken cancellation);

    /// <summary>Pins or unpins a version.</summary>
    Task SetPinnedAsync(long versionId, bool pinned, string? note, CancellationToken cancellation);

    /// <summary>Deletes a version and the pages that no other version uses.</summary>
    Task DeleteAsync(long versionId, CancellationToken cancellation);
}
