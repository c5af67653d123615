using LifelongApi.Contracts.Journal;
using LifelongApi.Storage;
using LifelongApi.Storage.Access;
using LifelongApi.Storage.Encoders;
using LifelongApi.Storage.Journal;
using LifelongApi.Storage.Models;
using LifelongApi.Storage.Probes;
using LifelongApi.Storage.Versions;

namespace LifelongApi.Api.Tests.Hosting;

/// <summary>A real store whose journal can be taken away, at the points where a network would break.</summary>
internal sealed class StoreDouble(ILifelongStore inner) : ILifelongStore, IJournal
{
    /// <summary>Whether nothing reaches the store.</summary>
    public volatile bool IsAway;

    /// <summary>How many appends are committed although the caller is told that the connection was lost.</summary>
    public int LostAnswers;

    /// <summary>Appends wait for it before they are written.</summary>
    public TaskCompletionSource? Held { get; set; }

    /// <summary>Completed when an append waits for <see cref="Held"/>.</summary>
    public TaskCompletionSource Waiting { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Events of every append that was written.</summary>
    public List<int> Batches { get; } = [];

    public string Provider => inner.Provider;

    public IJournal Journal => this;

    public IModelStore Models => inner.Models;

    public IVersionStore Versions => inner.Versions;

    public IEncoderStore Encoders => inner.Encoders;

    public IProbeStore Probes
    {
        get
        {
            Check();
            return inner.Probes;
        }
    }

    public IApiKeyStore ApiKeys => inner.ApiKeys;

    public Task MigrateAsync(CancellationToken cancellation) => inner.MigrateAsync(cancellation);

    public Task<bool> IsReachableAsync(CancellationToken cancellation) => inner.IsReachableAsync(cancellation);

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    public async Task<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellation)
    {
        Check();
        if (request.Events.Count > 0 && Held is { } held)
        {
            Waiting.TrySetResult();
            await held.Task.WaitAsync(cancellation);
        }

        var result = await inner.Journal.AppendAsync(request, cancellation);
        Batches.Add(request.Events.Count);
        if (request.Events.Count > 0 && LostAnswers > 0)
        {
            LostAnswers--;
            throw new StoreUnavailableException("The connection was lost after the commit.");
        }

        return result;
    }

    public Task<StreamOpening> OpenStreamAsync(long streamId, CancellationToken cancellation) => Checked().OpenStreamAsync(streamId, cancellation);

    public Task<IReadOnlyDictionary<string, JournalEvent>> FindEventsAsync(long streamId, IReadOnlyList<string> eventIds, CancellationToken cancellation) =>
        Checked().FindEventsAsync(streamId, eventIds, cancellation);

    public Task<IReadOnlyDictionary<long, JournalEvent>> FindEventsAsync(long streamId, IReadOnlyList<long> sequences, CancellationToken cancellation) =>
        Checked().FindEventsAsync(streamId, sequences, cancellation);

    public Task<IReadOnlyList<DuplicateEvent>> FindDuplicatesAsync(long streamId, IReadOnlyList<JournalEvent> events, CancellationToken cancellation) => Checked().FindDuplicatesAsync(streamId, events, cancellation);

    public IAsyncEnumerable<JournalEvent> ReadAsync(long streamId, IReadOnlyList<SequenceRange> ranges, CancellationToken cancellation) => Checked().ReadAsync(streamId, ranges, cancellation);

    public IAsyncEnumerable<long> ListLearnedAsync(long streamId, SequenceRange range, CancellationToken cancellation) => Checked().ListLearnedAsync(streamId, range, cancellation);

    public Task<IReadOnlyList<StreamRecord>> ListStreamsAsync(string? afterName, int limit, CancellationToken cancellation) => Checked().ListStreamsAsync(afterName, limit, cancellation);

    public Task<StreamRecord?> FindStreamAsync(string name, CancellationToken cancellation) => Checked().FindStreamAsync(name, cancellation);

    public Task<IReadOnlyList<JournalEvent>> ListNewestAsync(long streamId, long beforeSequence, int limit, EventKind? kind, string? task, CancellationToken cancellation) => Checked().ListNewestAsync(streamId, beforeSequence, limit, kind, task, cancellation);

    public Task<IReadOnlyList<JournalEvent>> ListTaskBoundariesAsync(long streamId, CancellationToken cancellation) => Checked().ListTaskBoundariesAsync(streamId, cancellation);

    public IAsyncEnumerable<LiveEventId> ListLiveIdsAsync(long streamId, IReadOnlyList<SequenceRange> liveRanges, CancellationToken cancellation) => Checked().ListLiveIdsAsync(streamId, liveRanges, cancellation);

    public Task<long> CountEventsAsync(long streamId, CancellationToken cancellation) => Checked().CountEventsAsync(streamId, cancellation);

    public Task<IReadOnlyList<string>> ListFeatureNamesAsync(long streamId, CancellationToken cancellation) => Checked().ListFeatureNamesAsync(streamId, cancellation);

    public Task<IReadOnlyDictionary<long, ReadOnlyMemory<byte>>> FindOutcomesAsync(long modelId, IReadOnlyList<int> lineages, IReadOnlyList<long> sequences, CancellationToken cancellation) => Checked().FindOutcomesAsync(modelId, lineages, sequences, cancellation);

    public Task<long> FindLastOutcomeAsync(long modelId, int lineage, CancellationToken cancellation) => Checked().FindLastOutcomeAsync(modelId, lineage, cancellation);

    public Task RestoreAsync(long streamId, long epoch, JournalEvent restored, LineageRecord lineage, IReadOnlyList<SequenceRange> liveRanges, CancellationToken cancellation) => Checked().RestoreAsync(streamId, epoch, restored, lineage, liveRanges, cancellation);

    private IJournal Checked()
    {
        Check();
        return inner.Journal;
    }

    private void Check()
    {
        if (IsAway)
        {
            throw new StoreUnavailableException("The store is away.");
        }
    }
}
