using LifelongApi.Contracts.Journal;
using LifelongApi.Contracts.Problems;
using LifelongApi.Contracts.Streams;

namespace LifelongApi.Api.Hosting;

/// <summary>The door: where events come into the queue.</summary>
internal sealed partial class StreamHost
{
    /// <summary>Puts one event, or answers 429. Where nothing is journalled it may be learned already.</summary>
    public PendingEvent Put(HostedModel model, LearnInput input)
    {
        CheckLearnable(model);
        var pending = Pend(input);
        if (IsJournalled || !TryLearnNow(pending))
        {
            Enqueue([pending]);
        }

        return pending;
    }

    /// <summary>Puts all events or none.</summary>
    public IReadOnlyList<PendingEvent> PutAll(HostedModel model, IReadOnlyList<LearnInput> inputs)
    {
        CheckLearnable(model);
        var pending = new PendingEvent[inputs.Count];
        for (var i = 0; i < pending.Length; i++)
        {
            pending[i] = Pend(inputs[i]);
        }

        Enqueue(pending);
        return pending;
    }

    /// <summary>Puts one event, waiting for room.</summary>
    public async ValueTask<PendingEvent> PutWhenRoomAsync(HostedModel model, LearnInput input, CancellationToken cancellation)
    {
        CheckLearnable(model);
        var pending = Pend(input);
        await _queue.EnqueueAsync(pending, cancellation);
        return pending;
    }

    /// <summary>Begins or ends a task.</summary>
    public async Task<TaskBoundary> BoundAsync(EventKind kind, string task, string? eventId, string? actor, CancellationToken cancellation)
    {
        CheckLearnable(Leader);
        var payload = Admission.BoundaryPayload(kind, task);
        var pending = new PendingEvent
        {
            Kind = kind,
            Input = new LearnInput { Payload = payload, HasTarget = false, Task = task, EventId = eventId, Actor = actor },
            ReceivedAt = _context.Time.Microseconds(),
        };
        Enqueue([pending]);
        var result = await pending.Acknowledged.WaitAsync(cancellation);
        return new TaskBoundary
        {
            Task = task,
            Status = pending.Unchanged ? "unchanged" : kind == EventKind.TaskBegan ? "began" : "ended",
            Position = result.Position!,
            Consolidated = pending.Consolidated,
        };
    }

    /// <summary>
    /// Learns on the caller's thread where nothing has to be waited for: no journal, no rows of entities, nobody whose turn it is, and nobody who came before.
    /// Whoever put an event into the queue earlier is then served: the loop takes from the queue in its turn only.
    /// </summary>
    private bool TryLearnNow(PendingEvent pending)
    {
        if (Leader.Spec.Entities is not null || !_turn.Wait(0))
        {
            return false;
        }

        try
        {
            if (!_queue.IsIdle)
            {
                return false;
            }

            if (_bounds && _admission.NeedsState)
            {
                LearnWaiting();
            }

            _single.Clear();
            _admission.Admit(pending, _single);
            TryApply(_single, firsts: null);
            return true;
        }
        finally
        {
            _turn.Release();
        }
    }

    private PendingEvent Pend(LearnInput input)
    {
        if (!IsJournalled && (input.Remember || input.Feedback is not null))
        {
            throw ProblemException.Conflict($"Model '{Leader.Record.Name}' keeps no journal (durability none), so nothing can be remembered or answered later.");
        }

        NoteExample();
        return new PendingEvent
        {
            Kind = KindOf(input),
            Input = input,
            ReceivedAt = _context.Time.Microseconds(),
        };
    }

    private static EventKind KindOf(LearnInput input)
    {
        if (input.Feedback is not null)
        {
            return EventKind.FedBack;
        }

        return input.Remember ? EventKind.Predicted : input.HasTarget ? EventKind.Learned : EventKind.Observed;
    }

    private void Enqueue(PendingEvent[] work)
    {
        if (!_queue.TryEnqueue(work))
        {
            throw new ProblemException(429, ProblemTypes.QueueFull, "Queue full", $"The queue of stream '{Stream.Name}' has no room for {work.Length} more events; nothing was taken. Wait and send again, or use the streaming endpoint, which waits by itself.")
            {
                RetryAfter = _context.Options.RetryAfter,
            };
        }
    }

    private void CheckLearnable(HostedModel model)
    {
        if (model != Leader)
        {
            throw ProblemException.Conflict($"Model '{model.Record.Name}' follows stream '{Stream.Name}'. Learn through its leader '{Leader.Record.Name}'.");
        }

        if (model.FencedReason is { } reason)
        {
            throw new ProblemException(503, ProblemTypes.Fenced, "Model is fenced", $"Model '{model.Record.Name}' does not learn: {reason} Restore it to a good version.");
        }
    }
}
