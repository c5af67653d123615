using System.Text;
using LifelongApi.Storage.Connections;
using LifelongApi.Storage.Journal;
using LifelongApi.Storage.Schema;
using Microsoft.EntityFrameworkCore;

namespace LifelongApi.Storage.Versions;

/// <summary>Versions and pages on either database.</summary>
internal sealed class VersionStore(LifelongDatabase database) : IVersionStore
{
    private const int HashesPerQuery = 200;

    /// <summary>Pages (of 64 KiB) in one statement, and in one transaction of a save: where a database has one writer, events are committed between two of them.</summary>
    private const int PagesPerInsert = 4;
    internal const int PlacesPerInsert = 500;

    /// <inheritdoc/>
    public async Task<VersionRecord> SaveAsync(NewVersion version, IReadOnlyList<PageContent> pages, long epoch, CancellationToken cancellation)
    {
        var missing = await database.ReadAsync("looking for pages", context => FindMissingAsync(context, pages, cancellation)).ConfigureAwait(false);
        var newBytes = 0L;
        foreach (var chunk in missing.Chunk(PagesPerInsert))
        {
            // Nothing refers to them before the version does, whose commit makes them last; a kill leaves them for the sweep of the next start.
            newBytes += await database.WriteAheadAsync("saving pages", async context =>
            {
                await database.LockPagesAsync(context, exclusive: false, cancellation).ConfigureAwait(false);
                return await AddPagesAsync(context, chunk, cancellation).ConfigureAwait(false);
            }, cancellation).ConfigureAwait(false);

            // SQLite works on its caller's thread, of which a machine of one core has one: whoever learns gets it in between.
            await Task.Yield();
        }

        return await SaveAsync(version, pages, newBytes, epoch, cancellation).ConfigureAwait(false);
    }

