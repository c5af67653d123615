using LifelongApi.Contracts.Problems;
using LifelongApi.Storage;

namespace LifelongApi.Api.Hosting;

/// <summary>The ends of a stream: closed in good order, or stopped by another host or an error.</summary>
internal sealed partial class StreamHost
{
    private Task? _closing;
    private bool _isDropped;

    /// <summary>Whether it closes, or has closed, in good order: who asks next opens it anew.</summary>
    public bool ClosedInOrder
    {
        get
        {
            lock (_leaseLock)
            {
                return _isClosing && !IsStopped;
            }
        }
    }

    /// <summary>Begins to close if nobody holds a lease.</summary>
    public bool TryBeginClosing()
    {
        lock (_leaseLock)
        {
            return _leases == 0 && !_isClosing && (_isClosing = true);
        }
    }

    /// <summary>Begins to drop a stopped host, once.</summary>
    public bool TryBeginDropping()
    {
        lock (_leaseLock)
        {
            return IsStopped && !_isDropped && !_isClosing && (_isDropped = _isClosing = true);
        }
    }

    /// <summary>Lets what waits be learned, writes outcomes and final versions, and stops. Requests that still hold leases go on predicting.</summary>
    /// <param name="saveVersions">Whether to store final versions; not for models that are being deleted.</param>
    /// <returns>The one closing, whoever asked first.</returns>
    public Task CloseAsync(bool saveVersions)
    {
        lock (_leaseLock)
        {
            _isClosing = true;
            return _closing ??= Task.Run(() => CloseOnceAsync(saveVersions));
        }
    }

    private static ProblemException Closing(bool isForNext) =>
        new(503, ProblemTypes.Unavailable, "Unavailable", "The model is being closed; try again.") { RetryAfter = TimeSpan.FromSeconds(1), IsForNext = isForNext };

    /// <summary>For work that was not taken out of the queue: it has certainly not been journalled.</summary>
    private static ProblemException ClosingBefore() => Closing(isForNext: true);

    private async Task CloseOnceAsync(bool saveVersions)
    {
        try
        {
            await DrainAsync();
            Feed.Close();
            await _stop.CancelAsync();
            _queue.Refuse(IsStopped ? StoppedReason : ClosingBefore, forGood: true);
            _committed.Writer.TryComplete();
            await _loops;
            await StopFollowersAsync();
            await _cutting;
            await Sleeping;
            await Defaulting;
            await Challenging;
            if (!IsStopped)
            {
                await FinishAsync(saveVersions);
            }

            _context.Logger.Closed(Stream.Name, AppliedSequence);
        }
        finally
        {
            // Whatever happened: those who wait to open the stream anew must not wait for ever.
            _closed.TrySetResult();
            RetireModels();
        }
    }

    private async Task DrainAsync()
    {
        try
        {
            var last = new ExclusiveWork(_ => Task.CompletedTask);
            _queue.EnqueueLast(last, ClosingBefore);
            await last.Done;
        }
        catch (Exception reason) when (reason is StoreUnavailableException or FencedException or ProblemException or OperationCanceledException)
        {
            // Whoever waited has been told; nothing is left to drain.
            _queue.Refuse(IsStopped ? StoppedReason : ClosingBefore, forGood: true);
        }
    }

    private async Task FinishAsync(bool saveVersions)
    {
        try
        {
            await FlushOutcomesAsync(CancellationToken.None);
            if (saveVersions)
            {
                await LeaderVersions.SaveRecoveryPointAsync(CancellationToken.None);
                foreach (var follower in Followers().Where(follower => !follower.Model.IsBroken))
                {
                    await follower.Versions.SaveRecoveryPointAsync(CancellationToken.None);
                }
            }
        }
        catch (Exception reason)
        {
            // The journal has everything; the next opening replays what has no version.
            _context.Logger.VersionFailed(Leader.Record.Name, reason);
        }
    }

    /// <summary>Stops writing for good; who holds a lease goes on predicting.</summary>
    private void Stop(Exception reason)
    {
        if (Interlocked.CompareExchange(ref _stopped, reason, null) is not null)
        {
            return;
        }

        if (reason is FencedException)
        {
            _context.Logger.TakenOver(Stream.Name);
        }
        else
        {
            _context.Logger.Broken(Stream.Name, reason);
        }

        _queue.Refuse(StoppedReason, forGood: true);
        Feed.Close();
        _stop.Cancel();
        _committed.Writer.TryComplete();
    }

    private Exception StoppedReason() => _stopped switch
    {
        FencedException => new FencedException($"Another host took over stream '{Stream.Name}'. Try again: the model is opened anew."),
        FoldException bad => new ProblemException(503, ProblemTypes.Fenced, "Model is fenced", $"Model '{Leader.Record.Name}' does not learn: {bad.Message} It is opened anew from its last good state."),
        var reason => new StoreUnavailableException($"Stream '{Stream.Name}' stopped on an error and is opened anew.", reason!),
    };

    private void RetireModels()
    {
        bool isFree;
        lock (_leaseLock)
        {
            _isUnused = true;
            isFree = _leases == 0;
        }

        if (isFree)
        {
            Dispose();
        }
    }
}
