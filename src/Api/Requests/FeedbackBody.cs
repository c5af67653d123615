using System.Text.Json;
using LifelongApi.Api.Hosting;

namespace LifelongApi.Api.Requests;

/// <summary>The JSON body of a feedback call: one answer, or <c>{"feedback": […]}</c>.</summary>
/// <param name="Single">The answer, where it is one.</param>
/// <param name="Batch">The answers, where they are several.</param>
internal readonly record struct FeedbackBody(LearnInput? Single, IReadOnlyList<LearnInput>? Batch)
{
    /// <summary>Reads a body. Either everything in it is right, or nothing of it has an effect.</summary>
    /// <exception cref="ProblemException">400 that names the field and the fix.</exception>
    public static FeedbackBody Read(ReadOnlySpan<byte> json, EventReader events, in InputShape shape, IFeatureNames names, string? actor, int most)
    {
        var reader = new Utf8JsonReader(json);
        try
        {
            events.Begin();
            JsonBodyShape.ReadObjectStart(ref reader, "body");
            List<LearnInput>? batch = null;
            var hasProperties = false;
            while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
            {
                var isBatch = reader.ValueTextEquals("feedback"u8);
                if (batch is not null || (isBatch && hasProperties))
                {
                    throw ProblemException.Invalid("feedback", "stands beside other properties or is given twice; give either one answer or {\"feedback\": […]}.");
                }

                if (isBatch)
                {
                    batch = ReadBatch(ref reader, events, shape, names, actor, most);
                }
                else
                {
                    hasProperties = true;
                    events.ReadFeedbackProperty(ref reader, shape, FieldPath.Root);
                }
            }

            JsonBodyShape.ReadEnd(ref reader);
            if (batch is not null)
            {
                return new FeedbackBody(null, batch);
            }
        }
        catch (JsonException error)
        {
            throw JsonText.Malformed(error);
        }

        events.CheckFeedback(shape, FieldPath.Root);
        return new FeedbackBody(events.Encode(shape, names, actor, FieldPath.Root), null);
    }

    private static List<LearnInput> ReadBatch(ref Utf8JsonReader reader, EventReader events, in InputShape shape, IFeatureNames names, string? actor, int most)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw ProblemException.Invalid("feedback", $"is {JsonText.KindOf(reader.TokenType)}; give an array of answers.");
        }

        var inputs = new List<LearnInput>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var path = FieldPath.Feedback(inputs.Count);
            if (inputs.Count == most)
            {
                throw ProblemException.Invalid("feedback", FormattableString.Invariant($"holds more than {most} answers; send them in parts, or through …/stream."));
            }

            if (reader.TokenType != JsonTokenType.StartObject)
            {
                throw ProblemException.Invalid(path.Self, $"is {JsonText.KindOf(reader.TokenType)}; give an object such as {{\"eventId\": …, \"label\": …}}.");
            }

            events.Begin();
            events.ReadFeedback(ref reader, shape, path);
            inputs.Add(events.Encode(shape, names, actor, path));
        }

        return inputs.Count > 0 ? inputs : throw ProblemException.Invalid("feedback", "is empty; give at least one answer.");
    }
}
