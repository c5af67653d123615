using System.Globalization;
using System.Security.Cryptography;
using LifelongApi.Storage.Connections;
using LifelongApi.Storage.Encoders;
using LifelongApi.Storage.Journal;
using LifelongApi.Storage.Schema;
using LifelongApi.Storage.Versions;
using Microsoft.EntityFrameworkCore;

namespace LifelongApi.Storage.Models;

/// <summary>Models and lineages on either database.</summary>
internal sealed class ModelStore(LifelongDatabase database) : IModelStore
{
    /// <inheritdoc/>
    public async Task<ModelRecord?> CreateLeaderAsync(NewModel model, CancellationToken cancellation)
        => await UnlessTakenAsync(() => database.WriteAsync("creating a model", async context =>
        {
            var stream = await AddStreamAsync(context, model, cancellation).ConfigureAwait(false);
            var row = await AddModelAsync(context, model, stream, isLeader: true, cancellation).ConfigureAwait(false);
            context.Lineages.Add(FirstLineage(row, 0, "created"));
            await context.SaveChangesAsync(cancellation).ConfigureAwait(false);
            return ToRecord(row, stream.Name);
        }, cancellation)).ConfigureAwait(false);

    /// <inheritdoc/>
    public async Task<ModelRecord?> CreateFollowerAsync(NewModel model, long streamId, long startSequence, CancellationToken cancellation)
        => await UnlessTakenAsync(() => database.WriteAsync("creating a model", async context =>
        {
            var stream = await context.Streams.SingleAsync(stream => stream.Id == streamId, cancellation).ConfigureAwait(false);
            var row = await AddModelAsync(context, model, stream, isLeader: false, cancellation).ConfigureAwait(false);
            context.Lineages.Add(FirstLineage(row, startSequence, "created"));
            await context.SaveChangesAsync(cancellation).ConfigureAwait(false);
            return ToRecord(row, stream.Name);
        }, cancellation)).ConfigureAwait(false);

    /// <inheritdoc/>
    public async Task<ModelRecord?> ForkAsync(
        NewModel model, long sourceModelId, int sourceVersion, IReadOnlyList<SequenceRange> liveRanges, CancellationToken cancellation)
        => await UnlessTakenAsync(() => database.WriteAsync("forking a model", async context =>
        {
            await database.LockPagesAsync(context, exclusive: false, cancellation).ConfigureAwait(false);
            var fork = new ModelFork(context, sourceModelId, sourceVersion);
            await fork.FindSourceAsync(cancellation).ConfigureAwait(false);
            var stream = await AddStreamAsync(context, model, cancellation, fork.Version.Sequence, fork.Stream.Id, fork.Stream.IdScheme).ConfigureAwait(false);
            var row = await AddModelAsync(context, model, stream, isLeader: true, cancellation, lastVersion: 1).ConfigureAwait(false);
            var lineage = FirstLineage(row, fork.Version.Sequence, "forked");
            (lineage.SourceModelId, lineage.SourceVersion) = (sourceModelId, sourceVersion);
            context.Lineages.Add(lineage);
            await context.SaveChangesAsync(cancellation).ConfigureAwait(false);
            await fork.CopyAsync(row, liveRanges, cancellation).ConfigureAwait(false);
            return ToRecord(row, stream.Name);
        }, cancellation)).ConfigureAwait(false);

    /// <inheritdoc/>
    public async Task<ModelRecord?> ImportAsync(ImportedModel imported, CancellationToken cancellation)
        => await UnlessTakenAsync(() => database.WriteAsync("importing a model", async context =>
        {
            await database.LockPagesAsync(context, exclusive: false, cancellation).ConfigureAwait(false);
            if (imported.Encoder is { } encoder)
            {
                await database.LockEncodersAsync(context, cancellation).ConfigureAwait(false);
                await EncoderStore.AddMissingAsync(context, encoder, cancellation).ConfigureAwait(false);
            }

            var stream = await AddStreamAsync(context, imported.Model, cancellation, imported.Version.Sequence, scheme: imported.IdScheme).ConfigureAwait(false);
            var row = await AddModelAsync(context, imported.Model, stream, isLeader: true, cancellation, lastVersion: 1).ConfigureAwait(false);
            context.Lineages.Add(FirstLineage(row, imported.Version.Sequence, LineageRecord.Imported));
            await context.SaveChangesAsync(cancellation).ConfigureAwait(false);
            await new ModelImport(context, imported).WriteAsync(row, cancellation).ConfigureAwait(false);
            return ToRecord(row, stream.Name);
        }, cancellation)).ConfigureAwait(false);

    /// <inheritdoc/>
    public Task<ModelRecord?> FindAsync(string name, CancellationToken cancellation)
        => database.ReadAsync("finding a model", context
            => ToRecords(context.Models.Where(model => model.Name == name)).SingleOrDefaultAsync(cancellation));

