using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using LifelongApi.Api.Bundles;
using LifelongApi.Contracts.Journal;
using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Problems;
using LifelongApi.Learning;
using LifelongApi.Learning.State;
using LifelongApi.Storage.Encoders;
using LifelongApi.Storage.Journal;
using LifelongApi.Storage.Models;
using LifelongApi.Storage.Versions;

namespace LifelongApi.Api.Hosting;

/// <summary>Models as files.</summary>
internal sealed partial class ModelHost
{
    private const int PagesPerRead = 16;
    private const int EntitiesPerRead = 500;

    /// <inheritdoc/>
    public async Task<BundleExport> ExportAsync(string name, int? version, bool withEncoder, bool withProbes, CancellationToken cancellation)
    {
        var (model, record) = version is { } number ? await StoredAsync(name, number, cancellation) : await PresentAsync(name, cancellation);
        var lineages = await context.Store.Models.ListLineagesAsync(model.Id, cancellation);
        var ancestry = Ancestry.Of(lineages, record.Lineage, record.Sequence);
        var names = await context.Store.Journal.ListFeatureNamesAsync(model.StreamId, cancellation);
        var encoder = withEncoder && ModelRecovery.ReadSpec(model).Input.Encoder is { } spec ? await encoders.ReadAsync(spec, cancellation) : default;
        var header = new BundleHeader
        {
            Engine = record.Engine,
            Model = model.Name,
            Preset = model.Preset,
            Lineage = record.Lineage,
            Sequence = record.Sequence,
            StateHash = StateHashText.Of(record.StateHash.Span),
            StateBytes = record.ByteCount,
            NameCount = names.Count,
            Labels = await LabelsAsync(record, cancellation),
            Lineages = [.. ancestry.Links.Select(link => new BundleLineage(link.Lineage.Number, link.Lineage.Cause, link.Lineage.StartSequence, link.Last))],
            OpenTask = await OpenTaskAsync(model.StreamId, ancestry, cancellation),
            Encoder = encoder.Name,
            CreatedAt = Clock.ToTime(context.Time.Microseconds()),
        };
        return new BundleExport(
            FormattableString.Invariant($"{model.Name}-{record.Lineage}-{record.Sequence}.bundle"),
            new Position(record.Lineage, record.Sequence),
            (target, stop) => WriteAsync(new BundleSource(model, record, ancestry, names, encoder.Bytes, withProbes, header), target, stop));
    }

    /// <inheritdoc/>
    public async Task<ModelInfo> ImportAsync(string name, Stream source, CancellationToken cancellation)
    {
        startup.ThrowIfNotReady();
        ResourceName.Check("model", name);
        if (await context.Store.Models.FindAsync(name, cancellation) is not null)
        {
            throw Taken(name);
        }

        BundleContent content;
        NewEncoder? encoder = null;
        try
        {
            content = await BundleContent.ReadAsync(source, context.Options.StateByteBudget, context.Options.EncoderBytes, cancellation);
            if (content.Spec.Input.Encoder is not null)
            {
                encoder = await encoders.AdoptAsync(content.Spec.Input, content.Header.Encoder, content.Encoder, cancellation);
            }
        }
        catch (InvalidDataException reason)
        {
            throw ProblemException.Invalid("bundle", reason.Message + " Nothing was imported.");
        }

        if (content.Probes.Count > context.Options.ProbeCount)
        {
            throw ProblemException.Invalid("bundle", $"It holds {content.Probes.Count} probe sets where a stream has at most {context.Options.ProbeCount} here (Lifelong:ProbeCount). Export it with probes=false. Nothing was imported.");
        }

        var now = context.Time.Microseconds();
        var header = content.Header;
        var imported = new ImportedModel
        {
            Model = new NewModel(name, content.Spec.Preset, ModelRecovery.Write(content.Spec), now),
            Version = new NewVersion
            {
                ModelId = 0,
                Lineage = 1,
                Sequence = header.Sequence,
                StateHash = content.Image.StateHash(),
                Manifest = content.Image.Manifest,
                Statistics = content.Statistics,
                Engine = header.Engine,
                Pinned = true,
                Cause = "import",
                Note = FormattableString.Invariant($"from {header.Model} at {header.Lineage}:{header.Sequence}, exported {header.CreatedAt:u}"),
                CreatedAt = now,
                Entities = [.. content.Entities.Select(row => new StoredEntity(row.Entity, row.Sequence, row.Bytes))],
            },
            Pages = Pages(content.Image),
            Names = content.Names,
            IdScheme = content.IdScheme,
            Ids = content.Ids,
            Encoder = encoder,
            Probes = content.Probes,
            OpenTask = header.OpenTask is { } task
                ? new JournalEvent { Sequence = task.Sequence, EventId = task.EventId, Kind = EventKind.TaskBegan, Task = task.Task, Payload = task.Payload, ReceivedAt = task.ReceivedAt }
                : null,
        };
        return await context.Store.Models.ImportAsync(imported, cancellation) is null ? throw Taken(name) : await GetAsync(name, cancellation);
    }

