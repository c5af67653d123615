using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text.Json;
using LifelongApi.Contracts;
using LifelongApi.Contracts.Journal;
using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Problems;
using LifelongApi.Learning;
using LifelongApi.Learning.Compilation;
using LifelongApi.Learning.Evaluation;
using LifelongApi.Learning.State;
using LifelongApi.Storage;
using LifelongApi.Storage.Journal;
using LifelongApi.Storage.Models;
using LifelongApi.Storage.Versions;

namespace LifelongApi.Api.Hosting;

/// <summary>A model as it was found in the store, before the events after its version are replayed.</summary>
/// <param name="Model">The model at the version's position.</param>
/// <param name="Version">The version, or null where it starts from its initial state.</param>
/// <param name="IsNew">Whether it has no version at all yet.</param>
internal sealed record RecoveredModel(HostedModel Model, VersionRecord? Version, bool IsNew);

/// <summary>Brings models back from the store: the newest version that passes every hash check.</summary>
internal sealed class ModelRecovery(ILifelongStore store, HostingOptions options, ILogger logger, FoldEvent fold)
{
    /// <summary>Events whose entities are looked up at once.</summary>
    private const int EntityChunk = 256;

    private readonly ProgramCache _programs = new();

    /// <summary>The stored form of a spec.</summary>
    public static string Write(ModelSpec spec) => JsonSerializer.Serialize(spec, ContractJson.Options);

    /// <summary>Reads a stored spec.</summary>
    public static ModelSpec ReadSpec(ModelRecord record) =>
        JsonSerializer.Deserialize<ModelSpec>(record.SpecJson, ContractJson.Options) ?? throw new InvalidDataException($"Model '{record.Name}' has no spec.");

