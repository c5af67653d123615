using LifelongApi.Contracts.Journal;
using LifelongApi.Contracts.Learning;

namespace LifelongApi.Api.Hosting;

/// <summary>Something that waits in a stream's queue.</summary>
internal abstract class PendingWork
{
    /// <summary>Bytes it counts for.</summary>
    public abstract long ByteCount { get; }

    /// <summary>Ends it without it having been done.</summary>
    public abstract void Fail(Exception reason);
}

/// <summary>An event on its way into the journal, with the caller who waits for it.</summary>
internal sealed class PendingEvent : PendingWork
{
    private readonly TaskCompletionSource<LearnResult> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What happened: <see cref="EventKind.Learned"/>, <see cref="EventKind.Observed"/>, <see cref="EventKind.Predicted"/>, <see cref="EventKind.FedBack"/>, <see cref="EventKind.TaskBegan"/>, <see cref="EventKind.TaskEnded"/>, <see cref="EventKind.Slept"/>.</summary>
    public required EventKind Kind { get; init; }

    /// <summary>The event as the caller gave it; for a boundary task, id and actor. Feedback gets id and payload when the earlier event is found.</summary>
    public required LearnInput Input { get; set; }

    /// <summary>When it was received, microseconds since 1970-01-01 UTC.</summary>
    public required long ReceivedAt { get; init; }

    /// <summary>Ends when the event is acknowledged.</summary>
    public Task<LearnResult> Acknowledged => _completion.Task;

    /// <summary>Whether it moved anchors. Valid once acknowledged.</summary>
    public bool Consolidated { get; set; }

    /// <summary>Whether a boundary found the stream as it wanted it, so that nothing was journalled. Valid once acknowledged.</summary>
    public bool Unchanged { get; set; }

    /// <summary>For feedback: what it answered. Valid once acknowledged.</summary>
    public FeedbackInfo? Feedback { get; set; }

    /// <summary>Whether it is a task boundary.</summary>
    public bool IsBoundary => Kind is EventKind.TaskBegan or EventKind.TaskEnded;

    /// <inheritdoc/>
    public override long ByteCount => Input.Payload.Length;

    public void Complete(LearnResult result) => _completion.TrySetResult(result);

    /// <inheritdoc/>
    public override void Fail(Exception reason) => _completion.TrySetException(reason);
}

/// <summary>Work that needs the stream to itself: everything before it is applied, nothing after it has begun.</summary>
internal sealed class ExclusiveWork(Func<CancellationToken, Task> act) : PendingWork
{
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when it is done.</summary>
    public Task Done => _completion.Task;

    /// <inheritdoc/>
    public override long ByteCount => 0;

    /// <summary>Does it. A failure goes to the caller.</summary>
    /// <returns>What went wrong, or null.</returns>
    public async Task<Exception?> RunAsync(CancellationToken cancellation)
    {
        try
        {
            await act(cancellation);
            _completion.TrySetResult();
            return null;
        }
        catch (Exception reason)
        {
            _completion.TrySetException(reason);
            return reason;
        }
    }

    /// <inheritdoc/>
    public override void Fail(Exception reason) => _completion.TrySetException(reason);
}
