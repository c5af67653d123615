using LifelongApi.Contracts.Journal;
using LifelongApi.Contracts.Learning;
using LifelongApi.Learning.Features;

namespace LifelongApi.Api.Hosting;

/// <summary>
/// Finds what the feedback of a batch answers, and makes its events: id and payload follow from the earlier event alone, so feedback that is sent again, by whomever, is the same
/// event. One label and one reward to an event; after the default of the spec one label more, because what happened after all is worth knowing.
/// </summary>
/// <param name="stored">Live events by id: the earlier ones, and answers to them.</param>
/// <param name="usesReward">Whether a part of the leader learns from rewards.</param>
internal sealed class FeedbackResolution(IReadOnlyDictionary<string, JournalEvent> stored, bool usesReward)
{
    private readonly Dictionary<string, JournalEvent> _events = new(stored, StringComparer.Ordinal);
    private readonly PayloadBuilder _builder = new();

    /// <summary>Ids to look up for feedback to an event.</summary>
    public static IEnumerable<string> IdsOf(string eventId) => [eventId, LabelId(eventId), LateId(eventId), RewardId(eventId)];

    /// <summary>Notes an event of the same batch: feedback after it may answer it.</summary>
    public void Note(JournalEvent admitted) => _events[admitted.EventId] = admitted;

    /// <summary>Gives feedback its id and payload.</summary>
    /// <returns>Why it is not to be journalled: refused, or known already; null where it is new.</returns>
    public BatchItem? Resolve(PendingEvent pending)
    {
        var (input, feedback) = (pending.Input, pending.Input.Feedback!);
        if (!_events.TryGetValue(feedback.EventId, out var earlier))
        {
            return Refused(pending, ProblemException.NotFound($"There is no event '{feedback.EventId}' to answer. Predict with remember, or learn, and send feedback for the eventId of the answer."));
        }

        if (Mistake(earlier, input) is { } mistake)
        {
            return Refused(pending, mistake);
        }

        var (id, cause) = Identify(input, feedback);
        var payload = Payload(earlier, input, feedback, cause);
        _events.TryGetValue(id, out var first);
        pending.Input = input with { EventId = id, Payload = payload, Entity = earlier.Entity, Subject = earlier.Subject };
        pending.Feedback = Describe(earlier, cause, first?.OccurredAt ?? first?.ReceivedAt ?? input.OccurredAt ?? pending.ReceivedAt);
        if (first is null)
        {
            return null;
        }

        return feedback.IsDefault || SaysTheSame(first, pending)
            ? new BatchItem { Pending = pending, FirstSequence = first.Sequence, SamePayload = true }
            : Refused(pending, ProblemException.Conflict($"Event '{feedback.EventId}' has {(input.HasTarget ? "a label" : "a reward")} already, given at sequence {first.Sequence} and another one. An event is answered once."));
    }

    private ProblemException? Mistake(JournalEvent earlier, LearnInput input)
    {
        if (earlier.Kind is not (EventKind.Learned or EventKind.Observed or EventKind.Predicted))
        {
            return ProblemException.Conflict($"Event '{earlier.EventId}' is not an example (kind {earlier.Kind}), so there is nothing to answer.");
        }

        if (input.HasTarget && earlier.Kind == EventKind.Learned)
        {
            return ProblemException.Conflict($"Event '{earlier.EventId}' was learned with its label at sequence {earlier.Sequence}; it takes a reward, but no other label.");
        }

        if (!input.HasTarget && !usesReward)
        {
            return ProblemException.Conflict("No part of the model learns from rewards (modulator rewardPredictionError); give a label or target.");
        }

        return earlier.Payload.IsEmpty ? ProblemException.Conflict($"The input of event '{earlier.EventId}' was erased, so nothing can be learned from it.") : null;
    }

    private (string Id, FeedbackCause Cause) Identify(LearnInput input, FeedbackInput feedback)
    {
        if (!input.HasTarget)
        {
            return (RewardId(feedback.EventId), FeedbackCause.Given);
        }

        var label = LabelId(feedback.EventId);
        if (feedback.IsDefault)
        {
            return (label, FeedbackCause.Default);
        }

        return _events.TryGetValue(label, out var first) && CauseOf(first) == FeedbackCause.Default
            ? (LateId(feedback.EventId), FeedbackCause.GivenAfterDefault)
            : (label, FeedbackCause.Given);
    }

    private byte[] Payload(JournalEvent earlier, LearnInput input, FeedbackInput feedback, FeedbackCause cause)
    {
        _builder.Clear();
        _builder.Input(PayloadReader.Read(earlier.Payload.Span).InputBytes);
        if (input.Label is { } label)
        {
            _builder.Label(System.Text.Encoding.UTF8.GetBytes(label));
        }
        else if (feedback.Target.Count > 0)
        {
            _builder.Target([.. feedback.Target]);
        }

        if (feedback.Reward is { } reward)
        {
            _builder.Reward(reward);
        }

        _builder.Feedback(new FeedbackReference(earlier.Sequence, earlier.ReceivedAt, earlier.Kind, cause));
        return _builder.Written.ToArray();
    }

    private static FeedbackCause? CauseOf(JournalEvent answer) =>
        answer.Kind == EventKind.FedBack && !answer.Payload.IsEmpty ? PayloadReader.Read(answer.Payload.Span).Feedback?.Cause : null;

    // The payload of an erased person is empty: the id alone decides then, as it does in the store.
    private static bool SaysTheSame(JournalEvent first, PendingEvent pending) =>
        first.Kind == EventKind.FedBack
        && (first.Payload.IsEmpty || (first.Weight.Equals(pending.Input.Weight) && first.Payload.Span.SequenceEqual(pending.Input.Payload.Span)));

    private static FeedbackInfo Describe(JournalEvent earlier, FeedbackCause cause, long at) => new()
    {
        EventId = earlier.EventId,
        Sequence = earlier.Sequence,
        Eligibility = "recomputed",
        DelaySeconds = Math.Max(0, at - earlier.ReceivedAt) / 1e6,
        Cause = cause.ToWord(),
    };

    private static BatchItem Refused(PendingEvent pending, ProblemException reason) => new() { Pending = pending, Refusal = reason };

    private static string LabelId(string eventId) => eventId + "/label";

    private static string LateId(string eventId) => eventId + "/late";

    private static string RewardId(string eventId) => eventId + "/reward";
}

/// <summary>Causes of feedback as words.</summary>
internal static class FeedbackCauses
{
    /// <summary>The word of a cause.</summary>
    public static string ToWord(this FeedbackCause cause) => cause switch
    {
        FeedbackCause.Default => "default",
        FeedbackCause.GivenAfterDefault => "givenAfterDefault",
        _ => "given",
    };
}
