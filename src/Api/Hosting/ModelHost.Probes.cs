using LifelongApi.Contracts.Streams;
using LifelongApi.Learning.Features;
using LifelongApi.Storage.Probes;

namespace LifelongApi.Api.Hosting;

/// <summary>Probe sets of tasks.</summary>
internal sealed partial class ModelHost
{
    /// <inheritdoc/>
    public async ValueTask<ModelLease> AcquireLeaderAsync(string stream, CancellationToken cancellation)
    {
        if (_knownStreams.TryGetValue(stream, out var known) && registry.Find(known) is { } open && open.TryLease())
        {
            return new HostedLease(open, open.Leader);
        }

        var record = await StreamAsync(stream, cancellation);
        var host = await registry.LeaseAsync(record, cancellation);
        _knownStreams[stream] = record.Id;
        return new HostedLease(host, host.Leader);
    }

    /// <inheritdoc/>
    public async Task<ProbeInfo> PutProbeAsync(ModelLease leader, string task, IReadOnlyList<LearnInput> rows, string? actor)
    {
        ResourceName.Check("task", task);
        var host = ((HostedLease)leader).Host;
        var probe = new NewProbe(host.Stream.Id, task, [.. rows.Select(row => PayloadBuilder.Stamp(row.Payload, EventMoment.KeyOf(row.Entity), row.OccurredAt))], actor, context.Time.Microseconds());
        var saved = await host.SaveProbeAsync(probe)
            ?? throw ProblemException.Conflict($"Stream '{host.Stream.Name}' has {context.Options.ProbeCount} probe sets (Lifelong:ProbeCount); delete one first.");
        return Describe(host.Stream.Name, saved);
    }

    /// <inheritdoc/>
    public async Task<ProbeInfo> GetProbeAsync(string stream, string task, CancellationToken cancellation)
    {
        using var lease = (HostedLease)await AcquireLeaderAsync(stream, cancellation);
        var (probe, rows) = await context.Store.Probes.FindAsync(lease.Host.Stream.Id, task, cancellation) ?? throw NoProbe(stream, task);
        return Describe(stream, probe) with { Rows = [.. rows.Select(row => PayloadJson.ReadRow(row, lease.Names))] };
    }

    /// <inheritdoc/>
    public async Task DeleteProbeAsync(string stream, string task, CancellationToken cancellation)
    {
        if (!await context.Store.Probes.DeleteAsync((await StreamAsync(stream, cancellation)).Id, task, cancellation))
        {
            throw NoProbe(stream, task);
        }
    }

    private static ProblemException NoProbe(string stream, string task) =>
        ProblemException.NotFound($"Task '{task}' of stream '{stream}' has no uploaded probe set.");

    private static ProbeInfo Describe(string stream, ProbeRecord probe) => new()
    {
        Stream = stream,
        Task = probe.Task,
        RowCount = probe.RowCount,
        Bytes = probe.ByteCount,
        Hash = StateHashText.Of(probe.Hash.Span),
        CreatedAt = Clock.ToTime(probe.CreatedAt),
    };
}
