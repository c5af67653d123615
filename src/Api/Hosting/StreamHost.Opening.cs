using LifelongApi.Contracts.Journal;
using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Problems;
using LifelongApi.Storage;
using LifelongApi.Storage.Journal;
using LifelongApi.Storage.Models;

namespace LifelongApi.Api.Hosting;

/// <summary>Opening a stream: epoch, models, what the journal holds beyond their versions.</summary>
internal sealed partial class StreamHost
{
    /// <summary>Takes the next epoch of a stream, brings its models back and starts writing.</summary>
    /// <exception cref="ProblemException">404: the stream is gone.</exception>
    public static async Task<StreamHost> OpenAsync(HostingContext context, StreamRecord stream, CancellationToken cancellation)
    {
        var leader = FindLeader(await context.Store.Models.ListOfStreamAsync(stream.Id, cancellation), stream);
        StreamOpening opening;
        try
        {
            opening = await context.Store.Journal.OpenStreamAsync(stream.Id, cancellation);
        }
        catch (InvalidOperationException)
        {
            // Deleted since its row was read? Then the models are gone too.
            FindLeader(await context.Store.Models.ListOfStreamAsync(stream.Id, cancellation), stream);
            throw;
        }

        // Read after the epoch was taken: from here on nobody else changes them.
        var models = await context.Store.Models.ListOfStreamAsync(stream.Id, cancellation);
        leader = FindLeader(models, stream);
        var names = new FeatureDictionary(await context.Store.Journal.ListFeatureNamesAsync(stream.Id, cancellation));
        var recovered = await context.Recovery.LoadAsync(leader, cancellation);
        var host = new StreamHost(context, stream, names, recovered, opening);
        try
        {
            await host.RecoverAsync(recovered, opening, cancellation);
            foreach (var follower in models.Where(model => !model.IsLeader))
            {
                await host.TryAddFollowerAsync(follower, cancellation);
            }
        }
        catch
        {
            await host.AbandonAsync();
            throw;
        }

        host._loops = Task.WhenAll(Task.Run(host.JournalAsync, CancellationToken.None), Task.Run(host.ApplyAsync, CancellationToken.None));
        context.Logger.Opened(stream.Name, host.Epoch, host.AppliedSequence);
        return host;
    }

    private static ModelRecord FindLeader(IReadOnlyList<ModelRecord> models, StreamRecord stream) =>
        models.FirstOrDefault(model => model.IsLeader) ?? throw ProblemException.NotFound($"There is no stream '{stream.Name}' any more.");

    private async Task RecoverAsync(RecoveredModel recovered, StreamOpening opening, CancellationToken cancellation)
    {
        var lineage = Leader.Ancestry.Links[^1].Lineage;
        if (recovered.Version is { } version)
        {
            LeaderVersions.Know(version);
        }

        var (replayed, isComplete) = IsJournalled ? await ReplayLeaderAsync(lineage, cancellation) : (0, true);
        if (isComplete && Leader.WriterPosition.Sequence < lineage.StartSequence)
        {
            // Right after a restore the position is that of the event which opened the lineage.
            Leader.Skip(lineage.StartSequence);
        }

        // A position may lie before events of dead lineages or behind an event that fenced the model; the numbering goes on after all of them.
        _applied = Math.Max(opening.LastSequence, Leader.WriterPosition.Sequence);
        await ResetAdmissionAsync(_applied, cancellation);
        if (recovered.IsNew && replayed == 0)
        {
            await LeaderVersions.SaveAsync("created", pinned: true, note: null, cancellation);
        }
        else if (!isComplete)
        {
            // To restore to, and so that the next opening need not fold everything again only to stop at the same event.
            await LeaderVersions.SaveRecoveryPointAsync(cancellation);
        }

        _context.Logger.Recovered(Leader.Record.Name, recovered.Version?.Number ?? 0, replayed, Leader.WriterPosition.ToString());
    }

    private async Task<(long Count, bool IsComplete)> ReplayLeaderAsync(LineageRecord lineage, CancellationToken cancellation)
    {
        var known = Math.Max(lineage.StartSequence, await _context.Store.Journal.FindLastOutcomeAsync(Leader.Record.Id, lineage.Number, cancellation));
        var began = _context.Time.GetTimestamp();
        var result = await _context.Recovery.ReplayAsync(Leader, long.MaxValue, FoldAsync, cancellation);
        LeaderVersions.Spend(_context.Time.GetElapsedTime(began));
        return result;

        async ValueTask FoldAsync(JournalEvent stored)
        {
            if (stored.Kind == EventKind.Restored)
            {
                // Another model went back while this one followed.
                Leader.Skip(stored.Sequence);
                return;
            }

            var outcome = Fold(Leader, stored, keepOutcome: stored.Sequence > known);
            if (stored.Sequence <= known && !stored.Payload.IsEmpty && OutcomeCodec.StatusOf(outcome) == LearnStatus.Skipped)
            {
                await CheckWasSkippedAsync(stored, cancellation);
            }
        }
    }

    /// <summary>An event that was learned once and cannot be read now is a journal that changed, not an event that does not fit. (The payload of an erased subject is empty.)</summary>
    private async Task CheckWasSkippedAsync(JournalEvent stored, CancellationToken cancellation)
    {
        var outcomes = await _context.Store.Journal.FindOutcomesAsync(Leader.Record.Id, Leader.Ancestry.Numbers, [stored.Sequence], cancellation);
        if (outcomes.TryGetValue(stored.Sequence, out var first) && OutcomeCodec.StatusOf(first.Span) != LearnStatus.Skipped)
        {
            throw new FoldException(stored.Sequence, new InvalidDataException("it was learned, and its payload in the journal cannot be learned any more."));
        }
    }

    private async Task ResetAdmissionAsync(long lastSequence, CancellationToken cancellation)
    {
        var boundaries = await _context.Store.Journal.ListTaskBoundariesAsync(Stream.Id, cancellation);
        var (task, isDetected) = IsJournalled ? TaskTimeline.Current(boundaries, Leader.Ancestry) : default;
        _admission.Reset(lastSequence, task, isDetected, Leader.Labels, Leader.WriterModel.ClassCapacity, Leader.WriterModel.MaxClasses);
        LearnWaiting();
    }

    /// <summary>A follower that cannot be brought back must not keep the stream closed: who asks for it is told why.</summary>
    private async Task TryAddFollowerAsync(ModelRecord follower, CancellationToken cancellation)
    {
        try
        {
            await AddFollowerAsync(follower, cancellation);
        }
        catch (Exception reason) when (reason is not (StoreUnavailableException or FencedException or OperationCanceledException))
        {
            _context.Logger.FollowerLeftOut(follower.Name, reason);
        }
    }

    private async Task AbandonAsync()
    {
        await _stop.CancelAsync();
        await StopFollowersAsync();
        _closed.TrySetResult();
        Dispose();
    }
}
