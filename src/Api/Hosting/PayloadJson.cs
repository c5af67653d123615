using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using LifelongApi.Contracts.Journal;
using LifelongApi.Learning.Features;

namespace LifelongApi.Api.Hosting;

/// <summary>Shows a stored payload as JSON: features, label, target and reward as they were received.</summary>
internal static class PayloadJson
{
    /// <summary>The payload as JSON, or null where it is empty (erased).</summary>
    public static JsonElement? Read(JournalEvent stored, IFeatureNames names)
    {
        if (stored.Payload.IsEmpty)
        {
            return null;
        }

        if (stored.Kind is not (EventKind.Learned or EventKind.Observed or EventKind.Predicted or EventKind.FedBack))
        {
            return Parse(stored.Payload);
        }

        return ReadRow(stored.Payload, names);
    }

    /// <summary>The payload of an example as JSON.</summary>
    public static JsonElement ReadRow(ReadOnlyMemory<byte> payload, IFeatureNames names)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            Write(writer, PayloadReader.Read(payload.Span), names);
        }

        return Parse(buffer.WrittenMemory);
    }

    private static JsonElement Parse(ReadOnlyMemory<byte> json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }

    private static void Write(Utf8JsonWriter writer, PayloadReader payload, IFeatureNames names)
    {
        writer.WriteStartObject();
        if (payload.Features != FeatureTag.Encoded)
        {
            writer.WritePropertyName("features"u8);
            WriteFeatures(writer, payload, names);
        }

        if (payload.Target == TargetTag.Label)
        {
            writer.WriteString("label"u8, payload.Label);
        }
        else if (payload.Target == TargetTag.Values)
        {
            writer.WriteStartArray("target"u8);
            for (var i = 0; i < payload.TargetCount; i++)
            {
                writer.WriteNumberValue(payload.TargetValue(i));
            }

            writer.WriteEndArray();
        }

        if (payload.IsEncoded)
        {
            WriteEncoded(writer, payload.EncodedBy);
        }

        if (payload.Reward is { } reward)
        {
            writer.WriteNumber("reward"u8, reward);
        }

        if (payload.Feedback is { } feedback)
        {
            writer.WriteStartObject("answers"u8);
            writer.WriteNumber("sequence"u8, feedback.Sequence);
            writer.WriteString("cause"u8, feedback.Cause.ToWord());
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    private static void WriteEncoded(Utf8JsonWriter writer, in EncodedFeatures encoded)
    {
        writer.WriteStartObject("encoded"u8);
        writer.WriteString("encoder"u8, $"sha256:{Convert.ToHexStringLower(encoded.EncoderHash)}");
        writer.WriteString("features"u8, encoded.Tensor);
        writer.WriteString("runtime"u8, encoded.Runtime);
        writer.WriteStartArray("output"u8);
        var cursor = new PayloadCursor(encoded.Bytes);
        while (!cursor.IsAtEnd)
        {
            writer.WriteNumberValue(cursor.ReadSingle());
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteFeatures(Utf8JsonWriter writer, PayloadReader payload, IFeatureNames names)
    {
        var cursor = new PayloadCursor(payload.FeatureBytes);
        if (payload.Features is FeatureTag.DenseBytes or FeatureTag.DenseFloats)
        {
            writer.WriteStartArray();
            for (var i = 0; i < payload.FeatureCount; i++)
            {
                writer.WriteNumberValue(payload.Features == FeatureTag.DenseBytes ? cursor.Byte() : cursor.ReadSingle());
            }

            writer.WriteEndArray();
            return;
        }

        writer.WriteStartObject();
        for (var i = 0; i < payload.FeatureCount; i++)
        {
            var id = cursor.Count();
            if (payload.Features == FeatureTag.Sparse)
            {
                writer.WriteNumber(id.ToString(CultureInfo.InvariantCulture), cursor.ReadSingle());
                continue;
            }

            var name = names.Name(id);
            switch ((NamedTag)cursor.Byte())
            {
                case NamedTag.Number: writer.WriteNumber(name, cursor.ReadDouble()); break;
                case NamedTag.Text: writer.WriteString(name, Encoding.UTF8.GetString(cursor.Bytes(cursor.Count()))); break;
                case NamedTag.True: writer.WriteBoolean(name, true); break;
                default: writer.WriteBoolean(name, false); break;
            }
        }

        writer.WriteEndObject();
    }
}
