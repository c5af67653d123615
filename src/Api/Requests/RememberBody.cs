using System.Text.Json;
using LifelongApi.Api.Hosting;
using LifelongApi.Contracts.Models;

namespace LifelongApi.Api.Requests;

/// <summary>The JSON body of a predict call with <c>"remember": true</c>, which <see cref="PredictBody"/> has read and found right before.</summary>
internal static class RememberBody
{
    /// <summary>The properties that only a remembered prediction has.</summary>
    public static bool IsOwn(ref Utf8JsonReader reader) =>
        reader.ValueTextEquals("eventId"u8) || reader.ValueTextEquals("eventIds"u8) || reader.ValueTextEquals("subject"u8);

    /// <summary>Reads a body again, now as events.</summary>
    /// <exception cref="ProblemException">400 that names the field and the fix.</exception>
    public static IReadOnlyList<LearnInput> Read(ReadOnlySpan<byte> json, EventReader events, in InputShape shape, IFeatureNames names, int maxRows, string? actor, string? idempotencyKey)
    {
        var ids = ReadOutline(json, events, maxRows, out var rowCount, out var moment);
        if (rowCount is null)
        {
            if (ids is not null)
            {
                throw ProblemException.Invalid("eventIds", "goes with rows; give eventId for one example.");
            }

            return [ReadSingle(json, events, shape, names, actor, idempotencyKey)];
        }

        if (idempotencyKey is not null)
        {
            throw ProblemException.Invalid("Idempotency-Key", "names one event, and the body has several; give eventIds instead.");
        }

        return ids is null || ids.Count == rowCount
            ? ReadRows(json, ids, moment, events, shape, names, actor)
            : throw ProblemException.Invalid("eventIds", FormattableString.Invariant($"holds {ids.Count} ids for {rowCount} rows; give one per row, or leave them out."));
    }

    private static LearnInput ReadSingle(ReadOnlySpan<byte> json, EventReader events, in InputShape shape, IFeatureNames names, string? actor, string? idempotencyKey)
    {
        events.Begin();
        var reader = Start(json);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            events.ReadProperty(ref reader, default, shape, FieldPath.Root);
        }

        events.Check(shape, FieldPath.Root);
        events.ApplyIdempotencyKey(idempotencyKey);
        return events.Encode(shape, names, actor, FieldPath.Root);
    }

    private static List<LearnInput> ReadRows(ReadOnlySpan<byte> json, List<string>? ids, in PredictMoment moment, EventReader events, in InputShape shape, IFeatureNames names, string? actor)
    {
        var inputs = new List<LearnInput>();
        var reader = Start(json);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var isRows = reader.ValueTextEquals("rows"u8);
            if (reader.ValueTextEquals("eventId"u8) || reader.ValueTextEquals("subject"u8))
            {
                throw ProblemException.Invalid(reader.GetString()!, "goes with one example; with rows give eventIds, entity or entities, and occurredAt.");
            }

            reader.Read();
            if (!isRows)
            {
                reader.Skip();
                continue;
            }

            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                inputs.Add(events.EncodeQuestion(ref reader, ids?[inputs.Count], moment.EntityOf(inputs.Count), moment.OccurredAt, shape, names, actor, FieldPath.Row(inputs.Count)));
            }
        }

        return inputs;
    }

    /// <summary>Everything but the features.</summary>
    private static List<string>? ReadOutline(ReadOnlySpan<byte> json, EventReader events, int maxRows, out int? rowCount, out PredictMoment moment)
    {
        List<string>? ids = null;
        (rowCount, moment) = (null, default);
        var reader = Start(json);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            if (moment.TryRead(ref reader, events, maxRows))
            {
                continue;
            }

            var (isRows, isIds) = (reader.ValueTextEquals("rows"u8), reader.ValueTextEquals("eventIds"u8));
            reader.Read();
            if (isRows)
            {
                rowCount = Count(ref reader);
            }
            else if (isIds && reader.TokenType != JsonTokenType.Null)
            {
                ids = ReadIds(ref reader);
            }
            else
            {
                reader.Skip();
            }
        }

        return ids;
    }

    private static List<string> ReadIds(ref Utf8JsonReader reader)
    {
        var ids = new List<string>();
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw ProblemException.Invalid("eventIds", $"is {JsonText.KindOf(reader.TokenType)}; give an array of ids.");
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var field = FormattableString.Invariant($"eventIds[{ids.Count}]");
            var id = reader.TokenType == JsonTokenType.String
                ? JsonText.Text(ref reader, field)
                : throw ProblemException.Invalid(field, $"is {JsonText.KindOf(reader.TokenType)}; give a string.");
            EventFields.CheckLength(System.Text.Encoding.UTF8.GetByteCount(id), field, FieldPath.Root, EventFields.MaxEventIdBytes);
            ids.Add(id);
        }

        return ids;
    }

    private static int Count(ref Utf8JsonReader reader)
    {
        var count = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            reader.Skip();
            count++;
        }

        return count;
    }

    private static Utf8JsonReader Start(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        reader.Read();
        return reader;
    }
}