    /// <summary>Saves the version itself, with the pages that a deletion has taken since they were found or stored.</summary>
    private Task<VersionRecord> SaveAsync(NewVersion version, IReadOnlyList<PageContent> pages, long storedBytes, long epoch, CancellationToken cancellation)
        => database.WriteAsync("saving a version", async context =>
        {
            await database.LockPagesAsync(context, exclusive: false, cancellation).ConfigureAwait(false);
            var newBytes = storedBytes + await AddPagesAsync(context, pages, cancellation).ConfigureAwait(false);
            await CheckFenceAsync(context, version.ModelId, epoch, cancellation).ConfigureAwait(false);
            var row = await AddVersionAsync(context, version, pages, newBytes, cancellation).ConfigureAwait(false);
            for (var first = 0; first < pages.Count; first += PlacesPerInsert)
            {
                await AddPlacesAsync(context, row.Id, pages, first, cancellation).ConfigureAwait(false);
            }

            await EntityRows.AddAsync(context, version, cancellation).ConfigureAwait(false);
            return ToRecord(row);
        }, cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyDictionary<ulong, ReadOnlyMemory<byte>>> FindEntitiesAsync(
        long modelId, IReadOnlyList<LineageReach> ancestry, IReadOnlyCollection<ulong> entities, CancellationToken cancellation)
        => database.ReadAsync("finding entities", context => EntityRows.FindAsync(context, modelId, ancestry, entities, cancellation));

    /// <inheritdoc/>
    public Task<IReadOnlyList<StoredEntity>> ListEntitiesAsync(long modelId, LineageReach reach, ulong? after, int limit, CancellationToken cancellation)
        => database.ReadAsync("listing entities", context => EntityRows.ListAsync(context, modelId, reach, after, limit, cancellation));

    /// <inheritdoc/>
    public async Task PruneEntitiesAsync(long modelId, IReadOnlyCollection<ulong> entities, CancellationToken cancellation)
        => await database.WriteAsync("pruning entities", context => EntityRows.PruneAsync(context, modelId, entities, cancellation), cancellation).ConfigureAwait(false);

    /// <inheritdoc/>
    public Task<IReadOnlyList<VersionRecord>> ListAsync(long modelId, int? beforeNumber, int limit, CancellationToken cancellation)
        => database.ReadAsync<IReadOnlyList<VersionRecord>>("listing versions", async context =>
        {
            var versions = context.Versions.AsNoTracking().Where(version => version.ModelId == modelId);
            if (beforeNumber is { } before)
            {
                versions = versions.Where(version => version.Number < before);
            }

            var rows = await versions.OrderByDescending(version => version.Number).Take(limit).ToListAsync(cancellation).ConfigureAwait(false);
            return rows.ConvertAll(ToRecord);
        });

    /// <inheritdoc/>
    public Task<VersionRecord?> FindAsync(long modelId, int number, CancellationToken cancellation)
        => FindAsync(versions => versions.Where(version => version.ModelId == modelId && version.Number == number), cancellation);

    /// <inheritdoc/>
    public Task<VersionRecord?> FindNewestAsync(long modelId, int lineage, long maxSequence, CancellationToken cancellation)
        => FindAsync(
            versions => versions.Where(version => version.ModelId == modelId && version.Lineage == lineage && version.Sequence <= maxSequence)
                .OrderByDescending(version => version.Sequence).ThenByDescending(version => version.Number),
            cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<PageContent>> ReadPagesAsync(long versionId, CancellationToken cancellation)
        => database.ReadAsync<IReadOnlyList<PageContent>>("reading pages", async context =>
        {
            var rows = await context.VersionPages.Where(place => place.VersionId == versionId)
                .Join(context.Pages, place => place.Hash, page => page.Hash, (place, page) => new { place.PageIndex, page.Hash, page.Bytes })
                .OrderBy(page => page.PageIndex).ToListAsync(cancellation).ConfigureAwait(false);
            return rows.ConvertAll(page => new PageContent(page.Hash, page.Bytes));
        });

    /// <inheritdoc/>
    public Task<IReadOnlyList<PageContent>> ReadPagesAsync(long versionId, int first, int count, CancellationToken cancellation)
        => database.ReadAsync<IReadOnlyList<PageContent>>("reading pages", async context =>
        {
            var rows = await context.VersionPages.Where(place => place.VersionId == versionId && place.PageIndex >= first && place.PageIndex < first + count)
                .Join(context.Pages, place => place.Hash, page => page.Hash, (place, page) => new { place.PageIndex, page.Hash, page.Bytes })
                .OrderBy(page => page.PageIndex).ToListAsync(cancellation).ConfigureAwait(false);
            return rows.ConvertAll(page => new PageContent(page.Hash, page.Bytes));
        });

    /// <inheritdoc/>
    public async Task SetPinnedAsync(long versionId, bool pinned, string? note, CancellationToken cancellation)
        => await database.WriteAsync("pinning a version", context => context.Versions.Where(version => version.Id == versionId)
            .ExecuteUpdateAsync(version => version.SetProperty(row => row.Pinned, pinned).SetProperty(row => row.Note, note), cancellation), cancellation)
            .ConfigureAwait(false);

    /// <inheritdoc/>
    public async Task DeleteAsync(long versionId, CancellationToken cancellation)
        => await database.WriteAsync("deleting a version", async context =>
        {
            await database.LockPagesAsync(context, exclusive: true, cancellation).ConfigureAwait(false);
            await PageSweep.DeleteVersionsAsync(context, context.Versions.Where(version => version.Id == versionId), cancellation).ConfigureAwait(false);
            return true;
        }, cancellation).ConfigureAwait(false);

    /// <summary>Stores the pages that are not there yet; answers their bytes.</summary>
    internal static async Task<long> AddPagesAsync(LifelongContext context, IReadOnlyList<PageContent> pages, CancellationToken cancellation)
    {
        var missing = await FindMissingAsync(context, pages, cancellation).ConfigureAwait(false);
        foreach (var chunk in missing.Chunk(PagesPerInsert))
        {
            var sql = new StringBuilder("INSERT INTO pages (hash, length, encoding, bytes) VALUES ");
            var values = new List<object>(chunk.Length * 3);
            foreach (var page in chunk)
            {
                sql.Append(values.Count == 0 ? "" : ", ").Append(System.Globalization.CultureInfo.InvariantCulture, $"({{{values.Count}}}, {{{values.Count + 1}}}, 0, {{{values.Count + 2}}})");
                values.AddRange([AppendBatch.ToArray(page.Hash), page.Bytes.Length, AppendBatch.ToArray(page.Bytes)]);
            }

            await context.Database.ExecuteSqlRawAsync(sql.Append(" ON CONFLICT (hash) DO NOTHING").ToString(), values, cancellation).ConfigureAwait(false);
        }

        return missing.Sum(page => (long)page.Bytes.Length);
    }

    /// <summary>The pages that are not stored, each once, in the order of their hashes: two hosts that store the same pages then wait for each other, never in a circle.</summary>
    private static async Task<List<PageContent>> FindMissingAsync(LifelongContext context, IReadOnlyList<PageContent> pages, CancellationToken cancellation)
    {
        var missing = new SortedDictionary<string, PageContent>(StringComparer.Ordinal);
        foreach (var page in pages)
        {
            missing.TryAdd(Convert.ToHexString(page.Hash.Span), page);
        }

        foreach (var hashes in missing.Values.Select(page => AppendBatch.ToArray(page.Hash)).ToList().Chunk(HashesPerQuery))
        {
            var stored = await context.Pages.Where(page => hashes.Contains(page.Hash)).Select(page => page.Hash).ToListAsync(cancellation).ConfigureAwait(false);
            stored.ForEach(hash => missing.Remove(Convert.ToHexString(hash)));
        }

        return [.. missing.Values];
    }

    private async Task CheckFenceAsync(LifelongContext context, long modelId, long epoch, CancellationToken cancellation)
    {
        var streamId = await context.Models.Where(model => model.Id == modelId).Select(model => (long?)model.StreamId)
            .SingleOrDefaultAsync(cancellation).ConfigureAwait(false);
        var stream = streamId is { } id ? await database.LockStreamAsync(context, id, exclusive: false, cancellation).ConfigureAwait(false) : null;
        if (stream?.Epoch != epoch)
        {
            throw new FencedException($"The stream of model {modelId} is not at epoch {epoch} any more.");
        }
    }

    private static async Task<VersionRow> AddVersionAsync(
        LifelongContext context, NewVersion version, IReadOnlyList<PageContent> pages, long newBytes, CancellationToken cancellation)
    {
        var model = context.Models.Where(row => row.Id == version.ModelId);
        await model.ExecuteUpdateAsync(row => row.SetProperty(m => m.LastVersion, m => m.LastVersion + 1), cancellation).ConfigureAwait(false);
        var added = new VersionRow
        {
            ModelId = version.ModelId,
            Number = await model.Select(row => row.LastVersion).SingleAsync(cancellation).ConfigureAwait(false),
            Lineage = version.Lineage,
            Sequence = version.Sequence,
            StateHash = version.StateHash.ToArray(),
            Manifest = version.Manifest.ToArray(),
            Statistics = version.Statistics.ToArray(),
            Engine = version.Engine,
            Pinned = version.Pinned,
            Cause = version.Cause,
            Note = version.Note,
            ByteCount = pages.Sum(page => (long)page.Bytes.Length),
            NewByteCount = newBytes,
            CreatedAt = version.CreatedAt,
        };
        context.Versions.Add(added);
        await context.SaveChangesAsync(cancellation).ConfigureAwait(false);
        return added;
    }

    internal static Task<int> AddPlacesAsync(LifelongContext context, long versionId, IReadOnlyList<PageContent> pages, int first, CancellationToken cancellation)
    {
        var sql = new StringBuilder("INSERT INTO version_pages (version_id, page_index, hash) VALUES ");
        var values = new List<object> { versionId };
        for (var index = first; index < Math.Min(first + PlacesPerInsert, pages.Count); index++)
        {
            sql.Append(index == first ? "" : ", ").Append(System.Globalization.CultureInfo.InvariantCulture, $"({{0}}, {index}, {{{values.Count}}})");
            values.Add(AppendBatch.ToArray(pages[index].Hash));
        }

        return context.Database.ExecuteSqlRawAsync(sql.ToString(), values, cancellation);
    }

    private Task<VersionRecord?> FindAsync(Func<IQueryable<VersionRow>, IQueryable<VersionRow>> wanted, CancellationToken cancellation)
        => database.ReadAsync("finding a version", async context
            => await wanted(context.Versions.AsNoTracking()).FirstOrDefaultAsync(cancellation).ConfigureAwait(false) is { } row ? ToRecord(row) : null);

    private static VersionRecord ToRecord(VersionRow row) => new()
    {
        Id = row.Id,
        Number = row.Number,
        ModelId = row.ModelId,
        Lineage = row.Lineage,
        Sequence = row.Sequence,
        StateHash = row.StateHash,
        Manifest = row.Manifest,
        Statistics = row.Statistics,
        Engine = row.Engine,
        Pinned = row.Pinned,
        Cause = row.Cause,
        Note = row.Note,
        ByteCount = row.ByteCount,
        NewByteCount = row.NewByteCount,
        CreatedAt = row.CreatedAt,
    };
}