    private static ProblemException Taken(string name) =>
        new(409, ProblemTypes.AlreadyExists, "Already exists", $"The name '{name}' is taken by a model or stream. Choose another, or delete it first.");

    private static PageContent[] Pages(ModelImage image)
    {
        var pages = new PageContent[image.PageCount];
        for (var i = 0; i < pages.Length; i++)
        {
            pages[i] = new PageContent(image.PageHash(i), image.Page(i));
        }

        return pages;
    }

    private async Task<(ModelRecord Model, VersionRecord Version)> StoredAsync(string name, int version, CancellationToken cancellation)
    {
        var model = await FindAsync(name, cancellation);
        return (model, await VersionAsync(model, version, cancellation));
    }

    private async Task<(ModelRecord Model, VersionRecord Version)> PresentAsync(string name, CancellationToken cancellation)
    {
        using var lease = await LeaseAsync(name, cancellation);
        var versions = lease.Host.VersionsOf(lease.Model) ?? throw ProblemException.NotFound($"There is no model '{name}' any more.");
        return (lease.Model.Record, await versions.PresentAsync(cancellation));
    }

    private async Task<IReadOnlyList<string>> LabelsAsync(VersionRecord version, CancellationToken cancellation)
    {
        var shape = ModelManifest.Read(version.Manifest.Span);
        var (offset, length) = (shape.LabelOffset, shape.LabelByteCount);
        var first = (int)(offset / ModelImage.PageByteCount);
        var last = (int)((offset + length - 1) / ModelImage.PageByteCount);
        var pages = await context.Store.Versions.ReadPagesAsync(version.Id, first, last - first + 1, cancellation);
        var bytes = pages.SelectMany(page => page.Bytes.ToArray()).Skip((int)(offset % ModelImage.PageByteCount)).Take(length).ToArray();
        return Model.ReadLabels(bytes);
    }

    private async Task<BundleTask?> OpenTaskAsync(long streamId, Ancestry ancestry, CancellationToken cancellation)
    {
        JournalEvent? open = null;
        foreach (var boundary in await context.Store.Journal.ListTaskBoundariesAsync(streamId, cancellation))
        {
            if (ancestry.Contains(boundary.Sequence))
            {
                open = boundary.Kind == EventKind.TaskBegan ? boundary : null;
            }
        }

        return open is null ? null : new BundleTask(open.Task!, open.EventId, open.Sequence, open.Payload.ToArray(), open.ReceivedAt);
    }

    private async Task WriteAsync(BundleSource source, Stream target, CancellationToken cancellation)
    {
        using var writer = new BundleWriter(target);
        await writer.BeginAsync(cancellation);
        await writer.AddAsync(BundleSection.Header, source.Header.Write(), cancellation);
        await writer.AddAsync(BundleSection.Spec, Encoding.UTF8.GetBytes(source.Model.SpecJson), cancellation);
        await writer.AddAsync(BundleSection.Manifest, source.Version.Manifest, cancellation);
        await writer.AddAsync(BundleSection.Statistics, source.Version.Statistics, cancellation);
        foreach (var name in source.Names)
        {
            var utf8 = Encoding.UTF8.GetBytes(name);
            var length = new byte[sizeof(ushort)];
            BinaryPrimitives.WriteUInt16LittleEndian(length, checked((ushort)utf8.Length));
            await writer.AddAsync(BundleSection.Names, length, cancellation);
            await writer.AddAsync(BundleSection.Names, utf8, cancellation);
        }

        await writer.AddAsync(BundleSection.Encoder, source.Encoder, cancellation);
        var row = new byte[1 + BundleFormat.MostKeyBytes + BundleFormat.SequenceLength];
        await foreach (var id in context.Store.Journal.ListLiveIdsAsync(source.Model.StreamId, source.Ancestry.Ranges(), cancellation))
        {
            row[0] = (byte)id.Key.Length;
            id.Key.CopyTo(row.AsMemory(1));
            BinaryPrimitives.WriteInt64LittleEndian(row.AsSpan(1 + id.Key.Length), id.Sequence);
            var whole = row.AsMemory(0, 1 + id.Key.Length + BundleFormat.SequenceLength);

            // Hashes are all of one length, which is not written.
            await (id.Scheme == EventIdScheme.Hash ? writer.AddWholeAsync(BundleSection.Ids, whole[1..], cancellation) : writer.AddWholeAsync(BundleSection.IdKeys, whole, cancellation));
        }

        if (ModelRecovery.ReadSpec(source.Model).Entities is not null)
        {
            await WriteEntitiesAsync(source, writer, cancellation);
        }

        if (source.WithProbes)
        {
            await WriteProbesAsync(source.Model.StreamId, writer, cancellation);
        }

        await WritePagesAsync(source.Version, writer, cancellation);
        await writer.EndAsync(cancellation);
    }

