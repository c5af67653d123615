using System.Text.Json;
using LifelongApi.Api.Hosting;
using LifelongApi.Api.Requests;
using LifelongApi.Contracts.Learning;

namespace LifelongApi.Api.Learning;

/// <summary>
/// Writes results of learning as the serializer would, byte for byte, without its detours: every learn is answered with one.
/// What is rare (explanations, feedback, problems) is left to the serializer.
/// </summary>
internal static class LearnResultJson
{
    private static readonly JsonEncodedText[] Words =
        [.. Enumerable.Range(0, Enum.GetValues<LearnStatus>().Max(status => (int)status) + 1).Select(number => JsonEncodedText.Encode(JsonNamingPolicy.CamelCase.ConvertName(((LearnStatus)number).ToString())))];

    /// <summary>Writes one result.</summary>
    public static void Write(Utf8JsonWriter writer, LearnResult result)
    {
        writer.WriteStartObject();
        writer.WriteString("status"u8, Words[(int)result.Status]);
        WriteText(writer, "eventId"u8, result.EventId);
        WriteText(writer, "position"u8, result.Position);
        WriteNumber(writer, "sequence"u8, result.Sequence);
        if (result.Prediction is { } prediction)
        {
            writer.WritePropertyName("prediction"u8);
            Write(writer, prediction);
        }

        WriteNumber(writer, "loss"u8, result.Loss);
        WriteNumbers(writer, "plasticity"u8, result.Plasticity);
        WriteNumbers(writer, "modulators"u8, result.Modulators);
        WriteNumbers(writer, "protection"u8, result.Protection);
        WriteNumber(writer, "balance"u8, result.Balance);
        WriteFlag(writer, "entityKnown"u8, result.EntityKnown);
        WriteOther(writer, "drift"u8, result.Drift);
        WriteOther(writer, "feedback"u8, result.Feedback);
        WriteText(writer, "reason"u8, result.Reason);
        WriteOther(writer, "error"u8, result.Error);
        WriteNumber(writer, "durableSequence"u8, result.DurableSequence);
        writer.WriteEndObject();
    }

    /// <summary>Writes the results of several events.</summary>
    public static void Write(Utf8JsonWriter writer, LearnBatchResponse batch)
    {
        writer.WriteStartObject();
        writer.WriteStartArray("results"u8);
        foreach (var result in batch.Results)
        {
            Write(writer, result);
        }

        writer.WriteEndArray();
        writer.WriteString("position"u8, batch.Position);
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, Prediction prediction)
    {
        writer.WriteStartObject();
        WriteText(writer, "label"u8, prediction.Label);
        WriteFlag(writer, "abstained"u8, prediction.Abstained);
        WriteNumber(writer, "probability"u8, prediction.Probability);
        WriteNumbers(writer, "probabilities"u8, prediction.Probabilities);
        if (prediction.Values is { } values)
        {
            writer.WriteStartArray("values"u8);
            foreach (var value in values)
            {
                writer.WriteNumberValue(value);
            }

            writer.WriteEndArray();
        }

        WriteOther(writer, "explanation"u8, prediction.Explanation);
        WriteNumber(writer, "score"u8, prediction.Score);
        WriteFlag(writer, "isAnomaly"u8, prediction.IsAnomaly);
        WriteNumber(writer, "surprise"u8, prediction.Surprise);
        WriteFlag(writer, "entityKnown"u8, prediction.EntityKnown);
        WriteNumber(writer, "context"u8, prediction.Context);
        writer.WriteEndObject();
    }

    private static void WriteText(Utf8JsonWriter writer, ReadOnlySpan<byte> name, string? text)
    {
        if (text is not null)
        {
            writer.WriteString(name, text);
        }
    }

    private static void WriteNumber(Utf8JsonWriter writer, ReadOnlySpan<byte> name, long? number)
    {
        if (number is { } known)
        {
            writer.WriteNumber(name, known);
        }
    }

    private static void WriteNumber(Utf8JsonWriter writer, ReadOnlySpan<byte> name, float? number)
    {
        if (number is { } known)
        {
            writer.WriteNumber(name, known);
        }
    }

    private static void WriteFlag(Utf8JsonWriter writer, ReadOnlySpan<byte> name, bool? flag)
    {
        if (flag is { } known)
        {
            writer.WriteBoolean(name, known);
        }
    }

    private static void WriteNumbers(Utf8JsonWriter writer, ReadOnlySpan<byte> name, IReadOnlyDictionary<string, float>? numbers)
    {
        if (numbers is null)
        {
            return;
        }

        writer.WriteStartObject(name);
        if (numbers is NamedNumbers few)
        {
            Write(writer, few);
        }
        else
        {
            foreach (var (key, number) in numbers)
            {
                writer.WriteNumber(key, number);
            }
        }

        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, NamedNumbers numbers)
    {
        for (var i = 0; i < numbers.Count; i++)
        {
            var (name, number) = numbers.At(i);
            writer.WriteNumber(name, number);
        }
    }

    private static void WriteOther<T>(Utf8JsonWriter writer, ReadOnlySpan<byte> name, T? value)
        where T : class
    {
        if (value is not null)
        {
            writer.WritePropertyName(name);
            JsonSerializer.Serialize(writer, value, AnswerJson.Options);
        }
    }
}
