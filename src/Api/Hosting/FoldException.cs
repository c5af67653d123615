namespace LifelongApi.Api.Hosting;

/// <summary>
/// An event failed in the core in a way that leaves the state unknown: a programmer's error, or a journal that does not say any more what it said.
/// The model goes back to the event before and is fenced there (docs/journal.md 9).
/// </summary>
/// <param name="sequence">The event.</param>
/// <param name="reason">What went wrong.</param>
internal sealed class FoldException(long sequence, Exception reason) : Exception($"Event {sequence} cannot be folded: {reason.Message}", reason)
{
    /// <summary>The event.</summary>
    public long Sequence => sequence;

    /// <summary>Whether the same would happen again. A lack of memory may pass.</summary>
    public bool IsLasting => InnerException is not OutOfMemoryException;
}
