using LifelongApi.Storage;

namespace LifelongApi.Api.Hosting;

/// <summary>Followers beside the leader, and who should lead instead.</summary>
internal sealed partial class StreamHost
{
    private static readonly TimeSpan ComparisonBudget = TimeSpan.FromSeconds(5);
    private readonly Dictionary<long, Comparison> _comparisons = [];
    private (long ModelId, string Cause)? _successor;

    /// <summary>The comparisons that the round of housekeeping began.</summary>
    public Task Challenging { get; private set; } = Task.CompletedTask;

    /// <summary>The follower that should lead, and why; null: nobody. Registry and host agree on it outside of the host, because the host closes for it.</summary>
    public (long ModelId, string Cause)? Successor
    {
        get
        {
            lock (_comparisons)
            {
                return _successor;
            }
        }
    }

    /// <summary>Compares a follower with the leader on all that both have folded, or on as much as a few seconds allow.</summary>
    public async Task<Comparison> CompareAsync(HostedModel challenger, CancellationToken cancellation)
    {
        Comparison comparison;
        lock (_comparisons)
        {
            if (!_comparisons.TryGetValue(challenger.Record.Id, out comparison!) || comparison.IsOver)
            {
                _comparisons[challenger.Record.Id] = comparison = new Comparison(_context, Stream, Leader, challenger);
            }
        }

        await comparison.AdvanceAsync(ComparisonBudget, cancellation);
        return comparison;
    }

    /// <summary>Begins to look whether a follower should lead.</summary>
    private void LookForSuccessor()
    {
        if (Challenging.IsCompleted && Successor is null && Followers().Any(IsCandidate) && TryLease())
        {
            Challenging = Task.Run(LookForSuccessorAsync, CancellationToken.None);
        }
    }

    /// <summary>A challenger that was not demoted yet, or the model that the leader took over from.</summary>
    private bool IsCandidate(Follower follower)
    {
        var wasDemoted = Comparison.Newest(follower.Model).Cause == LineageCauses.Demoted;
        return IsCaughtUp(follower.Model) && follower.Model.FencedReason is null
            && (wasDemoted ? Leader.Spec.Challenge is { Rollback: true } && Comparison.Newest(Leader).Cause == LineageCauses.Promoted : follower.Model.Spec.Challenge is { Promote: true });
    }

    private async Task LookForSuccessorAsync()
    {
        try
        {
            foreach (var follower in Followers().Where(IsCandidate))
            {
                var isBack = Comparison.Newest(follower.Model).Cause == LineageCauses.Demoted;
                var policy = (isBack ? Leader : follower.Model).Spec.Challenge!;
                var comparison = await CompareAsync(follower.Model, _stop.Token);
                if (comparison.IsBetter(policy.Alpha, policy.MinEvents))
                {
                    lock (_comparisons)
                    {
                        _successor = (follower.Model.Record.Id, isBack ? LineageCauses.RolledBack : LineageCauses.Promoted);
                    }

                    return;
                }
            }
        }
        catch (Exception reason) when (reason is StoreUnavailableException || (reason is OperationCanceledException && _stop.IsCancellationRequested))
        {
            // Away or closing: compared again in the next round, or by the next host.
            return;
        }
        catch (Exception reason)
        {
            _context.Logger.HousekeepingFailed(Stream.Name, reason);
        }
        finally
        {
            Release(isUse: false);
        }
    }
}
