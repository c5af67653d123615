using System.Globalization;
using System.Text.Json;
using LifelongApi.Contracts.Journal;
using LifelongApi.Learning;

namespace LifelongApi.Api.Hosting;

/// <summary>
/// Puts events in order: gives ids and sequences, stamps the task, and puts boundaries and growth before the event that causes them.
/// A plain function of the order of events, so that a replay, a retry and an undisturbed run number alike. One caller at a time.
/// </summary>
/// <param name="time">Clock for service-made ids and times.</param>
/// <param name="givesIds">Whether events without an id are given one; where no journal keeps them it stays empty.</param>
internal sealed class Admission(TimeProvider time, bool givesIds = true)
{
    /// <summary>
    /// Sequences in a block. A drift becomes a boundary before the first event admitted after the block of the event on which it was detected, so where the boundary
    /// lies follows from the events alone, and not from what happened to be committed when the detection was made (docs/journal.md).
    /// </summary>
    public const int DriftBlock = 64;

    private const int FirstCapacity = 16;
    private readonly EventIdSource _ids = new(time);
    private readonly HashSet<string> _labels = new(StringComparer.Ordinal);
    private int _capacity;
    private int _maxClasses;
    private bool _isDetected;
    private long _waitingDrift;
    private long _knownBlock;
    private List<WaitingGrowth> _waitingGrowth = [];

    /// <summary>Task that is open after everything admitted so far, or null.</summary>
    public string? CurrentTask { get; private set; }

    /// <summary>Sequence of the last event admitted.</summary>
    public long LastSequence { get; private set; }

    /// <summary>Whether a block has ended since <see cref="LearnWaiting"/>, so that what was detected or asked for in it has to be known before anything more is admitted.</summary>
    public bool NeedsState => LastSequence / DriftBlock > _knownBlock;

    private bool IsDriftDue => _waitingDrift > 0 && (CurrentTask is null || _isDetected) && LastSequence / DriftBlock > (_waitingDrift - 1) / DriftBlock;

    /// <summary>Starts over from what was applied and stored.</summary>
    /// <param name="lastSequence">Highest sequence of the stream.</param>
    /// <param name="task">Open task, or null.</param>
    /// <param name="isDetected">Whether the open task was begun by a detection.</param>
    /// <param name="labels">Labels the leader knows.</param>
    /// <param name="capacity">Classes that fit; 0 for values.</param>
    /// <param name="maxClasses">Most classes; 0 for values.</param>
    public void Reset(long lastSequence, string? task, bool isDetected, IEnumerable<string> labels, int capacity, int maxClasses)
    {
        LastSequence = lastSequence;
        CurrentTask = task;
        _isDetected = isDetected;
        _labels.Clear();
        _labels.UnionWith(labels);
        _capacity = capacity;
        _maxClasses = maxClasses;
    }

    /// <summary>Learns what waits in the leader's state once everything admitted is applied.</summary>
    /// <param name="drift">Sequence of the detection of a drift that is to be a boundary; 0: none.</param>
    /// <param name="growth">Units that populations are to be given.</param>
    public void LearnWaiting(long drift, IReadOnlyList<WaitingGrowth> growth)
    {
        _waitingDrift = drift;
        _waitingGrowth = [.. growth];
        _knownBlock = LastSequence / DriftBlock;
    }

    /// <summary>Takes a sequence for an event that is made elsewhere.</summary>
    public long NextSequence() => ++LastSequence;

    /// <summary>Admits one event: adds it, with what must come before it, or its refusal.</summary>
    public void Admit(PendingEvent pending, List<BatchItem> items)
    {
        if (pending.IsBoundary)
        {
            AdmitBoundary(pending, items);
            return;
        }

        var input = pending.Input;
        var isNew = _maxClasses > 0 && input.Label is not null && !_labels.Contains(input.Label);
        if (isNew && _labels.Count >= _maxClasses)
        {
            items.Add(new BatchItem
            {
                Pending = pending,
                Refusal = ProblemException.Invalid("label", $"'{input.Label}' would be class number {_labels.Count + 1}; the model allows {_maxClasses} (target.maxClasses). Use a known label, or create a model with a larger maxClasses."),
            });
            return;
        }

        if (input.Task is not null && input.Task != CurrentTask)
        {
            SwitchTask(input.Task, pending, items, synthetic: true);
        }
        else if (input.Task is null && IsDriftDue)
        {
            SwitchTask(string.Create(CultureInfo.InvariantCulture, $"drift-{_waitingDrift}"), pending, items, synthetic: true, TaskTimeline.Detected);
        }

        GiveUnits(pending, items);
        if (isNew)
        {
            Grow(pending, items);
            _labels.Add(input.Label!);
        }

        items.Add(new BatchItem { Pending = pending, Event = Envelope(pending, input.EventId ?? (givesIds ? NewId() : string.Empty), pending.Kind, CurrentTask, input.Payload) });
    }

