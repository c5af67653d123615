using LifelongApi.Storage.Schema;
using Microsoft.EntityFrameworkCore;

namespace LifelongApi.Storage.Versions;

/// <summary>Deletes versions with the pages that only they use. The caller holds the pages exclusively.</summary>
internal static class PageSweep
{
    private const int Chunk = 200;

    /// <summary>Deletes every version of the query.</summary>
    public static async Task DeleteVersionsAsync(LifelongContext context, IQueryable<VersionRow> doomed, CancellationToken cancellation)
    {
        var ids = doomed.Select(version => version.Id);
        var orphans = await context.VersionPages
            .Where(page => ids.Contains(page.VersionId)
                && !context.VersionPages.Any(other => other.Hash == page.Hash && !ids.Contains(other.VersionId)))
            .Select(page => page.Hash).Distinct().ToListAsync(cancellation).ConfigureAwait(false);
        await doomed.ExecuteDeleteAsync(cancellation).ConfigureAwait(false);
        foreach (var hashes in orphans.Chunk(Chunk))
        {
            await context.Pages.Where(page => hashes.Contains(page.Hash)).ExecuteDeleteAsync(cancellation).ConfigureAwait(false);
        }
    }
}
