using System.Threading.Channels;
using LifelongApi.Contracts.Journal;
using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Problems;
using LifelongApi.Storage;
using LifelongApi.Storage.Journal;
using LifelongApi.Storage.Models;

namespace LifelongApi.Api.Hosting;

/// <summary>What every part of hosting needs.</summary>
internal sealed record HostingContext(ILifelongStore Store, HostingOptions Options, TimeProvider Time, ILogger Logger)
{
    /// <summary>Brings models back.</summary>
    public ModelRecovery Recovery { get; } = new(Store, Options, Logger);
}

/// <summary>
/// One open stream: the only writer of its journal and of the models that learn from it.
/// Order, journal, apply, acknowledge: one loop puts what waits in order and commits it, another applies what is committed while the next batch commits.
/// Memory is never ahead of the log.
/// </summary>
internal sealed partial class StreamHost : IDisposable
{
    private readonly HostingContext _context;
    private readonly EventQueue _queue;
    private readonly Channel<List<BatchItem>> _committed = Channel.CreateBounded<List<BatchItem>>(new BoundedChannelOptions(2) { SingleReader = true });
    private readonly CancellationTokenSource _stop = new();
    private readonly Admission _admission;
    private readonly List<HostedModel> _retired = [];
    private readonly Lock _leaseLock = new();
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _loops = Task.CompletedTask;
    private Task? _closing;
    private long _epoch;
    private long _applied;
    private long _lastAppend;
    private int _leases;
    private bool _isClosing;
    private bool _isAway;
    private bool _isUnused;
    private Exception? _stopped;

    private StreamHost(HostingContext context, StreamRecord stream, FeatureDictionary names, RecoveredModel leader, StreamOpening opening)
    {
        _context = context;
        Stream = stream;
        Names = names;
        Leader = leader.Model;
        _epoch = opening.Epoch;
        _admission = new Admission(context.Time);
        _queue = new EventQueue(context.Options.QueueCapacity, context.Options.QueueByteCapacity);
        LeaderVersions = NewKeeper(Leader);
        IsJournalled = Leader.Spec.Durability != Durability.None;
        LastUsed = context.Time.GetTimestamp();
    }

    /// <summary>The stream's row when it was opened.</summary>
    public StreamRecord Stream { get; }

    /// <summary>Its feature names.</summary>
    public FeatureDictionary Names { get; }

    /// <summary>The model whose answer learn returns.</summary>
    public HostedModel Leader { get; }

    /// <summary>The leader's versions.</summary>
    public VersionKeeper LeaderVersions { get; }

    /// <summary>Whether events are journalled at all.</summary>
    public bool IsJournalled { get; }

    /// <summary>The epoch it writes with.</summary>
    public long Epoch => Interlocked.Read(ref _epoch);

    /// <summary>Sequence of the last event applied.</summary>
    public long AppliedSequence => Interlocked.Read(ref _applied);

    /// <summary>The open task, or null.</summary>
    public string? CurrentTask => _admission.CurrentTask;

    /// <summary>Whether it stopped for good: another host took over, or an unexpected error.</summary>
    public bool IsStopped => Volatile.Read(ref _stopped) is not null;

    /// <summary>Whether the store is away.</summary>
    public bool IsAway => Volatile.Read(ref _isAway);

    /// <summary>Ends when the host has written all it will ever write.</summary>
    public Task Closed => _closed.Task;

    /// <summary>Timestamp of the last lease.</summary>
    public long LastUsed { get; private set; }

    /// <summary>Leases that are held.</summary>
    public int LeaseCount
    {
        get
        {
            lock (_leaseLock)
            {
                return _leases;
            }
        }
    }

    /// <summary>Bytes of learned state of all its models.</summary>
    public long StateByteCount
    {
        get
        {
            lock (_followersLock)
            {
                return Leader.StateByteCount + _followers.Sum(follower => follower.Model.StateByteCount);
            }
        }
    }

    /// <summary>Takes the next epoch of a stream, brings its models back and starts writing.</summary>
    public static async Task<StreamHost> OpenAsync(HostingContext context, StreamRecord stream, CancellationToken cancellation)
    {
        var journal = context.Store.Journal;
        var opening = await journal.OpenStreamAsync(stream.Id, cancellation);
        var names = new FeatureDictionary(await journal.ListFeatureNamesAsync(stream.Id, cancellation));
        var models = await context.Store.Models.ListOfStreamAsync(stream.Id, cancellation);
        var leader = models.FirstOrDefault(model => model.IsLeader) ?? throw ProblemException.NotFound($"Stream '{stream.Name}' has no leader.");
        var recovered = await context.Recovery.LoadAsync(leader, cancellation);
        var host = new StreamHost(context, stream, names, recovered, opening);
        try
        {
            await host.RecoverAsync(recovered, opening, cancellation);
            foreach (var follower in models.Where(model => !model.IsLeader))
            {
                await host.AddFollowerAsync(follower, cancellation);
            }
        }
        catch
        {
            host.Abandon();
            throw;
        }

        host._loops = Task.WhenAll(Task.Run(host.JournalAsync, CancellationToken.None), Task.Run(host.ApplyAsync, CancellationToken.None));
        context.Logger.Opened(stream.Name, host.Epoch, host.AppliedSequence);
        return host;
    }

