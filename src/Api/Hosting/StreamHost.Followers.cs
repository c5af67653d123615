using LifelongApi.Contracts.Journal;
using LifelongApi.Storage;
using LifelongApi.Storage.Models;

namespace LifelongApi.Api.Hosting;

/// <summary>A model that folds the stream with a cursor of its own.</summary>
internal sealed class Follower(HostedModel model, VersionKeeper versions)
{
    /// <summary>The model.</summary>
    public HostedModel Model { get; } = model;

    /// <summary>Its versions.</summary>
    public VersionKeeper Versions { get; } = versions;

    /// <summary>Whether it gets events from the applier; before, it reads them from the journal. Guarded by the host's follower lock.</summary>
    public bool IsCaughtUp { get; set; }

    /// <summary>Whether it was deleted.</summary>
    public bool IsRemoved { get; set; }

    /// <summary>Its catching up.</summary>
    public Task CatchingUp { get; set; } = Task.CompletedTask;
}

/// <summary>Followers: they catch up from the journal beside the pipeline, then join it at the same event.</summary>
internal sealed partial class StreamHost
{
    private readonly Lock _followersLock = new();
    private readonly List<Follower> _followers = [];
    private readonly HashSet<long> _deleted = [];

    /// <summary>The followers now.</summary>
    public IReadOnlyList<Follower> Followers()
    {
        lock (_followersLock)
        {
            return [.. _followers];
        }
    }

    /// <summary>The leader, then the followers.</summary>
    private IEnumerable<HostedModel> Models() => Followers().Select(follower => follower.Model).Prepend(Leader);

    /// <summary>The model with this key, or null.</summary>
    public HostedModel? Find(long modelId) =>
        Leader.Record.Id == modelId ? Leader : Followers().FirstOrDefault(follower => follower.Model.Record.Id == modelId)?.Model;

    /// <summary>The versions of a model of the stream.</summary>
    /// <returns>Its versions; null where it was deleted meanwhile.</returns>
    public VersionKeeper? VersionsOf(HostedModel model) =>
        model == Leader ? LeaderVersions : Followers().FirstOrDefault(follower => follower.Model == model)?.Versions;

    /// <summary>Whether a model has everything that was applied.</summary>
    public bool IsCaughtUp(HostedModel model)
    {
        lock (_followersLock)
        {
            return model == Leader || _followers.Exists(follower => follower.Model == model && follower.IsCaughtUp);
        }
    }

    /// <summary>Brings a follower back and lets it catch up.</summary>
    /// <exception cref="ProblemException">404: it was deleted.</exception>
    public async Task<HostedModel> AddFollowerAsync(ModelRecord record, CancellationToken cancellation)
    {
        var recovered = await _context.Recovery.LoadAsync(record, cancellation);
        var follower = new Follower(recovered.Model, NewKeeper(recovered.Model));
        try
        {
            if (recovered.Version is { } version)
            {
                follower.Versions.Know(version);
            }
            else if (recovered.IsNew)
            {
                await follower.Versions.SaveAsync("created", pinned: true, note: null, cancellation);
            }
        }
        catch
        {
            recovered.Model.Dispose();
            throw;
        }

        lock (_followersLock)
        {
            if (_deleted.Contains(record.Id))
            {
                recovered.Model.Dispose();
                throw ProblemException.NotFound($"There is no model '{record.Name}' any more.");
            }

            if (_followers.Find(other => other.Model.Record.Id == record.Id) is { } present)
            {
                recovered.Model.Dispose();
                return present.Model;
            }

            _followers.Add(follower);
            follower.CatchingUp = Task.Run(() => CatchUpAsync(follower), CancellationToken.None);
        }

        return follower.Model;
    }

    /// <summary>Takes a follower out of the stream and deletes it, so that nobody who found its row before brings it back.</summary>
    public async Task RemoveFollowerAsync(long modelId)
    {
        await RunExclusiveAsync(async cancellation =>
        {
            lock (_followersLock)
            {
                _deleted.Add(modelId);
                if (_followers.Find(follower => follower.Model.Record.Id == modelId) is { } follower)
                {
                    _followers.Remove(follower);
                    follower.IsRemoved = true;

                    // Requests may still predict from it: it goes with the host.
                    lock (_leaseLock)
                    {
                        _retired.Add(follower);
                    }
                }
            }

            try
            {
                await _context.Store.Models.DeleteAsync(modelId, cancellation);
            }
            catch
            {
                lock (_followersLock)
                {
                    _deleted.Remove(modelId);
                }

                throw;
            }
        });
    }

