using System.Text.Json;
using LifelongApi.Contracts.Admin;
using LifelongApi.Contracts.Journal;
using LifelongApi.Contracts.Problems;
using LifelongApi.Storage.Models;
using LifelongApi.Storage.Versions;

namespace LifelongApi.Api.Hosting;

/// <summary>Going back to a version: a new lineage, journalled as an event (docs/journal.md 3).</summary>
internal sealed partial class StreamHost
{
    /// <summary>Takes a model back to a version once everything that was sent before is applied.</summary>
    /// <param name="model">The model.</param>
    /// <param name="number">The version.</param>
    /// <param name="ifMatch">Position it must stand at, or null.</param>
    public async Task<RestoreResult> RestoreAsync(HostedModel model, int number, string? ifMatch)
    {
        RestoreResult? result = null;
        await RunExclusiveAsync(async cancellation =>
        {
            var position = model.Position.ToString();
            if (ifMatch is not null && ifMatch.Trim('"') != position)
            {
                throw new ProblemException(412, ProblemTypes.PreconditionFailed, "Precondition failed", $"The model stands at {position}, not at {ifMatch}. Read it again and decide anew.");
            }

            var version = await _context.Store.Versions.FindAsync(model.Record.Id, number, cancellation)
                ?? throw ProblemException.NotFound($"Model '{model.Record.Name}' has no version {number}.");
            result = model == Leader
                ? await RestoreLeaderAsync(version, cancellation)
                : await RestoreFollowerAsync(model, version, cancellation);
            if (model.FencedReason is not null)
            {
                await _context.Store.Models.SetFencedAsync(model.Record.Id, null, cancellation);
                model.FencedReason = null;
            }
        });
        _context.Logger.Restored(model.Record.Name, number, result!.Position);
        return result;
    }

    private async Task<RestoreResult> RestoreLeaderAsync(VersionRecord version, CancellationToken cancellation)
    {
        // Outcomes of the lineage that ends here go first: its duplicates are answered from them.
        await FlushOutcomesAsync(cancellation);
        var state = await LoadAsync(Leader, version, cancellation);
        var lineages = await _context.Store.Models.ListLineagesAsync(Leader.Record.Id, cancellation);
        var sequence = _admission.LastSequence + 1;
        var lineage = NewLineage(Leader, version, lineages, sequence);
        var ancestry = Ancestry.Of([.. lineages, lineage], lineage.Number);
        var ranges = Ancestry.Of(lineages, version.Lineage, version.Sequence).Ranges();
        var restored = new JournalEvent
        {
            Sequence = sequence,
            EventId = _admission.NewId(),
            Kind = EventKind.Restored,
            ReceivedAt = lineage.CreatedAt,
            Payload = JsonSerializer.SerializeToUtf8Bytes(new
            {
                model = Leader.Record.Name,
                version = version.Number,
                lineage = lineage.Number,
                parentLineage = version.Lineage,
                parentSequence = version.Sequence,
            }),
        };
        try
        {
            await _context.Store.Journal.RestoreAsync(Stream.Id, Epoch, restored, lineage, ranges, cancellation);
        }
        catch
        {
            state.Dispose();
            throw;
        }

        state.Position = new Position(lineage.Number, sequence);
        lock (_followersLock)
        {
            Leader.Replace(state, ancestry);
            foreach (var follower in _followers.Where(follower => follower.IsCaughtUp))
            {
                follower.Model.Skip(sequence);
            }

            Interlocked.Exchange(ref _applied, sequence);
        }

        LeaderVersions.Restored(version);
        Publish(Leader, restored, []);
        await ResetAdmissionAsync(sequence, cancellation);
        return Result(Leader, version);
    }

    private async Task<RestoreResult> RestoreFollowerAsync(HostedModel model, VersionRecord version, CancellationToken cancellation)
    {
        var follower = Followers().FirstOrDefault(candidate => candidate.Model == model)
            ?? throw ProblemException.NotFound($"There is no model '{model.Record.Name}' any more.");
        await follower.CatchingUp.WaitAsync(cancellation);
        var state = await LoadAsync(model, version, cancellation);
        var lineages = await _context.Store.Models.ListLineagesAsync(model.Record.Id, cancellation);
        var lineage = NewLineage(model, version, lineages, AppliedSequence);
        await _context.Store.Models.AddLineageAsync(lineage, cancellation);
        state.Position = new Position(lineage.Number, lineage.StartSequence);
        lock (_followersLock)
        {
            model.Replace(state, Ancestry.Of([.. lineages, lineage], lineage.Number));
            follower.IsCaughtUp = true;
        }

        follower.Versions.Restored(version);
        return Result(model, version);
    }

    private async Task<ModelState> LoadAsync(HostedModel model, VersionRecord version, CancellationToken cancellation)
    {
        try
        {
            return await _context.Recovery.LoadVersionAsync(model.Spec, version, cancellation);
        }
        catch (InvalidDataException reason)
        {
            throw ProblemException.Conflict($"Version {version.Number} does not pass its check and cannot be restored: {reason.Message}");
        }
    }

    private LineageRecord NewLineage(HostedModel model, VersionRecord version, IReadOnlyList<LineageRecord> lineages, long start) => new()
    {
        ModelId = model.Record.Id,
        Number = lineages.Max(lineage => lineage.Number) + 1,
        Parent = version.Lineage,
        ParentSequence = version.Sequence,
        StartSequence = start,
        Cause = "restored",
        SourceVersion = version.Number,
        CreatedAt = _context.Time.Microseconds(),
    };

    private static RestoreResult Result(HostedModel model, VersionRecord version) => new()
    {
        Model = model.Record.Name,
        Version = version.Number,
        Position = model.Position.ToString(),
        StateHash = model.Remember(model.Position, version.StateHash.Span).Hash,
    };
}
