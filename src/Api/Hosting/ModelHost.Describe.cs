using LifelongApi.Contracts.Admin;
using LifelongApi.Contracts.Models;
using LifelongApi.Learning;
using LifelongApi.Storage;
using LifelongApi.Storage.Models;
using LifelongApi.Storage.Versions;

namespace LifelongApi.Api.Hosting;

/// <summary>Models as the wire shows them.</summary>
internal sealed partial class ModelHost
{
    private async Task<ModelInfo> DescribeOpenAsync(StreamHost host, ModelRecord record, CancellationToken cancellation)
    {
        try
        {
            return host.Find(record.Id) is { } model
                ? await DescribeAsync(model, host, withSpec: false, cancellation)
                : await DescribeClosedAsync(record, cancellation);
        }
        finally
        {
            host.Release();
        }
    }

    private async Task<ModelInfo> DescribeAsync(HostedModel model, StreamHost host, bool withSpec, CancellationToken cancellation)
    {
        // Asked first: what is caught up or fenced now is so at any later position.
        var isCaughtUp = host.IsCaughtUp(model);
        var fenced = model.FencedReason;
        var (position, hash) = model.StateHash();
        var version = await VersionNumberAsync(model, host, position, cancellation);
        return new ModelInfo
        {
            Name = model.Record.Name,
            Stream = model.Record.StreamName,
            Role = Role(model.Record),
            Preset = model.Record.Preset,
            Status = fenced is not null ? ModelStatus.Fenced : isCaughtUp ? ModelStatus.Open : ModelStatus.CatchingUp,
            FencedBecause = fenced,
            Lineage = position.Lineage,
            Sequence = position.Sequence,
            Version = version,
            StateHash = hash,
            StateBytes = model.StateByteCount,
            Classes = model.Labels,
            Engine = Engine.Version,
            CreatedAt = Clock.ToTime(model.Record.CreatedAt),
            Spec = withSpec ? model.Spec : null,
        };
    }

    private async Task<int> VersionNumberAsync(HostedModel model, StreamHost host, Contracts.Journal.Position position, CancellationToken cancellation)
    {
        try
        {
            return (await NewestVersionAsync(model.Ancestry, model.Record.Id, position.Sequence, cancellation))?.Number ?? 0;
        }
        catch (StoreUnavailableException)
        {
            // The model is open: what memory knows is the answer while the store is away.
            return host.VersionsOf(model)?.LastNumber ?? 0;
        }
    }

    private async Task<ModelInfo> DescribeClosedAsync(ModelRecord record, CancellationToken cancellation)
    {
        var lineages = await context.Store.Models.ListLineagesAsync(record.Id, cancellation);
        var version = await NewestVersionAsync(Ancestry.Of(lineages, record.Lineage), record.Id, long.MaxValue, cancellation);
        return new ModelInfo
        {
            Name = record.Name,
            Stream = record.StreamName,
            Role = Role(record),
            Preset = record.Preset,
            Status = record.FencedReason is not null ? ModelStatus.Fenced : ModelStatus.Closed,
            FencedBecause = record.FencedReason,
            Lineage = record.Lineage,
            Sequence = version?.Sequence ?? 0,
            Version = version?.Number ?? 0,
            StateHash = version is null ? string.Empty : StateHashText.Of(version.StateHash.Span),
            StateBytes = version?.ByteCount ?? 0,
            Classes = [],
            Engine = version?.Engine ?? Engine.Version,
            CreatedAt = Clock.ToTime(record.CreatedAt),
        };
    }

    private async Task<VersionRecord?> NewestVersionAsync(Ancestry ancestry, long modelId, long maxSequence, CancellationToken cancellation)
    {
        for (var i = ancestry.Links.Count - 1; i >= 0; i--)
        {
            var (lineage, last) = ancestry.Links[i];
            if (await context.Store.Versions.FindNewestAsync(modelId, lineage.Number, Math.Min(last, maxSequence), cancellation) is { } version)
            {
                return version;
            }
        }

        return null;
    }

    private static ModelRole Role(ModelRecord record) => record.IsLeader ? ModelRole.Leader : ModelRole.Follower;

    private static SnapshotInfo Describe(VersionRecord version) => new()
    {
        Version = version.Number,
        Position = new Contracts.Journal.Position(version.Lineage, version.Sequence).ToString(),
        StateHash = StateHashText.Of(version.StateHash.Span),
        Bytes = version.ByteCount,
        NewBytes = version.NewByteCount,
        Pinned = version.Pinned,
        Cause = version.Cause,
        Note = version.Note,
        CreatedAt = Clock.ToTime(version.CreatedAt),
    };
}
