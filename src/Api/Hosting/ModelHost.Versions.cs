using System.Globalization;
using LifelongApi.Contracts.Admin;
using LifelongApi.Contracts.Journal;
using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Problems;
using LifelongApi.Learning;
using LifelongApi.Learning.Features;
using LifelongApi.Storage.Models;
using LifelongApi.Storage.Versions;

namespace LifelongApi.Api.Hosting;

/// <summary>Versions: snapshots, restores, forks, answers from the past.</summary>
internal sealed partial class ModelHost
{
    private const int MaxNote = 1000;

    /// <inheritdoc/>
    public async Task<(IReadOnlyList<Prediction> Predictions, string Position)> PredictAtVersionAsync(string name, int version, IReadOnlyList<ReadOnlyMemory<byte>> payloads, CancellationToken cancellation)
    {
        using var lease = await LeaseAsync(name, cancellation);
        var record = await VersionAsync(lease.Model.Record, version, cancellation);
        var entities = await EntitiesAsync(lease.Model, record, payloads, cancellation);
        var predictions = await _versions.UseAsync(record.Id, () => LoadAsync(lease.Model, record, CancellationToken.None), Answer, cancellation);

        return (predictions, new Position(record.Lineage, record.Sequence).ToString());

        Prediction[] Answer(ModelState state)
        {
            var buffer = new PredictionBuffer();
            var answers = new Prediction[payloads.Count];
            for (var i = 0; i < answers.Length; i++)
            {
                state.Predict(payloads[i].Span, lease.Host.Names.Hashes, buffer, entities.GetValueOrDefault(PayloadReader.Read(payloads[i].Span).Moment.Entity).Span);
                answers[i] = Describe(buffer, state.Model.Labels, lease.Model.IsClassifier);
            }

            return answers;
        }
    }

    /// <inheritdoc/>
    public async Task<SnapshotInfo> CreateSnapshotAsync(string name, CreateSnapshotRequest request, CancellationToken cancellation)
    {
        if (request.Note?.Length > MaxNote)
        {
            throw ProblemException.Invalid("note", $"A note has at most {MaxNote} characters.");
        }

        using var lease = await LeaseAsync(name, cancellation);
        var versions = lease.Host.VersionsOf(lease.Model) ?? throw ProblemException.NotFound($"There is no model '{name}' any more.");
        return Describe(await versions.SaveAsync("snapshot", pinned: true, request.Note, cancellation));
    }

    /// <inheritdoc/>
    public async Task<Page<SnapshotInfo>> ListSnapshotsAsync(string name, int pageSize, string? pageToken, CancellationToken cancellation)
    {
        var model = await FindAsync(name, cancellation);
        var before = pageToken is null ? (int?)null : ReadToken(pageToken, int.MaxValue);
        var records = await context.Store.Versions.ListAsync(model.Id, before, Clamp(pageSize) + 1, cancellation);
        var items = records.Take(Clamp(pageSize)).Select(Describe).ToList();
        return new Page<SnapshotInfo> { Items = items, NextPageToken = records.Count > items.Count ? items[^1].Version.ToString(CultureInfo.InvariantCulture) : null };
    }

    /// <inheritdoc/>
    public async Task<SnapshotInfo> GetSnapshotAsync(string name, int version, CancellationToken cancellation) =>
        Describe(await VersionAsync(await FindAsync(name, cancellation), version, cancellation));

    /// <inheritdoc/>
    public async Task DeleteSnapshotAsync(string name, int version, CancellationToken cancellation)
    {
        var model = await FindAsync(name, cancellation);
        var record = await VersionAsync(model, version, cancellation);
        var lineages = await context.Store.Models.ListLineagesAsync(model.Id, cancellation);
        var based = await NewestVersionAsync(Ancestry.Of(lineages, model.Lineage), model.Id, long.MaxValue, cancellation);
        if (based?.Id == record.Id)
        {
            throw ProblemException.Conflict($"Version {version} is what the present state of '{name}' is recovered from. Make a newer snapshot first.");
        }

        await context.Store.Versions.DeleteAsync(record.Id, cancellation);
    }