    /// <summary>Counts a lease unless the host is on its way out.</summary>
    public bool TryLease()
    {
        lock (_leaseLock)
        {
            if (_isClosing || IsStopped)
            {
                return false;
            }

            _leases++;
            return true;
        }
    }

    /// <summary>Gives a lease back.</summary>
    public void Release()
    {
        bool isLast;
        lock (_leaseLock)
        {
            LastUsed = _context.Time.GetTimestamp();
            isLast = --_leases == 0 && _isUnused;
        }

        if (isLast)
        {
            Dispose();
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

    /// <summary>Runs work with the stream to itself.</summary>
    public async Task RunExclusiveAsync(Func<CancellationToken, Task> act)
    {
        var work = new ExclusiveWork(act);
        _queue.EnqueueAlways(work);
        await work.Done;
    }

    /// <summary>Frees the models. Nobody uses them any more.</summary>
    public void Dispose()
    {
        Leader.Dispose();
        LeaderVersions.Dispose();
        foreach (var follower in Followers())
        {
            follower.Model.Dispose();
            follower.Versions.Dispose();
        }

        _retired.ForEach(model => model.Dispose());
        _stop.Dispose();
    }

    private static ProblemException Closing() =>
        new(503, ProblemTypes.Unavailable, "Unavailable", "The model is being closed; try again.") { RetryAfter = TimeSpan.FromSeconds(1) };

    private async Task RecoverAsync(RecoveredModel recovered, StreamOpening opening, CancellationToken cancellation)
    {
        var lineage = Leader.Ancestry.Links[^1].Lineage;
        var replayed = 0L;
        if (IsJournalled)
        {
            var known = Math.Max(lineage.StartSequence, await _context.Store.Journal.FindLastOutcomeAsync(Leader.Record.Id, lineage.Number, cancellation));
            var began = _context.Time.GetTimestamp();
            await foreach (var stored in _context.Store.Journal.ReadAsync(Stream.Id, Leader.Ancestry.Ranges(Leader.WriterPosition.Sequence), cancellation))
            {
                Fold(Leader, stored, keepOutcome: stored.Sequence > known);
                replayed++;
            }

            LeaderVersions.Spend(_context.Time.GetElapsedTime(began));
        }

        if (Leader.WriterPosition.Sequence < lineage.StartSequence)
        {
            // Right after a restore the position is that of the event which opened the lineage.
            Leader.Skip(lineage.StartSequence);
        }

        // A follower's position may lie before events of dead lineages; the numbering goes on after all of them.
        _applied = Math.Max(opening.LastSequence, Leader.WriterPosition.Sequence);
        await ResetAdmissionAsync(_applied, cancellation);
        if (recovered.Version is { } version)
        {
            LeaderVersions.Know(new Position(version.Lineage, version.Sequence));
        }
        else if (recovered.IsNew && replayed == 0)
        {
            await LeaderVersions.SaveAsync("created", pinned: true, note: null, cancellation);
        }

        _context.Logger.Recovered(Leader.Record.Name, recovered.Version?.Number ?? 0, replayed, Leader.WriterPosition.ToString());
    }

    private async Task ResetAdmissionAsync(long lastSequence, CancellationToken cancellation)
    {
        var boundaries = await _context.Store.Journal.ListTaskBoundariesAsync(Stream.Id, cancellation);
        var task = IsJournalled ? TaskTimeline.Current(boundaries, Leader.Ancestry) : null;
        _admission.Reset(lastSequence, task, Leader.Labels, Leader.WriterModel.ClassCapacity, Leader.WriterModel.MaxClasses);
    }

    private async Task CloseOnceAsync(bool saveVersions)
    {
        await DrainAsync();
        await _stop.CancelAsync();
        _queue.Refuse(IsStopped ? StoppedReason : Closing);
        _committed.Writer.TryComplete();
        await _loops;
        await StopFollowersAsync();
        await _cutting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!IsStopped)
        {
            await FinishAsync(saveVersions);
        }

        _context.Logger.Closed(Stream.Name, AppliedSequence);
        _closed.TrySetResult();
        RetireModels();
    }

    private async Task DrainAsync()
    {
        try
        {
            var last = new ExclusiveWork(_ => Task.CompletedTask);
            _queue.EnqueueAlways(last);
            _queue.RefuseNew(Closing);
            await last.Done;
        }
        catch (Exception reason) when (reason is StoreUnavailableException or FencedException or ProblemException)
        {
            // Whoever waited has been told; nothing is left to drain.
            _queue.Refuse(IsStopped ? StoppedReason : Closing);
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
                foreach (var follower in Followers())
                {
                    await follower.Versions.SaveRecoveryPointAsync(CancellationToken.None);
                }
            }
        }
        catch (Exception reason) when (reason is StoreUnavailableException or FencedException)
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

        _queue.Refuse(StoppedReason);
        _stop.Cancel();
        _committed.Writer.TryComplete();
    }

    private Exception StoppedReason() => _stopped is FencedException
        ? new FencedException($"Another host took over stream '{Stream.Name}'. Try again: the model is opened anew.")
        : new StoreUnavailableException($"Stream '{Stream.Name}' stopped on an error and is opened anew.", _stopped!);

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

    private void Abandon()
    {
        _stop.Cancel();
        _closed.TrySetResult();
        Dispose();
    }

    private VersionKeeper NewKeeper(HostedModel model) => new(_context.Store, model, () => Epoch, _context.Time, _context.Logger);
}