    /// <summary>Payload of a boundary. It names the task, so that the same id with another task is another event.</summary>
    /// <param name="kind"><see cref="EventKind.TaskBegan"/> or <see cref="EventKind.TaskEnded"/>.</param>
    /// <param name="task">The task; null: the end of a stretch that had none.</param>
    /// <param name="cause"><see cref="TaskTimeline.Given"/>, which the beginning of a task does not name, or <see cref="TaskTimeline.Detected"/>.</param>
    public static byte[] BoundaryPayload(EventKind kind, string? task, string cause = TaskTimeline.Given)
    {
        var payload = new Dictionary<string, string>();
        if (kind == EventKind.TaskEnded || cause != TaskTimeline.Given)
        {
            payload["cause"] = cause;
        }

        if (task is not null)
        {
            payload["task"] = task;
        }

        return JsonSerializer.SerializeToUtf8Bytes(payload);
    }

    /// <summary>A new id.</summary>
    public string NewId() => _ids.Next();

    private void AdmitBoundary(PendingEvent pending, List<BatchItem> items)
    {
        var task = pending.Input.Task!;
        if (pending.Kind == EventKind.TaskBegan)
        {
            if (task == CurrentTask)
            {
                pending.Unchanged = true;
                items.Add(new BatchItem { Pending = pending });
                return;
            }

            SwitchTask(task, pending, items, synthetic: false);
            return;
        }

        if (CurrentTask is null)
        {
            pending.Unchanged = true;
            items.Add(new BatchItem { Pending = pending });
        }
        else if (CurrentTask != task)
        {
            items.Add(new BatchItem { Pending = pending, Refusal = ProblemException.Conflict($"Task '{task}' is not open; '{CurrentTask}' is.") });
        }
        else
        {
            CurrentTask = null;
            _waitingDrift = 0;
            items.Add(new BatchItem { Pending = pending, Event = Envelope(pending, pending.Input.EventId ?? NewId(), EventKind.TaskEnded, task, BoundaryPayload(EventKind.TaskEnded, task)) });
        }
    }

    private void SwitchTask(string task, PendingEvent pending, List<BatchItem> items, bool synthetic, string cause = TaskTimeline.Given)
    {
        var isDetected = cause == TaskTimeline.Detected;

        // A detection also ends a stretch without a task, so that what was learned in it is consolidated.
        if (CurrentTask is not null || isDetected)
        {
            items.Add(new BatchItem { Event = Envelope(pending, NewId(), EventKind.TaskEnded, CurrentTask, BoundaryPayload(EventKind.TaskEnded, CurrentTask, cause), isDetected) });
        }

        (CurrentTask, _isDetected, _waitingDrift) = (task, isDetected, 0);
        items.Add(new BatchItem
        {
            Pending = synthetic ? null : pending,
            Event = Envelope(pending, synthetic ? NewId() : pending.Input.EventId ?? NewId(), EventKind.TaskBegan, task, BoundaryPayload(EventKind.TaskBegan, task, cause), isDetected),
        });
    }

    private void Grow(PendingEvent pending, List<BatchItem> items)
    {
        if (_labels.Count < _capacity)
        {
            return;
        }

        var capacity = Math.Max(FirstCapacity, _capacity);
        while (capacity <= _labels.Count)
        {
            capacity *= 2;
        }

        _capacity = Math.Min(capacity, _maxClasses);
        var payload = JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, int> { ["classes"] = _capacity });
        items.Add(new BatchItem { Event = Envelope(pending, NewId(), EventKind.Grew, CurrentTask, payload) });
    }

    /// <summary>What populations asked for in blocks that are over, all at once, so that it lies at the same place however the host came to know.</summary>
    private void GiveUnits(PendingEvent pending, List<BatchItem> items)
    {
        if (_waitingGrowth.Count > 0)
        {
            GiveWaitingUnits(pending, items);
        }
    }

    private void GiveWaitingUnits(PendingEvent pending, List<BatchItem> items)
    {
        var block = LastSequence / DriftBlock;
        foreach (var waiting in _waitingGrowth.Where(waiting => block > (waiting.Since - 1) / DriftBlock))
        {
            var payload = JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, object> { ["population"] = waiting.Population, ["units"] = waiting.Units });
            items.Add(new BatchItem { Event = Envelope(pending, NewId(), EventKind.Grew, CurrentTask, payload, isDetected: true) });
        }

        _waitingGrowth.RemoveAll(waiting => block > (waiting.Since - 1) / DriftBlock);
    }

    private JournalEvent Envelope(PendingEvent pending, string id, EventKind kind, string? task, ReadOnlyMemory<byte> payload, bool isDetected = false)
    {
        var isExample = kind is EventKind.Learned or EventKind.Observed or EventKind.Predicted or EventKind.FedBack;
        return new JournalEvent
        {
            Sequence = NextSequence(),
            EventId = id,
            Kind = kind,
            Task = task,
            Entity = isExample ? pending.Input.Entity : null,
            Subject = isExample ? pending.Input.Subject : null,
            Actor = isDetected ? null : pending.Input.Actor,
            OccurredAt = isExample ? pending.Input.OccurredAt : null,
            ReceivedAt = pending.ReceivedAt,
            Weight = isExample ? pending.Input.Weight : 1f,
            Payload = payload,
            Said = isExample ? pending.Input.Said : null,
        };
    }
}