    /// <inheritdoc/>
    public async Task<RestoreResult> RestoreAsync(string name, int version, string? ifMatch, CancellationToken cancellation)
    {
        using var lease = await LeaseAsync(name, cancellation);
        return await lease.Host.RestoreAsync(lease.Model, version, ifMatch);
    }

    /// <inheritdoc/>
    public async Task<ModelInfo> ForkAsync(string name, int version, ForkRequest request, CancellationToken cancellation)
    {
        ResourceName.Check("model", request.Model);
        var source = await FindAsync(name, cancellation);
        var record = await VersionAsync(source, version, cancellation);
        var lineages = await context.Store.Models.ListLineagesAsync(source.Id, cancellation);
        var ranges = Ancestry.Of(lineages, record.Lineage, record.Sequence).Ranges();
        var fork = new NewModel(request.Model, source.Preset, source.SpecJson, context.Time.Microseconds());
        if (await context.Store.Models.ForkAsync(fork, source.Id, version, ranges, cancellation) is null)
        {
            throw new ProblemException(409, ProblemTypes.AlreadyExists, "Already exists", $"The name '{request.Model}' is taken by a model or stream. Choose another.");
        }

        return await GetAsync(request.Model, cancellation);
    }

    /// <summary>What the entities of questions had left behind at a version; of one that was in memory then, the version itself knows more.</summary>
    private async Task<IReadOnlyDictionary<ulong, ReadOnlyMemory<byte>>> EntitiesAsync(HostedModel model, VersionRecord version, IReadOnlyList<ReadOnlyMemory<byte>> payloads, CancellationToken cancellation)
    {
        if (model.Spec.Entities is null)
        {
            return new Dictionary<ulong, ReadOnlyMemory<byte>>();
        }

        var lineages = await context.Store.Models.ListLineagesAsync(model.Record.Id, cancellation);
        var asked = payloads.Select(payload => PayloadReader.Read(payload.Span).Moment.Entity).ToHashSet();
        return await new StoredEntities(context.Store.Versions, model.Record.Id).FindAsync(Ancestry.Of(lineages, version.Lineage, version.Sequence), version.Sequence, asked, cancellation);
    }

    private static long ReadToken(string token) =>
        long.TryParse(token, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw ProblemException.Invalid("pageToken", "Give the nextPageToken of the page before, as it was.");

    private static int ReadToken(string token, int max) => (int)Math.Min(ReadToken(token), max);

    private static Prediction Describe(PredictionBuffer buffer, IReadOnlyList<string> labels, bool isClassifier) =>
        Answer(buffer, labels, isClassifier) with { EntityKnown = buffer.KnowsEntity };

    private static Prediction Answer(PredictionBuffer buffer, IReadOnlyList<string> labels, bool isClassifier)
    {
        if (buffer.IsNovelty)
        {
            return buffer.Count == 0 ? new Prediction() : OutcomeCodec.Novelty(buffer.Scores.AsSpan(0, buffer.Count));
        }

        int? context = buffer.Context >= 0 ? buffer.Context : null;
        if (!isClassifier)
        {
            return new Prediction { Context = context, Values = buffer.Scores[..buffer.Count] };
        }

        var probabilities = new Dictionary<string, float>(buffer.Count);
        for (var i = 0; i < Math.Min(buffer.Count, labels.Count); i++)
        {
            probabilities[labels[i]] = buffer.Scores[i];
        }

        return buffer.Label < 0
            ? new Prediction { Context = context, Probabilities = probabilities }
            : new Prediction { Context = context, Label = labels[buffer.Label], Probability = buffer.Scores[buffer.Label], Probabilities = probabilities };
    }

    private async Task<VersionRecord> VersionAsync(ModelRecord model, int version, CancellationToken cancellation) =>
        await context.Store.Versions.FindAsync(model.Id, version, cancellation)
        ?? throw ProblemException.NotFound($"Model '{model.Name}' has no version {version}.");

    private async Task<ModelState> LoadAsync(HostedModel model, VersionRecord version, CancellationToken cancellation)
    {
        try
        {
            return await context.Recovery.LoadVersionAsync(model.Spec, version, cancellation);
        }
        catch (InvalidDataException reason)
        {
            throw ProblemException.Conflict($"Version {version.Number} does not pass its check: {reason.Message}");
        }
    }
}