    /// <inheritdoc/>
    public Task<IReadOnlyList<ModelRecord>> ListAsync(string? afterName, int limit, CancellationToken cancellation)
        => database.ReadAsync<IReadOnlyList<ModelRecord>>("listing models", async context =>
        {
            var models = context.Models.AsQueryable();
            if (afterName is not null)
            {
                models = models.Where(model => string.Compare(model.Name, afterName) > 0);
            }

            return await ToRecords(models.OrderBy(model => model.Name).Take(limit)).ToListAsync(cancellation).ConfigureAwait(false);
        });

    /// <inheritdoc/>
    public Task<IReadOnlyList<ModelRecord>> ListOfStreamAsync(long streamId, CancellationToken cancellation)
        => database.ReadAsync<IReadOnlyList<ModelRecord>>("listing the models of a stream", async context
            => await ToRecords(context.Models.Where(model => model.StreamId == streamId).OrderByDescending(model => model.IsLeader).ThenBy(model => model.Name))
                .ToListAsync(cancellation).ConfigureAwait(false));

    /// <inheritdoc/>
    public Task<bool> DeleteAsync(long modelId, CancellationToken cancellation)
        => database.WriteAsync("deleting a model", async context =>
        {
            await database.LockPagesAsync(context, exclusive: true, cancellation).ConfigureAwait(false);
            var model = await context.Models.AsNoTracking().SingleOrDefaultAsync(row => row.Id == modelId, cancellation).ConfigureAwait(false);
            if (model is null)
            {
                return false;
            }

            if (model.IsLeader)
            {
                // Nobody appends, follows or takes over until this is done.
                await database.LockStreamAsync(context, model.StreamId, exclusive: true, cancellation).ConfigureAwait(false);
                if (await context.Models.AnyAsync(row => row.StreamId == model.StreamId && row.Id != modelId, cancellation).ConfigureAwait(false))
                {
                    return false;
                }
            }

            await PageSweep.DeleteVersionsAsync(context, context.Versions.Where(version => version.ModelId == modelId), cancellation).ConfigureAwait(false);
            await context.Outcomes.Where(row => row.ModelId == modelId).ExecuteDeleteAsync(cancellation).ConfigureAwait(false);
            await context.Models.Where(row => row.Id == modelId).ExecuteDeleteAsync(cancellation).ConfigureAwait(false);
            if (model.IsLeader)
            {
                await context.EventIds.Where(row => row.StreamId == model.StreamId).ExecuteDeleteAsync(cancellation).ConfigureAwait(false);
                await context.Events.Where(row => row.StreamId == model.StreamId).ExecuteDeleteAsync(cancellation).ConfigureAwait(false);
                await context.Streams.Where(row => row.Id == model.StreamId).ExecuteDeleteAsync(cancellation).ConfigureAwait(false);
            }

            return true;
        }, cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<LineageRecord>> ListLineagesAsync(long modelId, CancellationToken cancellation)
        => database.ReadAsync<IReadOnlyList<LineageRecord>>("listing lineages", async context
            => await context.Lineages.Where(row => row.ModelId == modelId).OrderBy(row => row.Number).Select(row => new LineageRecord
            {
                ModelId = row.ModelId,
                Number = row.Number,
                Parent = row.Parent,
                ParentSequence = row.ParentSequence,
                StartSequence = row.StartSequence,
                Cause = row.Cause,
                SourceModelId = row.SourceModelId,
                SourceVersion = row.SourceVersion,
                CreatedAt = row.CreatedAt,
            }).ToListAsync(cancellation).ConfigureAwait(false));

    /// <inheritdoc/>
    public async Task AddLineageAsync(LineageRecord lineage, CancellationToken cancellation)
        => await database.WriteAsync("opening a lineage", async context =>
        {
            context.Lineages.Add(ToRow(lineage));
            await context.SaveChangesAsync(cancellation).ConfigureAwait(false);
            return await context.Models.Where(model => model.Id == lineage.ModelId)
                .ExecuteUpdateAsync(model => model.SetProperty(row => row.Lineage, lineage.Number), cancellation).ConfigureAwait(false);
        }, cancellation).ConfigureAwait(false);

    /// <inheritdoc/>
    public async Task PromoteAsync(
        long streamId, LineageRecord promoted, LineageRecord demoted, IReadOnlyList<SequenceRange> liveRanges, CancellationToken cancellation)
        => await database.WriteAsync("changing the lead", async context =>
        {
            var stream = await database.LockStreamAsync(context, streamId, exclusive: true, cancellation).ConfigureAwait(false);
            if (stream is null || stream.LastSequence != promoted.StartSequence)
            {
                throw new FencedException($"Stream {streamId} does not stand at {promoted.StartSequence} any more.");
            }

            await context.Streams.Where(row => row.Id == streamId).ExecuteUpdateAsync(row => row.SetProperty(s => s.Epoch, s => s.Epoch + 1), cancellation).ConfigureAwait(false);
            context.Lineages.AddRange(ToRow(promoted), ToRow(demoted));
            await context.SaveChangesAsync(cancellation).ConfigureAwait(false);

            // The old leader first: a stream has one leader at every moment, or none.
            if (await SetLeadAsync(context, streamId, demoted, wasLeader: true, cancellation).ConfigureAwait(false) != 1
                || await SetLeadAsync(context, streamId, promoted, wasLeader: false, cancellation).ConfigureAwait(false) != 1)
            {
                throw new FencedException($"The lead of stream {streamId} changed meanwhile.");
            }

            await JournalRestore.SetLiveAsync(context, stream, liveRanges, stream.LastSequence, cancellation).ConfigureAwait(false);
            return true;
        }, cancellation).ConfigureAwait(false);

    /// <inheritdoc/>
    public async Task SetFencedAsync(long modelId, string? reason, CancellationToken cancellation)
        => await database.WriteAsync("fencing a model", context => context.Models.Where(model => model.Id == modelId)
            .ExecuteUpdateAsync(model => model.SetProperty(row => row.FencedReason, reason), cancellation), cancellation).ConfigureAwait(false);

    /// <summary>The row of a lineage. What it skips lies between the parent's last sequence and its own start.</summary>
    public static LineageRow ToRow(LineageRecord lineage) => new()
    {
        ModelId = lineage.ModelId,
        Number = lineage.Number,
        Parent = lineage.Parent,
        ParentSequence = lineage.ParentSequence,
        StartSequence = lineage.StartSequence,
        Cause = lineage.Cause,
        SourceModelId = lineage.SourceModelId,
        SourceVersion = lineage.SourceVersion,
        SkippedRanges = lineage.Parent is not null && lineage.StartSequence > lineage.ParentSequence
            ? string.Create(CultureInfo.InvariantCulture, $"[[{lineage.ParentSequence + 1},{lineage.StartSequence}]]")
            : "[]",
        CreatedAt = lineage.CreatedAt,
    };

    private static Task<int> SetLeadAsync(LifelongContext context, long streamId, LineageRecord lineage, bool wasLeader, CancellationToken cancellation)
        => context.Models.Where(model => model.Id == lineage.ModelId && model.StreamId == streamId && model.IsLeader == wasLeader).ExecuteUpdateAsync(
            model => model.SetProperty(row => row.IsLeader, !wasLeader).SetProperty(row => row.Lineage, lineage.Number), cancellation);

    private static async Task<ModelRecord?> UnlessTakenAsync(Func<Task<ModelRecord>> create)
    {
        try
        {
            return await create().ConfigureAwait(false);
        }
        catch (DbUpdateException taken) when (StoreFailure.IsTaken(taken))
        {
            return null;
        }
    }

    private static async Task<StreamRow> AddStreamAsync(
        LifelongContext context, NewModel model, CancellationToken cancellation, long baseSequence = 0, long? parentStreamId = null,
        EventIdScheme scheme = EventIdScheme.Ordered)
    {
        var stream = new StreamRow
        {
            Name = model.Name,
            LastSequence = baseSequence,
            BaseSequence = baseSequence,
            ParentStreamId = parentStreamId,
            Salt = RandomNumberGenerator.GetBytes(32),
            IdScheme = scheme,
            CreatedAt = model.CreatedAt,
        };
        context.Streams.Add(stream);
        await context.SaveChangesAsync(cancellation).ConfigureAwait(false);
        return stream;
    }

    private static async Task<ModelRow> AddModelAsync(
        LifelongContext context, NewModel model, StreamRow stream, bool isLeader, CancellationToken cancellation, int lastVersion = 0)
    {
        var row = new ModelRow
        {
            Name = model.Name,
            StreamId = stream.Id,
            IsLeader = isLeader,
            Preset = model.Preset,
            Spec = model.SpecJson,
            Lineage = 1,
            LastVersion = lastVersion,
            CreatedAt = model.CreatedAt,
        };
        context.Models.Add(row);
        await context.SaveChangesAsync(cancellation).ConfigureAwait(false);
        return row;
    }

    private static LineageRow FirstLineage(ModelRow model, long startSequence, string cause) => new()
    {
        ModelId = model.Id,
        Number = 1,
        ParentSequence = startSequence,
        StartSequence = startSequence,
        Cause = cause,
        SkippedRanges = "[]",
        CreatedAt = model.CreatedAt,
    };

    private static ModelRecord ToRecord(ModelRow row, string streamName) => new()
    {
        Id = row.Id,
        Name = row.Name,
        StreamId = row.StreamId,
        StreamName = streamName,
        IsLeader = row.IsLeader,
        Preset = row.Preset,
        SpecJson = row.Spec,
        Lineage = row.Lineage,
        FencedReason = row.FencedReason,
        CreatedAt = row.CreatedAt,
    };

    private static IQueryable<ModelRecord> ToRecords(IQueryable<ModelRow> models) => models.Select(row => new ModelRecord
    {
        Id = row.Id,
        Name = row.Name,
        StreamId = row.StreamId,
        StreamName = row.Stream!.Name,
        IsLeader = row.IsLeader,
        Preset = row.Preset,
        SpecJson = row.Spec,
        Lineage = row.Lineage,
        FencedReason = row.FencedReason,
        CreatedAt = row.CreatedAt,
    });
}
