using LifelongApi.Contracts.Journal;

namespace LifelongApi.Api.Hosting;

/// <summary>What became of one piece of work when its batch was put in order; the applier acts on it in this order.</summary>
internal sealed record BatchItem
{
    /// <summary>Event to apply, or null.</summary>
    public JournalEvent? Event { get; init; }

    /// <summary>Caller who waits, or null (synthetic events, the tail after an outage).</summary>
    public PendingEvent? Pending { get; init; }

    /// <summary>For a duplicate: sequence of the first event with the id.</summary>
    public long? FirstSequence { get; init; }

    /// <summary>For a duplicate: whether the first event said the same.</summary>
    public bool SamePayload { get; init; }

    /// <summary>Why the event alone is turned away.</summary>
    public ProblemException? Refusal { get; init; }

    /// <summary>Completed when everything before it is applied.</summary>
    public TaskCompletionSource? Barrier { get; init; }
}
