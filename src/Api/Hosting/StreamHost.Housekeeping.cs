using LifelongApi.Storage;

namespace LifelongApi.Api.Hosting;

/// <summary>What is done beside the pipeline, off the writer's path.</summary>
internal sealed partial class StreamHost
{
    private Task _cutting = Task.CompletedTask;
    private bool _isDropped;

    /// <summary>Begins to drop a stopped host, once.</summary>
    public bool TryBeginDropping()
    {
        lock (_leaseLock)
        {
            return IsStopped && !_isDropped && !_isClosing && (_isDropped = _isClosing = true);
        }
    }

    /// <summary>Writes outcomes when no append takes them along, and cuts recovery points that are due.</summary>
    public async Task KeepHouseAsync()
    {
        if (IsAway || IsStopped)
        {
            return;
        }

        try
        {
            var quiet = _context.Time.GetElapsedTime(Interlocked.Read(ref _lastAppend)).TotalSeconds >= _context.Options.HousekeepingSeconds;
            if (quiet && _queue.Count == 0)
            {
                await FlushOutcomesAsync(_stop.Token);
            }

            if (_cutting.IsCompleted)
            {
                await _cutting;
                _cutting = Task.Run(CutAsync, CancellationToken.None);
            }
        }
        catch (FencedException reason)
        {
            Stop(reason);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            return;
        }
        catch (Exception reason)
        {
            _context.Logger.HousekeepingFailed(Stream.Name, reason);
        }
    }

    private async Task CutAsync()
    {
        try
        {
            if (LeaderVersions.Spent > _context.Options.ReplayBudget)
            {
                await LeaderVersions.SaveRecoveryPointAsync(_stop.Token);
            }

            foreach (var follower in Followers())
            {
                if (follower.Versions.Spent > _context.Options.ReplayBudget)
                {
                    await follower.Versions.SaveRecoveryPointAsync(_stop.Token);
                }
            }
        }
        catch (StoreUnavailableException reason)
        {
            _context.Logger.VersionFailed(Leader.Record.Name, reason);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            return;
        }
    }
}