    private async Task CatchUpAsync(Follower follower)
    {
        var delay = FirstRetry;
        try
        {
            while (!TryJoin(follower, out var target))
            {
                try
                {
                    if (!await ReplayAsync(follower, target))
                    {
                        return;
                    }

                    delay = FirstRetry;
                }
                catch (Exception reason) when (reason is StoreUnavailableException or FencedException && !_stop.IsCancellationRequested)
                {
                    // Its outcomes were under way with an epoch that the host has just renewed, or the store is away.
                    await Task.Delay(delay, _context.Time, _stop.Token);
                    delay = TimeSpan.FromSeconds(Math.Min(delay.TotalSeconds * 2, _context.Options.StoreRetrySeconds));
                }
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested || follower.IsRemoved)
        {
            return;
        }
        catch (Exception reason)
        {
            // Its own trouble: the stream goes on without it.
            follower.Model.FencedReason = $"It cannot catch up: {reason.Message}";
            follower.Model.Break();
            _context.Logger.FollowerLeftOut(follower.Model.Record.Name, reason);
            return;
        }

        _context.Logger.CaughtUp(follower.Model.Record.Name, follower.Model.Position.ToString());
    }

    private bool TryJoin(Follower follower, out long target)
    {
        lock (_followersLock)
        {
            target = _applied;
            follower.IsCaughtUp = follower.IsRemoved || (!follower.Model.IsBroken && follower.Model.WriterPosition.Sequence >= target);
            return follower.IsCaughtUp;
        }
    }

    /// <returns>Whether it can go on.</returns>
    private async Task<bool> ReplayAsync(Follower follower, long target)
    {
        var began = _context.Time.GetTimestamp();
        var (_, isComplete) = await _context.Recovery.ReplayAsync(follower.Model, target, FoldAsync, _stop.Token);
        follower.Versions.Spend(_context.Time.GetElapsedTime(began));
        if (isComplete && follower.Model.WriterPosition.Sequence < target)
        {
            follower.Model.Skip(target);
        }

        if (!isComplete)
        {
            await follower.Versions.SaveRecoveryPointAsync(_stop.Token);
        }

        return isComplete;

        ValueTask FoldAsync(JournalEvent stored)
        {
            if (follower.IsRemoved)
            {
                throw new OperationCanceledException("The follower was deleted.");
            }

            FoldFollower(follower, stored);
            return stored.Sequence % TailChunk == 0 ? new ValueTask(FlushOutcomesAsync(_stop.Token)) : ValueTask.CompletedTask;
        }
    }

    private void FoldFollower(Follower follower, JournalEvent committed)
    {
        if (committed.Kind == EventKind.Restored)
        {
            // Only the leader went back; a follower has seen what it has seen.
            follower.Model.Skip(committed.Sequence);
            return;
        }

        Publish(follower.Model, committed, Fold(follower.Model, committed, keepOutcome: true));
    }

    /// <summary>Folds a committed event into a follower that is up to date. Its trouble is its own: it goes back and tries again beside the pipeline.</summary>
    private void TryFoldFollower(Follower follower, JournalEvent committed)
    {
        try
        {
            if (!follower.Model.Lacks(committed))
            {
                FoldFollower(follower, committed);
                return;
            }
        }
        catch (FoldException)
        {
            // Beside the pipeline it goes back to before the event.
        }

        // One that joined in the middle of a batch may lack the row of an entity: it is read there too.
        follower.IsCaughtUp = false;
        follower.CatchingUp = Task.Run(() => CatchUpAsync(follower), CancellationToken.None);
    }

    private async Task StopFollowersAsync()
    {
        foreach (var follower in Followers())
        {
            await follower.CatchingUp;
        }
    }
}
