using System.Text.Json;
using LifelongApi.Api.Hosting;
using LifelongApi.Contracts.Models;

namespace LifelongApi.Api.Requests;

/// <summary>The JSON body of a learn call: one event, or <c>{"events": […]}</c>.</summary>
/// <param name="Single">The event, where it is one.</param>
/// <param name="Batch">The events, where they are several.</param>
internal readonly record struct LearnBody(LearnInput? Single, IReadOnlyList<LearnInput>? Batch)
{
    /// <summary>Reads a body. Either everything in it is right, or nothing of it has an effect.</summary>
    /// <exception cref="ProblemException">400 that names the field and the fix.</exception>
    public static LearnBody Read(ReadOnlySpan<byte> json, EventReader events, in InputShape shape, IFeatureNames names, string? actor, string? idempotencyKey, int maxEvents)
    {
        var reader = new Utf8JsonReader(json);
        try
        {
            events.Begin();
            JsonBodyShape.ReadObjectStart(ref reader, "body");
            IReadOnlyList<LearnInput>? batch = null;
            var hasProperties = false;
            while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
            {
                if (!reader.ValueTextEquals("events"u8))
                {
                    hasProperties = true;
                    events.ReadProperty(ref reader, json, shape, FieldPath.Root);
                }
                else if (batch is null && !hasProperties)
                {
                    batch = ReadEvents(ref reader, json, events, shape, names, actor, maxEvents);
                }
                else
                {
                    throw Mixed();
                }

                if (batch is not null && hasProperties)
                {
                    throw Mixed();
                }
            }

            JsonBodyShape.ReadEnd(ref reader);
            if (batch is not null)
            {
                return idempotencyKey is null
                    ? new LearnBody(null, Encoded(json, batch, events, shape, names, actor))
                    : throw ProblemException.Invalid("Idempotency-Key", "names one event, and the body has several; give every event an eventId instead.");
            }
        }
        catch (JsonException error)
        {
            throw JsonText.Malformed(json, error);
        }

        events.Check(shape, FieldPath.Root);
        events.ApplyIdempotencyKey(idempotencyKey);
        return new LearnBody(events.Encode(shape, names, actor, FieldPath.Root), null);
    }

    private static ProblemException Mixed() =>
        ProblemException.Invalid("events", "stands beside other properties or is given twice; give either one event or {\"events\": […]}.");

    private static List<LearnInput> ReadEvents(ref Utf8JsonReader reader, ReadOnlySpan<byte> json, EventReader events, in InputShape shape, IFeatureNames names, string? actor, int maxEvents)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw ProblemException.Invalid("events", $"is {JsonText.KindOf(reader.TokenType)}; give an array of events.");
        }

        var inputs = new List<LearnInput>();
        var count = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var path = FieldPath.Event(count);
            if (count == maxEvents)
            {
                throw ProblemException.Invalid("events", FormattableString.Invariant($"holds more than {maxEvents} events; send them in parts, or through …/stream."));
            }

            if (reader.TokenType != JsonTokenType.StartObject)
            {
                throw ProblemException.Invalid(path.Self, $"is {JsonText.KindOf(reader.TokenType)}; give an object such as {{\"features\": …}}.");
            }

            events.Begin();
            events.Read(ref reader, json, shape, path);
            if (shape.Kind != InputKind.Named)
            {
                inputs.Add(events.Encode(shape, names, actor, path));
            }

            count++;
        }

        return count > 0 ? inputs : throw ProblemException.Invalid("events", "is empty; give at least one event.");
    }

    // Encoding named features may take new names, so it waits until every event of the batch was read without a mistake.
    private static IReadOnlyList<LearnInput> Encoded(ReadOnlySpan<byte> json, IReadOnlyList<LearnInput> batch, EventReader events, in InputShape shape, IFeatureNames names, string? actor)
    {
        if (shape.Kind != InputKind.Named)
        {
            return batch;
        }

        var inputs = new List<LearnInput>();
        var reader = new Utf8JsonReader(json);
        while (reader.TokenType != JsonTokenType.StartArray)
        {
            reader.Read();
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var path = FieldPath.Event(inputs.Count);
            events.Begin();
            events.Read(ref reader, json, shape, path);
            inputs.Add(events.Encode(shape, names, actor, path));
        }

        return inputs;
    }
}
