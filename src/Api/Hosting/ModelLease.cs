using LifelongApi.Contracts.Events;
using LifelongApi.Contracts.Journal;
using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Models;
using LifelongApi.Learning;

namespace LifelongApi.Api.Hosting;

/// <summary>An open model in use by one request or stream.</summary>
internal abstract class ModelLease : IDisposable
{
    /// <summary>Name of the model.</summary>
    public abstract string Name { get; }

    /// <summary>Its expanded spec.</summary>
    public abstract ModelSpec Spec { get; }

    /// <summary>Whether it leads its stream, so that it can be learned through.</summary>
    public abstract bool IsLeader { get; }

    /// <summary>Sequence of the last event that the stream has applied.</summary>
    public abstract long AppliedSequence { get; }

    /// <summary>Whether its stream closes, or has closed, in good order: a new lease opens it anew.</summary>
    public abstract bool ClosedInOrder { get; }

    /// <summary>The stream's dictionary of feature names.</summary>
    public abstract IFeatureNames Names { get; }

    /// <summary>Hash of every feature name by id.</summary>
    public abstract ReadOnlySpan<ulong> NameHashes { get; }

    /// <summary>A copy of the present state that nobody else uses, to ask about one set of features; dispose it. Learning waits for the copy.</summary>
    public abstract ValueTask<(Model Model, Position Position)> CopyAsync(ReadOnlyMemory<byte> payload, CancellationToken cancellation);

    /// <summary>Answers for one set of features. Waits for at most one event that is being learned, and for the store where it names an entity that is not in memory.</summary>
    /// <param name="payload">Features as a payload.</param>
    /// <param name="prediction">Overwritten with the answer.</param>
    /// <param name="cancellation">Stops the waiting.</param>
    /// <returns>The position the answer was computed from.</returns>
    public abstract ValueTask<Position> PredictAsync(ReadOnlyMemory<byte> payload, PredictionBuffer prediction, CancellationToken cancellation);

    /// <summary>Answers for many sets of features from one position.</summary>
    /// <param name="payloads">Features as payloads.</param>
    /// <param name="predictions">As many buffers, overwritten.</param>
    /// <param name="cancellation">Stops the waiting.</param>
    /// <returns>The position the answers were computed from.</returns>
    public abstract ValueTask<Position> PredictAsync(IReadOnlyList<ReadOnlyMemory<byte>> payloads, IReadOnlyList<PredictionBuffer> predictions, CancellationToken cancellation);

    /// <summary>Name of a class.</summary>
    /// <param name="label">Class id that a prediction gave.</param>
    /// <returns>Its name.</returns>
    public abstract string LabelName(int label);

    /// <summary>
    /// Puts an event into the stream's queue and answers when it is acknowledged. Events enqueued one after the other by one caller keep their order:
    /// the order is fixed when this method returns its task.
    /// </summary>
    /// <exception cref="ProblemException">429 when the queue is full (nothing was enqueued), 409 for a follower, for a label beyond maxClasses 400.</exception>
    public abstract Task<LearnResult> LearnAsync(LearnInput input, CancellationToken cancellation);

    /// <summary>As <see cref="LearnAsync"/>, but waits for room in the queue instead of answering 429: the back-pressure of a stream.</summary>
    /// <returns>A task that ends when the event is in the queue, with the task of its acknowledgement.</returns>
    public abstract ValueTask<Task<LearnResult>> EnqueueAsync(LearnInput input, CancellationToken cancellation);

    /// <summary>Enqueues all or none, answers when all are acknowledged. 429 when they do not fit.</summary>
    public abstract Task<IReadOnlyList<LearnResult>> LearnManyAsync(IReadOnlyList<LearnInput> inputs, CancellationToken cancellation);

    /// <summary>What happened to the model after an event, and what happens, until the stream closes.</summary>
    /// <param name="after">Sequence of the last event that is known; null: only what happens from now on.</param>
    /// <param name="types">What to tell; null: everything.</param>
    /// <param name="heartbeat">Longest silence.</param>
    /// <param name="cancellation">Ends it.</param>
    public abstract IAsyncEnumerable<ToldEvent> ListenAsync(long? after, IReadOnlySet<ModelEventType>? types, TimeSpan heartbeat, CancellationToken cancellation);

    /// <inheritdoc/>
    public abstract void Dispose();
}

/// <summary>An event as the endpoints hand it to the stream, checked and encoded.</summary>
internal sealed record LearnInput
{
    /// <summary>Id given by the caller, or null.</summary>
    public string? EventId { get; init; }

    /// <summary>Encoded features, target and reward (<see cref="LifelongApi.Learning.Features.PayloadBuilder"/>); owned by the event from now on.</summary>
    public required ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>The payload before an encoder's output was put into it; null: there is no encoder.</summary>
    public ReadOnlyMemory<byte>? Said { get; init; }

    /// <summary>The label in the payload, or null.</summary>
    public string? Label { get; init; }

    /// <summary>Whether the payload has a label or target (<c>Learned</c>) or not (<c>Observed</c>).</summary>
    public required bool HasTarget { get; init; }

    /// <summary>Whether it is a prediction to remember (<c>Predicted</c>): nothing is learned.</summary>
    public bool Remember { get; init; }

    /// <summary>What became known about an earlier event (<c>FedBack</c>), or null; the payload is then made when the earlier event is found.</summary>
    public FeedbackInput? Feedback { get; init; }

    /// <summary>Importance weight, 0 or more.</summary>
    public float Weight { get; init; } = 1f;

    /// <summary>Task, or null for the current one.</summary>
    public string? Task { get; init; }

    /// <summary>Entity, or null.</summary>
    public string? Entity { get; init; }

    /// <summary>Subject, or null.</summary>
    public string? Subject { get; init; }

    /// <summary>Name of the API key, or null.</summary>
    public string? Actor { get; init; }

    /// <summary>Microseconds since 1970-01-01 UTC, or null.</summary>
    public long? OccurredAt { get; init; }
}

/// <summary>Feature names of a stream with small ids; safe for any thread.</summary>
internal interface IFeatureNames
{
    /// <summary>The id of a name, taking the next free one for a new name. A new name is stored with the first event that carries it. −1 when the dictionary is full (2^20 names).</summary>
    int GetOrAdd(ReadOnlySpan<byte> utf8);

    /// <summary>The id of a known name, or −1.</summary>
    int Find(ReadOnlySpan<byte> utf8);

    /// <summary>A name by id.</summary>
    string Name(int id);
}
