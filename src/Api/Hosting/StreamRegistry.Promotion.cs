using LifelongApi.Contracts.Journal;
using LifelongApi.Contracts.Models;
using LifelongApi.Storage;
using LifelongApi.Storage.Journal;
using LifelongApi.Storage.Models;

namespace LifelongApi.Api.Hosting;

/// <summary>
/// Another model takes the lead. The stream closes in good order, the lead changes in one commit that no older epoch survives, and the next call opens the stream with its new leader:
/// recovery brings the model to the last event whatever version it has, so nothing of a promotion can be half done.
/// </summary>
internal sealed partial class StreamRegistry
{
    /// <summary>Makes a follower the leader of its stream.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="modelId">The follower.</param>
    /// <param name="cause"><see cref="LineageCauses.Promoted"/> or <see cref="LineageCauses.RolledBack"/>.</param>
    /// <param name="cancellation">Stops it before the commit.</param>
    /// <exception cref="ProblemException">404: it is gone; 409: it leads, or cannot.</exception>
    public Task<PromotionResult> PromoteAsync(StreamRecord stream, long modelId, string cause, CancellationToken cancellation) =>
        CloseForAsync(stream.Id, () => ChangeLeadAsync(stream, modelId, cause, cancellation), saveVersions: true);

    private async Task<PromotionResult> ChangeLeadAsync(StreamRecord stream, long modelId, string cause, CancellationToken cancellation)
    {
        var models = await context.Store.Models.ListOfStreamAsync(stream.Id, cancellation);
        var leader = models.FirstOrDefault(model => model.IsLeader);
        var follower = models.FirstOrDefault(model => model.Id == modelId);
        if (leader is null || follower is null)
        {
            throw ProblemException.NotFound($"Stream '{stream.Name}' has no such model any more.");
        }

        if (follower.IsLeader || follower.FencedReason is not null)
        {
            throw ProblemException.Conflict($"Model '{follower.Name}' {(follower.IsLeader ? "leads already" : "is fenced")}.");
        }

        var now = (await context.Store.Journal.FindStreamAsync(stream.Name, cancellation))!;
        var (promoted, ranges) = await NextAsync(follower, now.LastSequence, cause, cancellation);
        var (demoted, _) = await NextAsync(leader, now.LastSequence, LineageCauses.Demoted, cancellation);
        await context.Store.Models.PromoteAsync(stream.Id, promoted, demoted, ranges, cancellation);
        context.Logger.LeadChanged(stream.Name, follower.Name, leader.Name, cause);
        return new PromotionResult
        {
            Leader = follower.Name,
            Follower = leader.Name,
            Stream = stream.Name,
            Position = new Position(promoted.Number, promoted.StartSequence).ToString(),
        };
    }

    /// <summary>The lineage with which a model goes on after the change, and what is live in it.</summary>
    private async Task<(LineageRecord Lineage, IReadOnlyList<SequenceRange> Ranges)> NextAsync(ModelRecord model, long last, string cause, CancellationToken cancellation)
    {
        var lineages = await context.Store.Models.ListLineagesAsync(model.Id, cancellation);
        var next = new LineageRecord
        {
            ModelId = model.Id,
            Number = lineages.Max(lineage => lineage.Number) + 1,
            Parent = model.Lineage,
            ParentSequence = last,
            StartSequence = last,
            Cause = cause,
            CreatedAt = context.Time.Microseconds(),
        };
        return (next, Ancestry.Of([.. lineages, next], next.Number).Ranges());
    }

    /// <summary>Promotes where a host found that a follower should lead. What stands in the way now is looked at again in the next round.</summary>
    private async Task PromoteSuccessorsAsync()
    {
        foreach (var host in Open)
        {
            if (host.Successor is not { } successor)
            {
                continue;
            }

            try
            {
                await PromoteAsync(host.Stream, successor.ModelId, successor.Cause, CancellationToken.None);
            }
            catch (Exception reason) when (reason is StoreUnavailableException or FencedException or ProblemException)
            {
                context.Logger.HousekeepingFailed(host.Stream.Name, reason);
            }
        }
    }
}
