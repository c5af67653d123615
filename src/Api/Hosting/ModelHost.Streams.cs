using System.Globalization;
using LifelongApi.Contracts.Admin;
using LifelongApi.Contracts.Journal;
using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Streams;
using LifelongApi.Storage.Journal;
using LifelongApi.Storage.Models;

namespace LifelongApi.Api.Hosting;

/// <summary>Streams, tasks, sleep and history.</summary>
internal sealed partial class ModelHost
{
    private const long HistoryPageBytes = 16 << 20;

    /// <inheritdoc/>
    public async Task<Page<HistoryEvent>> ListHistoryAsync(string name, bool oldestFirst, int pageSize, string? pageToken, CancellationToken cancellation)
    {
        using var lease = await LeaseAsync(name, cancellation);
        var model = lease.Model;
        var (events, isLast) = oldestFirst
            ? await OldestAsync(model, pageToken is null ? 0 : ReadToken(pageToken), Clamp(pageSize), cancellation)
            : await NewestAsync(model, pageToken is null ? long.MaxValue : ReadToken(pageToken), Clamp(pageSize), cancellation);
        var outcomes = await context.Store.Journal.FindOutcomesAsync(model.Record.Id, model.Ancestry.Numbers, events.ConvertAll(stored => stored.Sequence), cancellation);
        var items = events.ConvertAll(stored => Describe(stored, lease, outcomes));
        return new Page<HistoryEvent> { Items = items, NextPageToken = isLast ? null : items[^1].Sequence.ToString(CultureInfo.InvariantCulture) };
    }

    private async Task<(List<JournalEvent> Events, bool IsLast)> NewestAsync(HostedModel model, long before, int count, CancellationToken cancellation)
    {
        var events = await context.Store.Journal.ListNewestAsync(model.Record.StreamId, before, count + 1, null, null, cancellation);
        var bytes = 0L;
        var page = events.Take(count).TakeWhile(stored => (bytes += stored.Payload.Length) - stored.Payload.Length < HistoryPageBytes).ToList();
        return (page, page.Count == events.Count);
    }

    private async Task<(List<JournalEvent> Events, bool IsLast)> OldestAsync(HostedModel model, long after, int count, CancellationToken cancellation)
    {
        var page = new List<JournalEvent>();
        var bytes = 0L;
        await foreach (var stored in context.Store.Journal.ReadAsync(model.Record.StreamId, model.Ancestry.Ranges(after, long.MaxValue), cancellation))
        {
            if (page.Count == count || bytes >= HistoryPageBytes)
            {
                return (page, false);
            }

            page.Add(stored);
            bytes += stored.Payload.Length;
        }

        return (page, true);
    }

    /// <inheritdoc/>
    public async Task<SleepResult> SleepAsync(string name, SleepRequest request, string? eventId, string? actor, CancellationToken cancellation)
    {
        using var lease = await LeaseAsync(name, cancellation);
        var (position, consolidated) = await lease.Host.SleepAsync(lease.Model, request.Slices, eventId, actor, cancellation);
        return new SleepResult { Model = name, Slices = request.Slices, Consolidated = consolidated, Position = position };
    }

    /// <inheritdoc/>
    public async Task<Page<StreamInfo>> ListStreamsAsync(int pageSize, string? pageToken, CancellationToken cancellation)
    {
        startup.ThrowIfNotReady();
        var records = await context.Store.Journal.ListStreamsAsync(pageToken, Clamp(pageSize) + 1, cancellation);
        var items = new List<StreamInfo>();
        foreach (var record in records.Take(Clamp(pageSize)))
        {
            items.Add(await DescribeAsync(record, cancellation));
        }

        return new Page<StreamInfo> { Items = items, NextPageToken = records.Count > items.Count ? items[^1].Name : null };
    }

    /// <inheritdoc/>
    public async Task<StreamInfo> GetStreamAsync(string stream, CancellationToken cancellation) =>
        await DescribeAsync(await StreamAsync(stream, cancellation), cancellation);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<TaskInfo>> ListTasksAsync(string stream, CancellationToken cancellation)
    {
        var record = await StreamAsync(stream, cancellation);
        var boundaries = await context.Store.Journal.ListTaskBoundariesAsync(record.Id, cancellation);
        return TaskTimeline.Tasks(boundaries, await LeaderAncestryAsync(record, cancellation));
    }

