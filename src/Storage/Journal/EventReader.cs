using LifelongApi.Contracts.Journal;
using LifelongApi.Storage.Schema;
using Microsoft.EntityFrameworkCore;

namespace LifelongApi.Storage.Journal;

/// <summary>Turns rows back into events: task numbers into names, sealed payloads into plain ones.</summary>
internal sealed class EventReader(long streamId)
{
    private Dictionary<int, string> _tasks = [];

    /// <summary>Events of a query, in its order.</summary>
    public async Task<IReadOnlyList<JournalEvent>> ReadAsync(LifelongContext context, IQueryable<EventRow> query, CancellationToken cancellation)
    {
        var rows = await query.AsNoTracking().ToListAsync(cancellation).ConfigureAwait(false);
        if (rows.Exists(row => row.TaskId is { } id && !_tasks.ContainsKey(id)))
        {
            _tasks = await context.Tasks.AsNoTracking().Where(task => task.StreamId == streamId)
                .ToDictionaryAsync(task => task.Id, task => task.Name, cancellation).ConfigureAwait(false);
        }

        // Keys are read anew with every chunk: a destroyed key must not live on in memory.
        var subjectIds = rows.Where(row => row.SubjectId is not null).Select(row => row.SubjectId!.Value).Distinct().ToList();
        var subjects = subjectIds.Count == 0
            ? []
            : await ReadSubjectsAsync(context, subjectIds, cancellation).ConfigureAwait(false);
        return rows.ConvertAll(row => ToEvent(row, subjects));
    }

    private async Task<Dictionary<int, (byte[] Key, string Name)>> ReadSubjectsAsync(LifelongContext context, List<int> ids, CancellationToken cancellation)
    {
        var subjects = new Dictionary<int, (byte[] Key, string Name)>();
        var query = context.Subjects.AsNoTracking().Where(subject => subject.StreamId == streamId && subject.Key != null);
        foreach (var chunk in ids.Chunk(200))
        {
            foreach (var subject in await query.Where(subject => chunk.Contains(subject.Id)).ToListAsync(cancellation).ConfigureAwait(false))
            {
                subjects.Add(subject.Id, (subject.Key!, SubjectSeal.OpenName(subject.Key!, streamId, subject.SealedName!)));
            }
        }

        return subjects;
    }

    private JournalEvent ToEvent(EventRow row, Dictionary<int, (byte[] Key, string Name)> subjects)
    {
        string? subjectName = null;
        var payload = row.Payload;
        if (row.SubjectId is { } subjectId)
        {
            payload = [];
            if (subjects.TryGetValue(subjectId, out var subject))
            {
                subjectName = subject.Name;
                payload = SubjectSeal.Open(subject.Key, streamId, row.Sequence, row.Payload);
            }
        }

        return new JournalEvent
        {
            Sequence = row.Sequence,
            EventId = row.EventId,
            Kind = (EventKind)row.Kind,
            Task = row.TaskId is { } task ? _tasks[task] : null,
            Entity = row.Entity,
            Subject = subjectName,
            Actor = row.Actor,
            OccurredAt = row.OccurredAt,
            ReceivedAt = row.ReceivedAt,
            Weight = row.Weight,
            Payload = payload,
        };
    }
}