    /// <summary>The newest row of every entity, from the newest lineage on. Some are in memory again: the state knows which.</summary>
    private async Task WriteEntitiesAsync(BundleSource source, BundleWriter writer, CancellationToken cancellation)
    {
        var seen = new HashSet<ulong>();
        var header = new byte[BundleFormat.EntityHeaderLength];
        foreach (var link in source.Ancestry.Links.Reverse())
        {
            ulong? after = null;
            IReadOnlyList<StoredEntity> rows;
            do
            {
                rows = await context.Store.Versions.ListEntitiesAsync(source.Model.Id, new LineageReach(link.Lineage.Number, Math.Min(link.Last, source.Version.Sequence)), after, EntitiesPerRead, cancellation);
                foreach (var row in rows.Where(row => seen.Add(row.Entity)))
                {
                    BinaryPrimitives.WriteUInt64LittleEndian(header, row.Entity);
                    BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(8), row.Sequence);
                    BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(16), row.Bytes.Length);
                    await writer.AddAsync(BundleSection.Entities, header, cancellation);
                    await writer.AddAsync(BundleSection.Entities, row.Bytes, cancellation);
                }

                after = rows.Count > 0 ? rows[^1].Entity : after;
            }
            while (rows.Count == EntitiesPerRead);
        }
    }

    private async Task WriteProbesAsync(long streamId, BundleWriter writer, CancellationToken cancellation)
    {
        var length = new byte[sizeof(int)];
        foreach (var listed in await context.Store.Probes.ListAsync(streamId, cancellation))
        {
            // Null: deleted meanwhile.
            if (await context.Store.Probes.FindAsync(streamId, listed.Task, cancellation) is not ({ } probe, { } rows))
            {
                continue;
            }

            await writer.AddAsync(BundleSection.Probes, BundleProbes.Header(probe), cancellation);
            foreach (var row in rows)
            {
                BinaryPrimitives.WriteInt32LittleEndian(length, row.Length);
                await writer.AddAsync(BundleSection.Probes, length, cancellation);
                await writer.AddAsync(BundleSection.Probes, row, cancellation);
            }
        }
    }

    private async Task WritePagesAsync(VersionRecord version, BundleWriter writer, CancellationToken cancellation)
    {
        var count = (int)((version.ByteCount + ModelImage.PageByteCount - 1) / ModelImage.PageByteCount);
        for (var first = 0; first < count; first += PagesPerRead)
        {
            var pages = await context.Store.Versions.ReadPagesAsync(version.Id, first, PagesPerRead, cancellation);
            foreach (var page in pages)
            {
                if (!SHA256.HashData(page.Bytes.Span).AsSpan().SequenceEqual(page.Hash.Span))
                {
                    throw new InvalidDataException($"A page of version {version.Number} does not match its hash.");
                }

                await writer.AddAsync(BundleSection.Pages, page.Bytes, cancellation);
            }

            if (pages.Count != Math.Min(PagesPerRead, count - first))
            {
                throw new InvalidDataException($"Version {version.Number} was deleted while it was exported.");
            }
        }
    }

    private sealed record BundleSource(ModelRecord Model, VersionRecord Version, Ancestry Ancestry, IReadOnlyList<string> Names, ReadOnlyMemory<byte> Encoder, bool WithProbes, BundleHeader Header);
}
