namespace LifelongApi.Api.Hosting;

/// <summary>The stored versions that were asked last, kept in memory so that questions to the past need not read the whole state each time.</summary>
/// <param name="capacity">Most versions kept.</param>
/// <param name="byteBudget">Most bytes of state kept; a version in use may go beyond it until it is let go.</param>
internal sealed class VersionCache(int capacity, long byteBudget) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly LinkedList<Entry> _newestFirst = new();
    private bool _isDisposed;

    /// <summary>Versions kept now.</summary>
    internal int Count
    {
        get
        {
            lock (_lock)
            {
                return _newestFirst.Count;
            }
        }
    }

    /// <summary>Uses a version, loading it where it is not there. Callers who ask at once share one loading.</summary>
    /// <param name="versionId">Key of the version.</param>
    /// <param name="load">Loads it. Not one caller's to cancel.</param>
    /// <param name="use">Uses it, side by side with others.</param>
    /// <param name="cancellation">Stops the waiting.</param>
    public async Task<T> UseAsync<T>(long versionId, Func<Task<ModelState>> load, Func<ModelState, T> use, CancellationToken cancellation)
    {
        var entry = Enter(versionId, load);
        try
        {
            return use(await entry.Loading.WaitAsync(cancellation));
        }
        finally
        {
            Leave(entry);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
            Trim();
        }
    }

    private Entry Enter(long versionId, Func<Task<ModelState>> load)
    {
        lock (_lock)
        {
            var entry = _newestFirst.FirstOrDefault(candidate => candidate.VersionId == versionId);
            if (entry is null)
            {
                entry = new Entry(versionId, Task.Run(load));
            }
            else
            {
                _newestFirst.Remove(entry);
            }

            _newestFirst.AddFirst(entry);
            entry.Users++;
            return entry;
        }
    }

    private void Leave(Entry entry)
    {
        lock (_lock)
        {
            entry.Users--;
            Trim();
        }
    }

    /// <summary>Lets go what is too old, too large or failed, as far as nobody uses it.</summary>
    private void Trim()
    {
        var count = 0;
        var bytes = 0L;
        for (var node = _newestFirst.First; node is not null;)
        {
            var next = node.Next;
            var loading = node.Value.Loading;
            var isGood = loading.IsCompletedSuccessfully || !loading.IsCompleted;
            count += isGood ? 1 : 0;
            bytes += loading.IsCompletedSuccessfully ? loading.Result.Model.StateByteCount : 0;
            if (node.Value.Users == 0 && (_isDisposed || !isGood || count > capacity || bytes > byteBudget))
            {
                _newestFirst.Remove(node);
                bytes -= loading.IsCompletedSuccessfully ? loading.Result.Model.StateByteCount : 0;
                _ = loading.ContinueWith(static loaded => loaded.Result.Dispose(), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
            }

            node = next;
        }
    }

    private sealed class Entry(long versionId, Task<ModelState> loading)
    {
        public long VersionId { get; } = versionId;

        public Task<ModelState> Loading { get; } = loading;

        public int Users { get; set; }
    }
}
