using System.Text.Json;
using LifelongApi.Contracts.Journal;
using LifelongApi.Contracts.Streams;

namespace LifelongApi.Api.Hosting;

/// <summary>Reads tasks off the boundaries of a stream.</summary>
internal static class TaskTimeline
{
    /// <summary>Cause of a boundary that a caller set.</summary>
    public const string Given = "given";

    /// <summary>Cause of a boundary that the leader's detection of drift set.</summary>
    public const string Detected = "detected";

    /// <summary>The task that is open after the live boundaries, or null, and whether a detection began it.</summary>
    public static (string? Task, bool IsDetected) Current(IReadOnlyList<JournalEvent> boundaries, Ancestry ancestry)
    {
        (string? Task, bool IsDetected) current = default;
        foreach (var boundary in boundaries)
        {
            if (ancestry.Contains(boundary.Sequence))
            {
                current = boundary.Kind == EventKind.TaskBegan ? (boundary.Task, Cause(boundary.Payload) == Detected) : default;
            }
        }

        return current;
    }

    /// <summary>Tasks with their segments, in order of first appearance.</summary>
    public static IReadOnlyList<TaskInfo> Tasks(IReadOnlyList<JournalEvent> boundaries, Ancestry ancestry)
    {
        var order = new List<string>();
        var segments = new Dictionary<string, List<TaskSegment>>(StringComparer.Ordinal);
        foreach (var boundary in boundaries)
        {
            if (boundary.Task is not { } task || !ancestry.Contains(boundary.Sequence))
            {
                continue;
            }

            if (!segments.TryGetValue(task, out var list))
            {
                segments[task] = list = [];
                order.Add(task);
            }

            if (boundary.Kind == EventKind.TaskBegan)
            {
                list.Add(new TaskSegment { BeganAt = boundary.Sequence, Origin = Cause(boundary.Payload) });
            }
            else if (list.Count > 0)
            {
                list[^1] = list[^1] with { EndedAt = boundary.Sequence, Cause = Cause(boundary.Payload) };
            }
        }

        return [.. order.Select(name => new TaskInfo { Name = name, Segments = segments[name] })];
    }

    private static string Cause(ReadOnlyMemory<byte> payload)
    {
        using var document = JsonDocument.Parse(payload);
        return document.RootElement.TryGetProperty("cause", out var cause) ? cause.GetString() ?? Given : Given;
    }
}
