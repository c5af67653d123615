using LifelongApi.Contracts.Events;
using LifelongApi.Contracts.Journal;
using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Problems;
using LifelongApi.Learning;

namespace LifelongApi.Api.Hosting;

/// <summary>An open model in use: holds its stream open until it is disposed.</summary>
internal sealed class HostedLease(StreamHost host, HostedModel model) : ModelLease
{
    private int _isReleased;

    /// <summary>The stream.</summary>
    public StreamHost Host => host;

    /// <summary>The model.</summary>
    public HostedModel Model => model;

    /// <inheritdoc/>
    public override string Name => model.Record.Name;

    /// <inheritdoc/>
    public override ModelSpec Spec => model.Spec;

    /// <inheritdoc/>
    public override bool IsLeader => model.Record.IsLeader;

    /// <inheritdoc/>
    public override long AppliedSequence => host.AppliedSequence;

    /// <inheritdoc/>
    public override bool ClosedInOrder => host.ClosedInOrder;

    /// <inheritdoc/>
    public override IFeatureNames Names => host.Names;

    /// <inheritdoc/>
    public override ReadOnlySpan<ulong> NameHashes => host.Names.Hashes;

    /// <inheritdoc/>
    public override ValueTask<(Model Model, Position Position)> CopyAsync(ReadOnlyMemory<byte> payload, CancellationToken cancellation) => model.CopyAsync(payload, cancellation);

    /// <inheritdoc/>
    public override ValueTask<Position> PredictAsync(ReadOnlyMemory<byte> payload, PredictionBuffer prediction, CancellationToken cancellation) =>
        model.PredictAsync(payload, host.Names, prediction, cancellation);

    /// <inheritdoc/>
    public override ValueTask<Position> PredictAsync(IReadOnlyList<ReadOnlyMemory<byte>> payloads, IReadOnlyList<PredictionBuffer> predictions, CancellationToken cancellation) =>
        model.PredictAsync(payloads, host.Names, predictions, cancellation);

    /// <inheritdoc/>
    public override string LabelName(int label)
    {
        var labels = model.Labels;

        // A restore between a predict and this call may have taken the newest classes away.
        return (uint)label < (uint)labels.Count ? labels[label] : string.Empty;
    }

    /// <inheritdoc/>
    public override Task<LearnResult> LearnAsync(LearnInput input, CancellationToken cancellation)
    {
        try
        {
            var pending = host.Put(model, input);
            return pending.Acknowledged.WaitAsync(cancellation);
        }
        catch (Exception reason)
        {
            return Task.FromException<LearnResult>(reason);
        }
    }

    /// <inheritdoc/>
    public override async ValueTask<Task<LearnResult>> EnqueueAsync(LearnInput input, CancellationToken cancellation)
    {
        var pending = await host.PutWhenRoomAsync(model, input, cancellation);
        return pending.Acknowledged;
    }

    /// <inheritdoc/>
    public override async Task<IReadOnlyList<LearnResult>> LearnManyAsync(IReadOnlyList<LearnInput> inputs, CancellationToken cancellation)
    {
        var pending = host.PutAll(model, inputs);
        var results = new LearnResult[pending.Count];
        if (results.Length > 0)
        {
            // Events are acknowledged in order: one wait for the last instead of one for each.
            await ((Task)pending[^1].Acknowledged.WaitAsync(cancellation)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        for (var i = 0; i < results.Length; i++)
        {
            try
            {
                results[i] = await pending[i].Acknowledged.WaitAsync(cancellation);
            }
            catch (ProblemException refusal) when (refusal.Status is >= 400 and < 500)
            {
                // The event alone is turned away; its neighbours were learned.
                results[i] = new LearnResult { Status = LearnStatus.Rejected, EventId = inputs[i].EventId, Reason = refusal.Message, Error = ToProblem(refusal) };
            }
            catch (ProblemException refusal) when (refusal.IsForNext && i > 0)
            {
                // Some were taken and some were not: sent again without ids, the first would be learned twice.
                throw new ProblemException(refusal.Status, refusal.Type, refusal.Title, refusal.Message) { RetryAfter = refusal.RetryAfter };
            }
        }

        return results;
    }

    /// <inheritdoc/>
    public override IAsyncEnumerable<ToldEvent> ListenAsync(long? after, IReadOnlySet<ModelEventType>? types, TimeSpan heartbeat, CancellationToken cancellation) =>
        host.ListenAsync(model, after, types, heartbeat, cancellation);

    /// <inheritdoc/>
    public override void Dispose()
    {
        if (Interlocked.Exchange(ref _isReleased, 1) == 0)
        {
            host.Release();
        }
    }

    private static Problem ToProblem(ProblemException refusal) => new()
    {
        Type = refusal.Type,
        Title = refusal.Title,
        Status = refusal.Status,
        Detail = refusal.Message,
        Errors = refusal.Errors,
    };
}
