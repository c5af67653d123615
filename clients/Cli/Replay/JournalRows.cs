using System.Buffers;
using System.Text.Json;
using LifelongApi.Contracts.Admin;
using LifelongApi.Contracts.Journal;

namespace LifelongApi.Cli.Replay;

/// <summary>Journalled events as rows that another model can be sent: with their ids, so that a row which is sent again is a duplicate.</summary>
internal static class JournalRows
{
    /// <summary>Whether an event is an example, and not something that the service did.</summary>
    internal static bool IsExample(HistoryEvent happened) => happened.Kind is EventKind.Learned or EventKind.Observed or EventKind.Predicted or EventKind.FedBack;

    /// <summary>The row of an event; null where its payload was erased.</summary>
    /// <exception cref="CliException">Its input was not kept.</exception>
    internal static byte[]? Of(HistoryEvent happened)
    {
        if (happened.Payload is not { } payload)
        {
            return null;
        }

        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            if (happened.Kind == EventKind.FedBack)
            {
                // The service makes the id of an answer from that of its question.
                writer.WriteString("feedback", happened.EventId[..happened.EventId.LastIndexOf('/')]);
            }
            else
            {
                WriteExample(writer, happened, payload);
            }

            foreach (var name in (string[])["label", "target", "reward"])
            {
                if (payload.TryGetProperty(name, out var value))
                {
                    writer.WritePropertyName(name);
                    value.WriteTo(writer);
                }
            }

            if (happened.Weight is not 1f)
            {
                writer.WriteNumber("weight", happened.Weight);
            }

            // What the source took its receipt for is the time of the event from now on.
            writer.WriteString("occurredAt", happened.OccurredAt ?? happened.ReceivedAt);
            writer.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteExample(Utf8JsonWriter writer, HistoryEvent happened, JsonElement payload)
    {
        if (!payload.TryGetProperty("features", out var features))
        {
            throw new CliException($"Event '{happened.EventId}' holds what its encoder made of the input, and not the input (keepInput false). It cannot be replayed.");
        }

        writer.WriteString("eventId", happened.EventId);
        writer.WritePropertyName("features");
        features.WriteTo(writer);
        Write("task", happened.Task);
        Write("entity", happened.Entity);
        Write("subject", happened.Subject);
        if (happened.Kind == EventKind.Predicted)
        {
            writer.WriteBoolean("remember", true);
        }

        void Write(string name, string? text)
        {
            if (text is not null)
            {
                writer.WriteString(name, text);
            }
        }
    }
}