    /// <summary>Loads the newest good version in the model's ancestry. A version that fails its check fences the model; an older one is taken, so that reading goes on.</summary>
    /// <exception cref="ProblemException">404: it was deleted since its row was read.</exception>
    public async Task<RecoveredModel> LoadAsync(ModelRecord record, CancellationToken cancellation)
    {
        var spec = ReadSpec(record);
        var lineages = await store.Models.ListLineagesAsync(record.Id, cancellation);
        if (lineages.Count == 0)
        {
            throw ProblemException.NotFound($"There is no model '{record.Name}' any more.");
        }

        var ancestry = Ancestry.Of(lineages, record.Lineage);
        var loaded = await LoadStateAsync(record, spec, ancestry, long.MaxValue, cancellation);
        var model = new HostedModel(record, spec, loaded.State, ancestry, new RecentOutcomes(options.RecentOutcomeCount), fold, new StoredEntities(store.Versions, record.Id));
        try
        {
            if (loaded.Damage is not null)
            {
                await FenceAsync(model, loaded.Damage, cancellation);
            }

            var isNew = loaded.Version is null && (await store.Versions.ListAsync(record.Id, null, 1, cancellation)).Count == 0;
            return new RecoveredModel(model, loaded.Version, isNew);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Folds the journal into a model up to a sequence. An event that cannot be folded fences the model, which then stands right before it:
    /// it goes on answering from its last good state.
    /// </summary>
    /// <param name="model">The model; a broken one starts again from its newest version.</param>
    /// <param name="target">Last sequence to fold.</param>
    /// <param name="fold">Folds one event.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <returns>How many events were folded, and whether the model has everything.</returns>
    public async Task<(long Count, bool IsComplete)> ReplayAsync(HostedModel model, long target, Func<JournalEvent, ValueTask> fold, CancellationToken cancellation)
    {
        var count = 0L;
        FoldException? bad = null;
        while (true)
        {
            if (model.IsBroken)
            {
                var loaded = await LoadStateAsync(model.Record, model.Spec, model.Ancestry, long.MaxValue, cancellation);
                model.Replace(loaded.State, model.Ancestry);
            }

            try
            {
                await foreach (var stored in ReadAsync(model, model.Ancestry.Ranges(model.WriterPosition.Sequence, target), cancellation))
                {
                    await fold(stored);
                    count++;
                }

                break;
            }
            catch (FoldException reason) when (reason.IsLasting)
            {
                bad = reason;
                target = reason.Sequence - 1;
                model.Break();
            }
        }

        if (bad is not null)
        {
            await FenceAsync(model, bad.Message, cancellation);
        }

        return (count, bad is null);
    }

    /// <summary>Loads one version.</summary>
    /// <exception cref="InvalidDataException">A hash does not match, or the bytes do not fit the spec.</exception>
    public async Task<ModelState> LoadVersionAsync(ModelSpec spec, VersionRecord version, CancellationToken cancellation)
    {
        var image = await LoadImageAsync(version, cancellation);
        var statistics = Prequential.Read(version.Statistics.Span);
        return new ModelState(Model.Open(spec, image, _programs), new Position(version.Lineage, version.Sequence), statistics);
    }

    /// <summary>Loads the state of one version.</summary>
    /// <exception cref="InvalidDataException">A hash does not match.</exception>
    public async Task<ModelImage> LoadImageAsync(VersionRecord version, CancellationToken cancellation)
    {
        var pages = await store.Versions.ReadPagesAsync(version.Id, cancellation);
        var bytes = new byte[pages.Sum(page => page.Bytes.Length)];
        var offset = 0;
        foreach (var page in pages)
        {
            if (!SHA256.HashData(page.Bytes.Span).AsSpan().SequenceEqual(page.Hash.Span))
            {
                throw new InvalidDataException($"The page at byte {offset} does not match its hash.");
            }

            page.Bytes.CopyTo(bytes.AsMemory(offset));
            offset += page.Bytes.Length;
        }

        var image = new ModelImage(version.Manifest, bytes);

        // Hashes are comparable within one engine version only (docs/journal.md 10).
        if (version.Engine == Engine.Version && !image.StateHash().AsSpan().SequenceEqual(version.StateHash.Span))
        {
            throw new InvalidDataException($"The state of version {version.Number} does not match its hash.");
        }

        return image;
    }

    /// <summary>
    /// A model as it was right after an event of its past: the newest version before it with the events after that folded in, on a copy of its own.
    /// Nothing is written and nothing is fenced.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="ancestry">Its lineages.</param>
    /// <param name="earlier">An earlier state to go on from, or null; it is the caller's no more.</param>
    /// <param name="sequence">The event, live and folded by the model.</param>
    /// <param name="names">The stream's feature names.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <returns>The state, the caller's.</returns>
    /// <exception cref="FoldException">An event on the way cannot be folded.</exception>
    public async Task<HostedModel> RecallAsync(HostedModel model, Ancestry ancestry, HostedModel? earlier, long sequence, FeatureDictionary names, CancellationToken cancellation)
    {
        var past = earlier;
        try
        {
            if (past is null || past.Position.Sequence < await NewestVersionAsync(model.Record.Id, ancestry, sequence, cancellation))
            {
                past?.Dispose();
                past = null;
                var (state, _, _) = await LoadStateAsync(model.Record, model.Spec, ancestry, sequence, cancellation);
                past = Detached(model, state, ancestry);
            }

            await foreach (var stored in ReadAsync(past, ancestry.Ranges(past.Position.Sequence, sequence), cancellation))
            {
                if (stored.Kind != EventKind.Restored)
                {
                    past.Apply(stored, names.Hashes);
                }
            }

            return past;
        }
        catch
        {
            past?.Dispose();
            throw;
        }
    }

    /// <summary>A model as it was before its first event, on a copy of its own.</summary>
    public HostedModel Untrained(HostedModel model)
    {
        var statistics = new Prequential(model.IsClassifier, options.MetricWindow);
        return Detached(model, new ModelState(Model.Create(model.Spec, _programs), default, statistics), model.Ancestry);
    }

    /// <summary>Events of the journal for a model to fold; of those it is given, it has the rows of their entities.</summary>
    private async IAsyncEnumerable<JournalEvent> ReadAsync(HostedModel model, IReadOnlyList<SequenceRange> ranges, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var chunk = new List<JournalEvent>();
        await foreach (var stored in store.Journal.ReadAsync(model.Record.StreamId, ranges, cancellation))
        {
            if (model.Spec.Entities is null)
            {
                yield return stored;
                continue;
            }

            chunk.Add(stored);
            if (chunk.Count == EntityChunk)
            {
                await model.BringAsync(chunk, cancellation);
                foreach (var one in chunk)
                {
                    yield return one;
                }

                chunk.Clear();
            }
        }

        await model.BringAsync(chunk, cancellation);
        foreach (var one in chunk)
        {
            yield return one;
        }
    }

    private HostedModel Detached(HostedModel model, ModelState state, Ancestry ancestry) =>
        new(model.Record, model.Spec, state, ancestry, new RecentOutcomes(1), fold, new StoredEntities(store.Versions, model.Record.Id));

    private async Task<long> NewestVersionAsync(long modelId, Ancestry ancestry, long maxSequence, CancellationToken cancellation)
    {
        for (var i = ancestry.Links.Count - 1; i >= 0; i--)
        {
            var (lineage, end) = ancestry.Links[i];
            if (await store.Versions.FindNewestAsync(modelId, lineage.Number, Math.Min(end, maxSequence), cancellation) is { } version)
            {
                return version.Sequence;
            }
        }

        return 0;
    }

    private async Task<(ModelState State, VersionRecord? Version, string? Damage)> LoadStateAsync(
        ModelRecord record, ModelSpec spec, Ancestry ancestry, long maxSequence, CancellationToken cancellation)
    {
        string? damage = null;
        for (var i = ancestry.Links.Count - 1; i >= 0; i--)
        {
            var (lineage, end) = ancestry.Links[i];
            var last = Math.Min(end, maxSequence);
            while (await store.Versions.FindNewestAsync(record.Id, lineage.Number, last, cancellation) is { } version)
            {
                try
                {
                    var state = await LoadVersionAsync(spec, version, cancellation);
                    state.Position = new Position(ancestry.Links[^1].Lineage.Number, version.Sequence);
                    return (state, version, damage);
                }
                catch (InvalidDataException reason)
                {
                    damage ??= $"Version {version.Number} does not pass its check: {reason.Message}";
                    last = version.Sequence - 1;
                }
            }
        }

        var first = ancestry.Links[0].Lineage;
        if (first.BeganElsewhere)
        {
            throw new ProblemException(503, ProblemTypes.Fenced, "Model is fenced", damage ?? $"Model '{record.Name}' began at a version that is gone.");
        }

        var statistics = new Prequential(spec.Target.Kind == TargetKind.Label, options.MetricWindow);
        return (new ModelState(Model.Create(spec, _programs), new Position(ancestry.Links[^1].Lineage.Number, first.StartSequence), statistics), null, damage);
    }

    private async Task FenceAsync(HostedModel model, string reason, CancellationToken cancellation)
    {
        logger.ModelFenced(model.Record.Name, reason);
        model.FencedReason = reason;
        await store.Models.SetFencedAsync(model.Record.Id, reason, cancellation);
    }
}
