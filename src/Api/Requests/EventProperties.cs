using System.Text.Json;
using LifelongApi.Api.Hosting;

namespace LifelongApi.Api.Requests;

/// <summary>The properties of an event, as a set.</summary>
[Flags]
internal enum EventProperty
{
    None = 0,
    Features = 1,
    Label = 2,
    Target = 4,
    Reward = 8,
    Weight = 16,
    EventId = 32,
    Task = 64,
    Entity = 128,
    Subject = 256,
    OccurredAt = 512,
    Remember = 1024,
    Feedback = 2048,
}

/// <summary>Names of the properties of an event.</summary>
internal static class EventProperties
{
    private const string Known = "features, label, target, reward, weight, eventId, task, entity, subject, occurredAt, remember, feedback";
    private const string KnownOfFeedback = "eventId, label, target, reward, weight, occurredAt";
    private const EventProperty OfFeedback = EventProperty.EventId | EventProperty.Label | EventProperty.Target | EventProperty.Reward | EventProperty.Weight | EventProperty.OccurredAt;

    /// <summary>The property whose name the reader stands on.</summary>
    /// <exception cref="ProblemException">400 for a name that is none.</exception>
    public static EventProperty Find(ref Utf8JsonReader reader, in FieldPath path)
    {
        if (reader.ValueTextEquals("features"u8))
        {
            return EventProperty.Features;
        }

        if (reader.ValueTextEquals("label"u8))
        {
            return EventProperty.Label;
        }

        if (reader.ValueTextEquals("eventId"u8))
        {
            return EventProperty.EventId;
        }

        if (reader.ValueTextEquals("target"u8))
        {
            return EventProperty.Target;
        }

        if (reader.ValueTextEquals("task"u8))
        {
            return EventProperty.Task;
        }

        if (reader.ValueTextEquals("weight"u8))
        {
            return EventProperty.Weight;
        }

        if (reader.ValueTextEquals("reward"u8))
        {
            return EventProperty.Reward;
        }

        if (reader.ValueTextEquals("entity"u8))
        {
            return EventProperty.Entity;
        }

        if (reader.ValueTextEquals("subject"u8))
        {
            return EventProperty.Subject;
        }

        if (reader.ValueTextEquals("occurredAt"u8))
        {
            return EventProperty.OccurredAt;
        }

        if (reader.ValueTextEquals("remember"u8))
        {
            return EventProperty.Remember;
        }

        if (reader.ValueTextEquals("feedback"u8))
        {
            return EventProperty.Feedback;
        }

        throw Unknown(ref reader, path, Known);
    }

    /// <summary>Refuses a property that feedback does not have.</summary>
    /// <exception cref="ProblemException">400 for any other name than those of feedback.</exception>
    public static void RequireOfFeedback(ref Utf8JsonReader reader, in FieldPath path)
    {
        if ((Find(ref reader, path) & OfFeedback) == 0)
        {
            throw Unknown(ref reader, path, KnownOfFeedback);
        }
    }

    /// <summary>The problem of a property that nobody knows.</summary>
    public static ProblemException Unknown(ref Utf8JsonReader reader, in FieldPath path, string known)
    {
        var name = JsonText.Quoted(reader.ValueSpan);
        return ProblemException.Invalid(path.Of(name), $"is not a known property; the known ones are {known}. Names are case-sensitive.");
    }

    /// <summary>The name of one property.</summary>
    public static string NameOf(EventProperty property) => property switch
    {
        EventProperty.Features => "features",
        EventProperty.Label => "label",
        EventProperty.Target => "target",
        EventProperty.Reward => "reward",
        EventProperty.Weight => "weight",
        EventProperty.EventId => "eventId",
        EventProperty.Task => "task",
        EventProperty.Entity => "entity",
        EventProperty.Subject => "subject",
        EventProperty.Remember => "remember",
        EventProperty.Feedback => "feedback",
        _ => "occurredAt",
    };
}
