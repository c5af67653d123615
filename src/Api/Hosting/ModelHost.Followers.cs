using LifelongApi.Contracts.Models;
using LifelongApi.Storage.Journal;

namespace LifelongApi.Api.Hosting;

/// <summary>Followers beside their leader.</summary>
internal sealed partial class ModelHost
{
    /// <inheritdoc/>
    public async Task<ComparisonInfo> CompareAsync(string name, CancellationToken cancellation)
    {
        using var lease = await LeaseAsync(name, cancellation);
        RequireFollower(lease, "there is nothing to compare it with");
        return (await lease.Host.CompareAsync(lease.Model, cancellation)).Describe();
    }

    /// <inheritdoc/>
    public async Task<PromotionResult> PromoteAsync(string name, CancellationToken cancellation)
    {
        StreamRecord stream;
        long modelId;
        using (var lease = await LeaseAsync(name, cancellation))
        {
            RequireFollower(lease, "it cannot be promoted");
            if (lease.Model.FencedReason is { } reason)
            {
                throw ProblemException.Conflict($"Model '{name}' is fenced: {reason} Restore it to a good version first.");
            }

            if (!lease.Host.IsCaughtUp(lease.Model))
            {
                throw ProblemException.Conflict($"Model '{name}' is still catching up with its stream. Wait until its status is open.");
            }

            (stream, modelId) = (lease.Host.Stream, lease.Model.Record.Id);
        }

        // Begun, it is finished: the caller who leaves would otherwise leave a closed stream behind.
        return await registry.PromoteAsync(stream, modelId, LineageCauses.Promoted, CancellationToken.None);
    }

    private static void RequireFollower(HostedLease lease, string so)
    {
        if (lease.IsLeader)
        {
            throw ProblemException.Conflict($"Model '{lease.Name}' leads stream '{lease.Host.Stream.Name}', so {so}. Create a follower with \"follow\": \"{lease.Host.Stream.Name}\".");
        }
    }
}
