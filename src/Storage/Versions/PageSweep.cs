using LifelongApi.Storage.Connections;
using LifelongApi.Storage.Schema;
using Microsoft.EntityFrameworkCore;

namespace LifelongApi.Storage.Versions;

/// <summary>Deletes versions with the pages that only they use, and pages that no version uses.</summary>
internal static class PageSweep
{
    private const int Chunk = 200;

    /// <summary>Deletes the pages that a save which never ended has left. One that goes on stores again what it misses.</summary>
    public static async Task SweepAsync(LifelongDatabase database, CancellationToken cancellation)
    {
        if (!await database.ReadAsync("looking for pages of no version", context => Unused(context).AnyAsync(cancellation)).ConfigureAwait(false))
        {
            return;
        }

        await database.WriteAsync("sweeping pages", async context =>
        {
            await database.LockPagesAsync(context, exclusive: true, cancellation).ConfigureAwait(false);
            return await Unused(context).ExecuteDeleteAsync(cancellation).ConfigureAwait(false);
        }, cancellation).ConfigureAwait(false);
    }

    /// <summary>Deletes every version of the query. The caller holds the pages exclusively.</summary>
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

    private static IQueryable<PageRow> Unused(LifelongContext context) => context.Pages.Where(page => !context.VersionPages.Any(place => place.Hash == page.Hash));
}
