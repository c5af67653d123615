using System.Runtime.InteropServices;
using LifelongApi.Contracts.Journal;
using LifelongApi.Storage.Schema;

namespace LifelongApi.Storage.Journal;

/// <summary>The rows of one append, ready to be written: keys and hashes made, tasks numbered, repeats within the batch set aside.</summary>
internal sealed class AppendBatch
{
    private AppendBatch(List<EventRow> rows, List<int> indices, List<int> repeats, List<TaskRow> newTasks)
    {
        Rows = rows;
        Indices = indices;
        Repeats = repeats;
        NewTasks = newTasks;
    }

    /// <summary>Rows with ids that differ from each other.</summary>
    public List<EventRow> Rows { get; }

    /// <summary>For each row the index of its event in the request.</summary>
    public List<int> Indices { get; }

    /// <summary>Indices of events whose id stands earlier in the request.</summary>
    public List<int> Repeats { get; }

    /// <summary>Tasks that the stream does not know yet.</summary>
    public List<TaskRow> NewTasks { get; }

    /// <summary>Whether any event names a subject: its key must be read before the row can be made.</summary>
    public bool HasSubjects { get; private init; }

    /// <summary>Builds the rows.</summary>
    public static AppendBatch Prepare(AppendRequest request, TaskDictionary tasks, EventIdScheme scheme)
    {
        var rows = new List<EventRow>(request.Events.Count);
        var indices = new List<int>(request.Events.Count);
        var repeats = new List<int>();
        var seen = new HashSet<string>(request.Events.Count, StringComparer.Ordinal);
        var newTasks = new List<TaskRow>();
        var hasSubjects = false;
        var previous = 0L;
        for (var index = 0; index < request.Events.Count; index++)
        {
            var item = request.Events[index];
            if (item.Sequence <= previous)
            {
                throw new ArgumentException($"Sequences must ascend from 1: {item.Sequence} comes after {previous}.", nameof(request));
            }

            previous = item.Sequence;
            if (!seen.Add(item.EventId))
            {
                repeats.Add(index);
                continue;
            }

            hasSubjects |= item.Subject is not null;
            int? task = item.Task is null ? null : tasks.Number(item.Task, newTasks);
            rows.Add(ToRow(request.StreamId, item, EventIdKey.Of(item.EventId, scheme), task));
            indices.Add(index);
        }

        return new AppendBatch(rows, indices, repeats, newTasks) { HasSubjects = hasSubjects };
    }

    /// <summary>The row of an event without its subject.</summary>
    public static EventRow ToRow(long streamId, JournalEvent item, byte[] idKey, int? taskId) => new()
    {
        StreamId = streamId,
        Sequence = item.Sequence,
        EventId = item.EventId,
        IdKey = idKey,
        Kind = (short)item.Kind,
        TaskId = taskId,
        Entity = item.Entity,
        Actor = item.Actor,
        OccurredAt = item.OccurredAt,
        ReceivedAt = item.ReceivedAt,
        Weight = item.Weight,
        Payload = item.Subject is null ? ToArray(item.Payload) : [],
        PayloadHash = item.Subject is null ? PayloadDigest.OfContent(item, null) : [],
    };

    /// <summary>Subjects named in the batch, each once.</summary>
    public IReadOnlyList<string> SubjectNames(AppendRequest request)
        => [.. Indices.Select(index => request.Events[index].Subject).OfType<string>().Distinct(StringComparer.Ordinal)];

    /// <summary>Seals the payloads of the events with a subject, now that the keys are known.</summary>
    public void Seal(AppendRequest request, IReadOnlyDictionary<string, SubjectKey> keys)
    {
        for (var position = 0; position < Rows.Count; position++)
        {
            var item = request.Events[Indices[position]];
            if (item.Subject is not null)
            {
                var subject = keys[item.Subject];
                var row = Rows[position];
                row.SubjectId = subject.Id;
                row.Payload = SubjectSeal.Close(subject.Key, request.StreamId, item.Sequence, item.Payload.Span);
                row.PayloadHash = PayloadDigest.OfContent(item, subject.Key);
            }
        }
    }

    /// <summary>Bytes that providers take; copied only where the memory is a part of something larger.</summary>
    public static byte[] ToArray(ReadOnlyMemory<byte> memory)
        => MemoryMarshal.TryGetArray(memory, out var segment) && segment.Array is { } array && segment.Offset == 0 && segment.Count == array.Length
            ? array
            : memory.ToArray();

    /// <summary>A stored hash as a dictionary key.</summary>
    public static UInt128 HashKey(byte[] hash) => System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(hash);
}

/// <summary>A subject's number in the stream and its key.</summary>
internal readonly record struct SubjectKey(int Id, byte[] Key);
