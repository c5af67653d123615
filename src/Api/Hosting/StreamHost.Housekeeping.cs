using LifelongApi.Storage;

namespace LifelongApi.Api.Hosting;

/// <summary>What is done beside the pipeline, off the writer's path.</summary>
internal sealed partial class StreamHost
{
    private Task _cutting = Task.CompletedTask;

    /// <summary>Writes outcomes when no append takes them along, sleeps in quiet times, cuts recovery points that are due, frees deleted followers.</summary>
    public async Task KeepHouseAsync()
    {
        // A lease of its own: closing must not free the models meanwhile.
        if (IsAway || !TryLease())
        {
            return;
        }

        try
        {
            FreeRetired();
            var quiet = _context.Time.GetElapsedTime(Interlocked.Read(ref _lastAppend)).TotalSeconds >= _context.Options.HousekeepingSeconds;
            if (quiet && _queue.Count == 0)
            {
                await FlushOutcomesAsync(_stop.Token);
            }

            AnswerWhatIsDue();
            LookForSuccessor();
            SleepIfQuiet();

            if (_cutting.IsCompleted && DueVersions().Count > 0 && TryLease())
            {
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
        finally
        {
            Release(isUse: false);
        }
    }

    private List<VersionKeeper> DueVersions()
    {
        var due = new List<VersionKeeper>();
        if (LeaderVersions.IsDue(_context.Options))
        {
            due.Add(LeaderVersions);
        }

        due.AddRange(Followers().Where(follower => !follower.Model.IsBroken && follower.Versions.IsDue(_context.Options)).Select(follower => follower.Versions));
        return due;
    }

    private async Task CutAsync()
    {
        try
        {
            foreach (var versions in DueVersions())
            {
                await versions.SaveRecoveryPointAsync(_stop.Token);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            return;
        }
        catch (FencedException reason)
        {
            Stop(reason);
        }
        catch (Exception reason)
        {
            _context.Logger.VersionFailed(Leader.Record.Name, reason);
        }
        finally
        {
            Release(isUse: false);
        }
    }

    /// <summary>Frees followers that were deleted, once no request can still predict from them.</summary>
    private void FreeRetired()
    {
        List<Follower> free;
        lock (_leaseLock)
        {
            // The one lease is this round's own.
            if (_leases > 1 || _retired.Count == 0)
            {
                return;
            }

            free = _retired.FindAll(follower => follower.CatchingUp.IsCompleted);
            _retired.RemoveAll(free.Contains);
        }

        foreach (var follower in free)
        {
            follower.Model.Dispose();
            follower.Versions.Dispose();
        }
    }
}
