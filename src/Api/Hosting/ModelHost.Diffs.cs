using LifelongApi.Contracts.Admin;
using LifelongApi.Contracts.Journal;
using LifelongApi.Learning;
using LifelongApi.Learning.State;
using LifelongApi.Storage.Versions;

namespace LifelongApi.Api.Hosting;

/// <summary>What changed between two versions.</summary>
internal sealed partial class ModelHost
{
    /// <inheritdoc/>
    public async Task<SnapshotDiff> DiffAsync(string name, int from, int to, CancellationToken cancellation)
    {
        var model = await FindAsync(name, cancellation);
        var (first, second) = (await VersionAsync(model, from, cancellation), await VersionAsync(model, to, cancellation));
        var (before, after) = (await ImageAsync(first, cancellation), await ImageAsync(second, cancellation));
        var changedPages = 0;
        for (var page = 0; page < after.PageCount; page++)
        {
            changedPages += page < before.PageCount && before.Page(page).Span.SequenceEqual(after.Page(page).Span) ? 0 : 1;
        }

        var (slots, changed) = StateDifference.Between(ModelRecovery.ReadSpec(model), before, after);
        return new SnapshotDiff
        {
            Model = name,
            From = from,
            FromPosition = new Position(first.Lineage, first.Sequence).ToString(),
            To = to,
            ToPosition = new Position(second.Lineage, second.Sequence).ToString(),
            IsSame = first.StateHash.Span.SequenceEqual(second.StateHash.Span),
            Pages = after.PageCount,
            ChangedPages = changedPages,
            Slots = slots,
            ChangedSlots = changed,
            AddedClasses = [.. Labels(after).Except(Labels(before))],
        };
    }

    private static IReadOnlyList<string> Labels(ModelImage image)
    {
        var shape = ModelManifest.Read(image.Manifest.Span);
        return Model.ReadLabels(image.Bytes.Span.Slice((int)shape.LabelOffset, shape.LabelByteCount));
    }

    private async Task<ModelImage> ImageAsync(VersionRecord version, CancellationToken cancellation)
    {
        try
        {
            return await context.Recovery.LoadImageAsync(version, cancellation);
        }
        catch (InvalidDataException reason)
        {
            throw ProblemException.Conflict($"Version {version.Number} does not pass its check: {reason.Message}");
        }
    }
}
