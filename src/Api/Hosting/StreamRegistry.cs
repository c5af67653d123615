using System.Collections.Concurrent;
using LifelongApi.Storage;
using LifelongApi.Storage.Journal;

namespace LifelongApi.Api.Hosting;

/// <summary>The streams that are open: opens them once however many ask, forgets those that stopped, closes those that are idle or over the memory budget.</summary>
internal sealed partial class StreamRegistry(HostingContext context)
{
    private readonly ConcurrentDictionary<long, Task<StreamHost>> _open = new();
    private readonly ConcurrentDictionary<long, Task> _barred = new();
    private readonly Lock _lock = new();
    private bool _isShutDown;

    /// <summary>Streams that are open now.</summary>
    public IReadOnlyList<StreamHost> Open =>
        [.. _open.Values.Where(opening => opening.IsCompletedSuccessfully).Select(opening => opening.Result).Where(host => !host.IsStopped)];

    /// <summary>A stream that is open, or null.</summary>
    public StreamHost? Find(long streamId) =>
        _open.TryGetValue(streamId, out var opening) && opening.IsCompletedSuccessfully && !opening.Result.IsStopped ? opening.Result : null;

    /// <summary>Opens a stream where it is not, and takes a lease on it.</summary>
    public async Task<StreamHost> LeaseAsync(StreamRecord stream, CancellationToken cancellation)
    {
        while (true)
        {
            if (_barred.TryGetValue(stream.Id, out var until))
            {
                await until.WaitAsync(cancellation);
            }

            if (OpenOnce(stream) is not { } opening)
            {
                continue;
            }

            var host = await opening.WaitAsync(cancellation);
            if (host.TryLease())
            {
                return host;
            }

            if (host.IsStopped)
            {
                Drop(host);
            }
            else
            {
                await host.Closed.WaitAsync(cancellation);
                Forget(host);
            }
        }
    }

    /// <summary>Closes a stream whatever leases it has, and keeps it closed while something is done to it: nobody opens what is being deleted.</summary>
    public async Task<T> CloseForAsync<T>(long streamId, Func<Task<T>> act, bool saveVersions = false)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        while (!_barred.TryAdd(streamId, done.Task))
        {
            if (_barred.TryGetValue(streamId, out var other))
            {
                await other;
            }
        }

        try
        {
            Task<StreamHost>? opening;
            lock (_lock)
            {
                _open.TryGetValue(streamId, out opening);
            }

            if (opening is not null)
            {
                await ((Task)opening).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (opening.IsCompletedSuccessfully)
                {
                    await opening.Result.CloseAsync(saveVersions);
                    Forget(opening.Result);
                }
            }

            return await act();
        }
        finally
        {
            _barred.TryRemove(streamId, out _);
            done.SetResult();
        }
    }

    /// <summary>One round: drops what stopped, writes outcomes and recovery points, closes what is idle or over budget.</summary>
    public async Task KeepHouseAsync()
    {
        foreach (var opening in _open.Values.Where(opening => opening.IsCompletedSuccessfully))
        {
            if (opening.Result.IsStopped)
            {
                Drop(opening.Result);
            }
        }

        foreach (var host in Open)
        {
            await host.KeepHouseAsync();
        }

        await PromoteSuccessorsAsync();
        foreach (var host in Surplus())
        {
            if (host.TryBeginClosing())
            {
                await CloseAsync(host);
            }
        }
    }

    /// <summary>Closes everything with final versions; nothing opens any more.</summary>
    public async Task ShutDownAsync()
    {
        lock (_lock)
        {
            _isShutDown = true;
        }

        foreach (var opening in _open.Values)
        {
            await ((Task)opening).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (opening.IsCompletedSuccessfully)
            {
                await CloseAsync(opening.Result);
            }
        }
    }

    /// <summary>Closes with final versions. One stream's trouble must not keep the others open.</summary>
    private async Task CloseAsync(StreamHost host)
    {
        try
        {
            await host.CloseAsync(saveVersions: true);
        }
        catch (Exception reason)
        {
            context.Logger.HousekeepingFailed(host.Stream.Name, reason);
        }
        finally
        {
            Forget(host);
        }
    }

    /// <returns>The opening; null where the stream was barred meanwhile.</returns>
    private Task<StreamHost>? OpenOnce(StreamRecord stream)
    {
        lock (_lock)
        {
            if (_barred.ContainsKey(stream.Id))
            {
                return null;
            }

            if (_isShutDown)
            {
                throw new StoreUnavailableException("The service is shutting down.");
            }

            if (_open.TryGetValue(stream.Id, out var present) && !present.IsFaulted && !present.IsCanceled)
            {
                return present;
            }

            // Not one caller's to cancel: others may wait for it too.
            var opening = Task.Run(() => StreamHost.OpenAsync(context, stream, CancellationToken.None));
            _open[stream.Id] = opening;
            return opening;
        }
    }

    private void Forget(StreamHost host)
    {
        lock (_lock)
        {
            if (_open.TryGetValue(host.Stream.Id, out var present) && present.IsCompletedSuccessfully && present.Result == host)
            {
                _open.TryRemove(host.Stream.Id, out _);
            }
        }
    }

    /// <summary>Forgets a stream that stopped; requests that hold leases go on predicting from its memory.</summary>
    private void Drop(StreamHost host)
    {
        Forget(host);
        if (host.TryBeginDropping())
        {
            _ = host.CloseAsync(saveVersions: false);
        }
    }

    private IEnumerable<StreamHost> Surplus()
    {
        var byAge = Open.OrderBy(host => host.LastUsed).ToList();
        var bytes = byAge.Sum(host => host.StateByteCount);
        foreach (var host in byAge.Where(host => host.LeaseCount == 0))
        {
            var isIdle = context.Time.GetElapsedTime(host.LastUsed).TotalSeconds > context.Options.IdleCloseSeconds;
            if (isIdle || bytes > context.Options.StateByteBudget)
            {
                bytes -= host.StateByteCount;
                yield return host;
            }
        }
    }
}