    /// <inheritdoc/>
    public Task<TaskBoundary> BeginTaskAsync(string stream, string task, string? eventId, string? actor, CancellationToken cancellation) =>
        BoundAsync(EventKind.TaskBegan, stream, task, eventId, actor, cancellation);

    /// <inheritdoc/>
    public Task<TaskBoundary> EndTaskAsync(string stream, string task, string? eventId, string? actor, CancellationToken cancellation) =>
        BoundAsync(EventKind.TaskEnded, stream, task, eventId, actor, cancellation);

    private async Task<TaskBoundary> BoundAsync(EventKind kind, string stream, string task, string? eventId, string? actor, CancellationToken cancellation)
    {
        ResourceName.Check("task", task);
        while (true)
        {
            using var lease = (HostedLease)await AcquireLeaderAsync(stream, cancellation);
            try
            {
                return await lease.Host.BoundAsync(kind, task, eventId, actor, cancellation);
            }
            catch (ProblemException refusal) when (refusal.IsForNext)
            {
                // Another model takes the lead: the boundary is for the stream as it opens next.
            }
        }
    }

    private async Task<StreamInfo> DescribeAsync(StreamRecord record, CancellationToken cancellation)
    {
        var host = registry.Find(record.Id);
        var last = Math.Max(record.LastSequence, host?.AppliedSequence ?? 0);
        var models = new List<StreamModel>();
        foreach (var model in await context.Store.Models.ListOfStreamAsync(record.Id, cancellation))
        {
            var sequence = host?.Find(model.Id)?.Position.Sequence ?? (await DescribeClosedAsync(model, cancellation)).Sequence;
            models.Add(new StreamModel { Name = model.Name, Role = Role(model), Sequence = sequence, Lag = Math.Max(0, last - sequence) });
        }

        return new StreamInfo
        {
            Name = record.Name,
            Sequence = last,
            EventCount = await context.Store.Journal.CountEventsAsync(record.Id, cancellation),
            CurrentTask = host is not null ? host.CurrentTask : await CurrentTaskAsync(record, cancellation),
            Epoch = host?.Epoch ?? record.Epoch,
            Models = models,
            CreatedAt = Clock.ToTime(record.CreatedAt),
        };
    }

    private async Task<string?> CurrentTaskAsync(StreamRecord record, CancellationToken cancellation)
    {
        var boundaries = await context.Store.Journal.ListTaskBoundariesAsync(record.Id, cancellation);
        return TaskTimeline.Current(boundaries, await LeaderAncestryAsync(record, cancellation)).Task;
    }

    private async Task<Ancestry> LeaderAncestryAsync(StreamRecord record, CancellationToken cancellation)
    {
        var leader = await FindLeaderAsync(record.Name, cancellation);
        return Ancestry.Of(await context.Store.Models.ListLineagesAsync(leader.Id, cancellation), leader.Lineage);
    }

    private static HistoryEvent Describe(JournalEvent stored, HostedLease lease, IReadOnlyDictionary<long, ReadOnlyMemory<byte>> outcomes)
    {
        var model = lease.Model;
        ReadOnlyMemory<byte> outcome = model.Outcomes.Find(stored.Sequence);
        if (outcome.IsEmpty && outcomes.TryGetValue(stored.Sequence, out var kept))
        {
            outcome = kept;
        }

        LearnResult? result = null;
        if (!outcome.IsEmpty)
        {
            var position = new Position(model.Ancestry.LineageOf(stored.Sequence), stored.Sequence);
            result = OutcomeCodec.Decode(outcome.Span, model.PlasticProjections, model.Modulators).Result with { EventId = stored.EventId, Position = position.ToString(), Sequence = stored.Sequence };
        }

        return new HistoryEvent
        {
            Sequence = stored.Sequence,
            EventId = stored.EventId,
            Kind = stored.Kind,
            Task = stored.Task,
            Entity = stored.Entity,
            Subject = stored.Subject,
            Actor = stored.Actor,
            OccurredAt = stored.OccurredAt is { } occurred ? Clock.ToTime(occurred) : null,
            ReceivedAt = Clock.ToTime(stored.ReceivedAt),
            Weight = stored.Weight,
            PayloadBytes = stored.Payload.Length,
            Live = model.Ancestry.Contains(stored.Sequence),
            Payload = PayloadJson.Read(stored, lease.Names),
            Outcome = result,
        };
    }
}
