using LifelongApi.Contracts.Journal;

namespace LifelongApi.Learning.Features;

/// <summary>The earlier event that a <c>FedBack</c> event answers. The fold needs no other event: the input stands in the payload again.</summary>
/// <param name="Sequence">Sequence of the earlier event.</param>
/// <param name="ReceivedAt">When the service received it, microseconds since 1970-01-01 UTC: the label's delay is counted from here.</param>
/// <param name="Kind">What the earlier event was.</param>
/// <param name="Cause">Why there is an answer.</param>
public readonly record struct FeedbackReference(long Sequence, long ReceivedAt, EventKind Kind, FeedbackCause Cause);

/// <summary>Why an earlier event was answered. Numbers are stored and never change.</summary>
public enum FeedbackCause : byte
{
    /// <summary>A caller knew the answer.</summary>
    Given = 0,

    /// <summary>The window of the spec passed without one, so its default was taken.</summary>
    Default = 1,

    /// <summary>A caller knew it after the default had been taken.</summary>
    GivenAfterDefault = 2,
}
