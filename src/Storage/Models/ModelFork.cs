using LifelongApi.Storage.Journal;
using LifelongApi.Storage.Schema;
using Microsoft.EntityFrameworkCore;

namespace LifelongApi.Storage.Models;

/// <summary>One fork inside a transaction: what the new model takes over from the source, copied by the database itself.</summary>
internal sealed class ModelFork(LifelongContext context, long sourceModelId, int sourceVersion)
{
    /// <summary>The version it begins with.</summary>
    public VersionRow Version { get; private set; } = null!;

    /// <summary>The stream of the source.</summary>
    public StreamRow Stream { get; private set; } = null!;

    /// <summary>Reads the source, or throws where model or version do not exist.</summary>
    public async Task FindSourceAsync(CancellationToken cancellation)
    {
        Version = await context.Versions.AsNoTracking()
            .SingleOrDefaultAsync(version => version.ModelId == sourceModelId && version.Number == sourceVersion, cancellation).ConfigureAwait(false)
            ?? throw new InvalidOperationException($"Model {sourceModelId} has no version {sourceVersion}.");
        Stream = await context.Models.AsNoTracking().Where(model => model.Id == sourceModelId).Select(model => model.Stream!)
            .SingleAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>Copies version, page list, rows of entities, feature names and live ids.</summary>
    public async Task CopyAsync(ModelRow target, IReadOnlyList<SequenceRange> liveRanges, CancellationToken cancellation)
    {
        await CopyVersionAsync(target, cancellation).ConfigureAwait(false);
        await CopyEntitiesAsync(target, cancellation).ConfigureAwait(false);
        await context.Database.ExecuteSqlAsync(
            $"INSERT INTO feature_names (stream_id, id, name) SELECT {target.StreamId}, id, name FROM feature_names WHERE stream_id = {Stream.Id}",
            cancellation).ConfigureAwait(false);
        // Their payloads refer to the feature names above.
        await context.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO probes (stream_id, task, hash, row_count, payloads, actor, created_at)
            SELECT {target.StreamId}, task, hash, row_count, payloads, actor, created_at FROM probes WHERE stream_id = {Stream.Id}
            """,
            cancellation).ConfigureAwait(false);
        // Ids that the source inherited itself: their events are further up.
        await context.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO event_ids (stream_id, id_key, sequence)
            SELECT {target.StreamId}, id_key, sequence FROM event_ids WHERE stream_id = {Stream.Id} AND sequence <= {Stream.BaseSequence}
            """,
            cancellation).ConfigureAwait(false);
        var own = new SequenceRange(Stream.BaseSequence + 1, Version.Sequence);
        foreach (var range in SequenceRanges.Clip(SequenceRanges.Normalize(liveRanges), own))
        {
            await JournalRestore.ReviveAsync(context, Stream.Id, target.StreamId, range, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>The newest row of every entity that the version could ask for; the nearest lineage first.</summary>
    private async Task CopyEntitiesAsync(ModelRow target, CancellationToken cancellation)
    {
        var lineages = await context.Lineages.AsNoTracking().Where(lineage => lineage.ModelId == sourceModelId).ToDictionaryAsync(lineage => lineage.Number, cancellation).ConfigureAwait(false);
        var (number, last) = ((int?)Version.Lineage, Version.Sequence);
        while (number is { } lineage)
        {
            await context.Database.ExecuteSqlAsync(
                $"""
                INSERT INTO entity_rows (model_id, entity, lineage, sequence, bytes)
                SELECT {target.Id}, source.entity, 1, source.sequence, source.bytes FROM entity_rows AS source
                WHERE source.model_id = {sourceModelId} AND source.lineage = {lineage} AND source.sequence <= {last}
                  AND NOT EXISTS (SELECT 1 FROM entity_rows AS newer
                    WHERE newer.model_id = source.model_id AND newer.entity = source.entity AND newer.lineage = source.lineage AND newer.sequence > source.sequence AND newer.sequence <= {last})
                  AND NOT EXISTS (SELECT 1 FROM entity_rows AS taken WHERE taken.model_id = {target.Id} AND taken.entity = source.entity)
                """,
                cancellation).ConfigureAwait(false);
            (number, last) = (lineages[lineage].Parent, lineages[lineage].ParentSequence);
        }
    }

    private async Task CopyVersionAsync(ModelRow target, CancellationToken cancellation)
    {
        var version = new VersionRow
        {
            ModelId = target.Id,
            Number = 1,
            Lineage = 1,
            Sequence = Version.Sequence,
            StateHash = Version.StateHash,
            Manifest = Version.Manifest,
            Statistics = Version.Statistics,
            Engine = Version.Engine,
            // Without it nothing could rebuild the model: thinning must leave it.
            Pinned = true,
            Cause = "fork",
            ByteCount = Version.ByteCount,
            NewByteCount = 0,
            CreatedAt = target.CreatedAt,
        };
        context.Versions.Add(version);
        await context.SaveChangesAsync(cancellation).ConfigureAwait(false);
        await context.Database.ExecuteSqlAsync(
            $"INSERT INTO version_pages (version_id, page_index, hash) SELECT {version.Id}, page_index, hash FROM version_pages WHERE version_id = {Version.Id}",
            cancellation).ConfigureAwait(false);
    }
}
