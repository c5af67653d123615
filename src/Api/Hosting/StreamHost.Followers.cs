using LifelongApi.Contracts.Journal;
using LifelongApi.Storage;
using LifelongApi.Storage.Journal;
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

    /// <summary>The followers now.</summary>
    public IReadOnlyList<Follower> Followers()
    {
        lock (_followersLock)
        {
            return [.. _followers];
        }
    }

    /// <summary>The model with this key, or null.</summary>
    public HostedModel? Find(long modelId) =>
        Leader.Record.Id == modelId ? Leader : Followers().FirstOrDefault(follower => follower.Model.Record.Id == modelId)?.Model;

    /// <summary>The versions of a model of the stream.</summary>
    public VersionKeeper VersionsOf(HostedModel model) =>
        model == Leader ? LeaderVersions : Followers().First(follower => follower.Model == model).Versions;

    /// <summary>Whether a model has everything that was applied.</summary>
    public bool IsCaughtUp(HostedModel model)
    {
        lock (_followersLock)
        {
            return model == Leader || _followers.Exists(follower => follower.Model == model && follower.IsCaughtUp);
        }
    }

    /// <summary>Brings a follower back and lets it catch up.</summary>
    public async Task<HostedModel> AddFollowerAsync(ModelRecord record, CancellationToken cancellation)
    {
        var recovered = await _context.Recovery.LoadAsync(record, cancellation);
        var follower = new Follower(recovered.Model, NewKeeper(recovered.Model));
        if (recovered.Version is { } version)
        {
            follower.Versions.Know(new Position(version.Lineage, version.Sequence));
        }
        else if (recovered.IsNew)
        {
            await follower.Versions.SaveAsync("created", pinned: true, note: null, cancellation);
        }

        lock (_followersLock)
        {
            if (_followers.Find(other => other.Model.Record.Id == record.Id) is { } present)
            {
                recovered.Model.Dispose();
                return present.Model;
            }

            _followers.Add(follower);
        }

        follower.CatchingUp = Task.Run(() => CatchUpAsync(follower), CancellationToken.None);
        return follower.Model;
    }

    /// <summary>Takes a follower out of the stream.</summary>
    public async Task RemoveFollowerAsync(long modelId)
    {
        await RunExclusiveAsync(_ =>
        {
            lock (_followersLock)
            {
                if (_followers.Find(follower => follower.Model.Record.Id == modelId) is { } follower)
                {
                    _followers.Remove(follower);
                    follower.IsRemoved = true;

                    // Requests may still predict from it: it goes with the host.
                    _retired.Add(follower.Model);
                }
            }

            return Task.CompletedTask;
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
                    await ReplayAsync(follower, target);
                    delay = FirstRetry;
                }
                catch (StoreUnavailableException)
                {
                    await Task.Delay(delay, _context.Time, _stop.Token);
                    delay = TimeSpan.FromSeconds(Math.Min(delay.TotalSeconds * 2, _context.Options.StoreRetrySeconds));
                }
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            return;
        }
        catch (Exception reason)
        {
            Stop(reason);
            return;
        }

        _context.Logger.CaughtUp(follower.Model.Record.Name, follower.Model.Position.ToString());
    }

    private bool TryJoin(Follower follower, out long target)
    {
        lock (_followersLock)
        {
            target = _applied;
            follower.IsCaughtUp = follower.IsRemoved || follower.Model.WriterPosition.Sequence >= target;
            return follower.IsCaughtUp;
        }
    }

    private async Task ReplayAsync(Follower follower, long target)
    {
        var position = follower.Model.WriterPosition.Sequence;
        var ranges = follower.Model.Ancestry.Ranges(position)
            .Where(range => range.First <= target)
            .Select(range => new SequenceRange(range.First, Math.Min(range.Last, target)))
            .ToList();
        var began = _context.Time.GetTimestamp();
        await foreach (var stored in _context.Store.Journal.ReadAsync(Stream.Id, ranges, _stop.Token))
        {
            FoldFollower(follower, stored);
            if (follower.IsRemoved)
            {
                return;
            }
        }

        follower.Versions.Spend(_context.Time.GetElapsedTime(began));
        if (follower.Model.WriterPosition.Sequence < target)
        {
            follower.Model.Skip(target);
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

        follower.Model.Apply(committed, Names.Hashes);
    }

    private async Task StopFollowersAsync()
    {
        foreach (var follower in Followers())
        {
            await follower.CatchingUp;
        }
    }
}
