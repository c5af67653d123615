using System.Threading.Channels;
using LifelongApi.Contracts.Journal;
using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Contracts.Problems;
using LifelongApi.Storage;
using LifelongApi.Storage.Journal;
using LifelongApi.Storage.Models;

namespace LifelongApi.Api.Hosting;

/// <summary>What every part of hosting needs.</summary>
internal sealed record HostingContext(ILifelongStore Store, HostingOptions Options, TimeProvider Time, ILogger Logger)
{
    /// <summary>Brings models back.</summary>
    public ModelRecovery Recovery { get; private init; } = new(Store, Options, Logger, static (model, in input, outcome) => model.Apply(input, outcome));

    /// <summary>The same, with another way of folding an event.</summary>
    public HostingContext With(FoldEvent fold) => this with { Recovery = new ModelRecovery(Store, Options, Logger, fold) };
}

/// <summary>Folds one event into a model: <see cref="LifelongApi.Learning.Model.Apply"/>.</summary>
internal delegate void FoldEvent(LifelongApi.Learning.Model model, in LifelongApi.Learning.EventInput input, LifelongApi.Learning.Outcome outcome);

/// <summary>
/// One open stream: the only writer of its journal and of the models that learn from it.
/// Order, journal, apply, acknowledge: one loop puts what waits in order and commits it, another applies what is committed while the next batch commits.
/// Memory is never ahead of the log. Without a journal the first loop applies too, and a caller who finds the queue empty learns by itself.
/// </summary>
internal sealed partial class StreamHost : IDisposable
{
    private readonly HostingContext _context;
    private readonly EventQueue _queue;
    private readonly Channel<List<BatchItem>> _committed = Channel.CreateBounded<List<BatchItem>>(new BoundedChannelOptions(2) { SingleReader = true });
    private readonly CancellationTokenSource _stop = new();
    private readonly Admission _admission;

    // Who may take from the queue, admit and, without a journal, apply.
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly List<BatchItem> _single = [];
    private readonly List<Follower> _retired = [];
    private readonly Lock _leaseLock = new();
    private readonly bool _bounds;
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _loops = Task.CompletedTask;
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
        _queue = new EventQueue(context.Options.QueueCapacity, context.Options.QueueByteCapacity);
        LeaderVersions = NewKeeper(Leader);
        IsJournalled = Leader.Spec.Durability != Durability.None;
        _admission = new Admission(context.Time, IsJournalled);
        _bounds = Leader.Spec.Network.Modulators.Any(modulator => modulator is DriftModulatorSpec { Boundary: true })
            || Leader.Spec.Network.Maintenance.Any(part => part is GrowthSpec);
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
    /// <param name="isUse">Whether it was held for a caller; housekeeping does not keep a stream from being idle.</param>
    public void Release(bool isUse = true)
    {
        bool isLast;
        lock (_leaseLock)
        {
            LastUsed = isUse ? _context.Time.GetTimestamp() : LastUsed;
            isLast = --_leases == 0 && _isUnused;
        }

        if (isLast)
        {
            Dispose();
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

        _retired.ForEach(follower => follower.Model.Dispose());
        foreach (var comparison in _comparisons.Values)
        {
            comparison.Dispose();
        }

        _stop.Dispose();
        _turn.Dispose();
    }

    private VersionKeeper NewKeeper(HostedModel model) => new(_context.Store, model, () => Epoch, _context.Time, _context.Logger)
    {
        Preparing = StoreNamesAsync,
        Saved = version => Feed.Publish(new FeedItem(model, version.Sequence, null, ReadOnlyMemory<byte>.Empty, version)),
    };
}
