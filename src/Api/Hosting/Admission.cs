using System.Text.Json;
using LifelongApi.Contracts.Journal;

namespace LifelongApi.Api.Hosting;

/// <summary>
/// Puts events in order: gives ids and sequences, stamps the task, and puts boundaries and growth before the event that causes them.
/// A plain function of the order of events, so that a replay, a retry and an undisturbed run number alike. One caller at a time.
/// </summary>
/// <param name="time">Clock for service-made ids and times.</param>
internal sealed class Admission(TimeProvider time)
{
    private const int FirstCapacity = 16;
    private readonly HashSet<string> _labels = new(StringComparer.Ordinal);
    private int _capacity;
    private int _maxClasses;

    /// <summary>Task that is open after everything admitted so far, or null.</summary>
    public string? CurrentTask { get; private set; }

    /// <summary>Sequence of the last event admitted.</summary>
    public long LastSequence { get; private set; }

    /// <summary>Starts over from what was applied and stored.</summary>
    /// <param name="lastSequence">Highest sequence of the stream.</param>
    /// <param name="task">Open task, or null.</param>
    /// <param name="labels">Labels the leader knows.</param>
    /// <param name="capacity">Classes that fit; 0 for values.</param>
    /// <param name="maxClasses">Most classes; 0 for values.</param>
    public void Reset(long lastSequence, string? task, IEnumerable<string> labels, int capacity, int maxClasses)
    {
        LastSequence = lastSequence;
        CurrentTask = task;
        _labels.Clear();
        _labels.UnionWith(labels);
        _capacity = capacity;
        _maxClasses = maxClasses;
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

        if (isNew)
        {
            Grow(pending, items);
            _labels.Add(input.Label!);
        }

        items.Add(new BatchItem { Pending = pending, Event = Envelope(pending, input.EventId ?? NewId(), pending.Kind, CurrentTask, input.Payload) });
    }

    /// <summary>Payload of a boundary. It names the task, so that the same id with another task is another event.</summary>
    public static byte[] BoundaryPayload(EventKind kind, string task) => JsonSerializer.SerializeToUtf8Bytes(kind == EventKind.TaskEnded
        ? new Dictionary<string, string> { ["cause"] = "given", ["task"] = task }
        : new Dictionary<string, string> { ["task"] = task });

    /// <summary>A new id: UUIDv7.</summary>
    public string NewId() => Guid.CreateVersion7(time.GetUtcNow()).ToString();

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
            items.Add(new BatchItem { Pending = pending, Event = Envelope(pending, pending.Input.EventId ?? NewId(), EventKind.TaskEnded, task, BoundaryPayload(EventKind.TaskEnded, task)) });
        }
    }

    private void SwitchTask(string task, PendingEvent pending, List<BatchItem> items, bool synthetic)
    {
        if (CurrentTask is not null)
        {
            items.Add(new BatchItem { Event = Envelope(pending, NewId(), EventKind.TaskEnded, CurrentTask, BoundaryPayload(EventKind.TaskEnded, CurrentTask)) });
        }

        CurrentTask = task;
        items.Add(new BatchItem
        {
            Pending = synthetic ? null : pending,
            Event = Envelope(pending, synthetic ? NewId() : pending.Input.EventId ?? NewId(), EventKind.TaskBegan, task, BoundaryPayload(EventKind.TaskBegan, task)),
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

    private JournalEvent Envelope(PendingEvent pending, string id, EventKind kind, string? task, ReadOnlyMemory<byte> payload)
    {
        var isExample = kind is EventKind.Learned or EventKind.Observed;
        return new JournalEvent
        {
            Sequence = NextSequence(),
            EventId = id,
            Kind = kind,
            Task = task,
            Entity = isExample ? pending.Input.Entity : null,
            Subject = isExample ? pending.Input.Subject : null,
            Actor = pending.Input.Actor,
            OccurredAt = isExample ? pending.Input.OccurredAt : null,
            ReceivedAt = pending.ReceivedAt,
            Weight = isExample ? pending.Input.Weight : 1f,
            Payload = payload,
        };
    }
}
