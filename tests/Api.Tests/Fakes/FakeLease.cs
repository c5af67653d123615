using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using LifelongApi.Api.Hosting;
using LifelongApi.Contracts.Events;
using LifelongApi.Contracts.Journal;
using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning;

namespace LifelongApi.Api.Tests.Fakes;

/// <summary>A model that remembers what it was taught and answers in the order it was asked.</summary>
internal sealed class FakeLease(string name, InputSpec input, TargetSpec target) : ModelLease
{
    private long _sequence;

    public override string Name { get; } = name;

    public override ModelSpec Spec { get; } = new()
    {
        Input = input,
        Target = target,
        Network = new NetworkSpec { Populations = [], Projections = [], Head = new SoftmaxHeadSpec() },
    };

    public override bool IsLeader => Leads;

    public bool Leads { get; set; } = true;

    public override long AppliedSequence => Interlocked.Read(ref _sequence);

    public override bool ClosedInOrder => false;

    public override IFeatureNames Names => Dictionary;

    public override ReadOnlySpan<ulong> NameHashes => [];

    public override ValueTask<(Model Model, Position Position)> CopyAsync(ReadOnlyMemory<byte> payload, CancellationToken cancellation) => throw new NotSupportedException("The fake has no state to copy.");

    public FakeNames Dictionary { get; } = new();

    public ConcurrentQueue<LearnInput> Learned { get; } = new();

    public List<byte[]> Predicted { get; } = [];

    /// <summary>What the next events end in, instead of being learned.</summary>
    public Func<LearnInput, Exception?> Fails { get; set; } = _ => null;

    public override ValueTask<Position> PredictAsync(ReadOnlyMemory<byte> payload, PredictionBuffer prediction, CancellationToken cancellation) => new(Predict(payload.Span, prediction));

    private Position Predict(ReadOnlySpan<byte> payload, PredictionBuffer prediction)
    {
        lock (Predicted)
        {
            Predicted.Add(payload.ToArray());
        }

        var scores = Prepare(prediction, Spec.Target.Kind == TargetKind.Label ? 2 : Spec.Target.Size ?? 1);
        scores.Clear();
        scores[0] = 0.25f;
        if (Spec.Target.Kind == TargetKind.Label)
        {
            scores[1] = 0.75f;
            prediction.Label = 1;
        }

        return new Position(1, _sequence);
    }

    public override ValueTask<Position> PredictAsync(IReadOnlyList<ReadOnlyMemory<byte>> payloads, IReadOnlyList<PredictionBuffer> predictions, CancellationToken cancellation)
    {
        for (var i = 0; i < payloads.Count; i++)
        {
            Predict(payloads[i].Span, predictions[i]);
        }

        return new ValueTask<Position>(new Position(1, _sequence));
    }

    public override string LabelName(int label) => label == 0 ? "no" : "yes";

    public override Task<LearnResult> LearnAsync(LearnInput input, CancellationToken cancellation)
    {
        if (Fails(input) is { } error)
        {
            return Task.FromException<LearnResult>(error);
        }

        Learned.Enqueue(input);
        var sequence = Interlocked.Increment(ref _sequence);
        return Task.FromResult(new LearnResult
        {
            Status = input.HasTarget ? LearnStatus.Learned : LearnStatus.Observed,
            EventId = input.EventId ?? $"made-{sequence}",
            Position = $"1:{sequence}",
            Sequence = sequence,
        });
    }

    public override async ValueTask<Task<LearnResult>> EnqueueAsync(LearnInput input, CancellationToken cancellation)
    {
        // A queue never answers on the caller's stack.
        await Task.Yield();
        return LearnAsync(input, cancellation);
    }

    public override async Task<IReadOnlyList<LearnResult>> LearnManyAsync(IReadOnlyList<LearnInput> inputs, CancellationToken cancellation)
    {
        var results = new List<LearnResult>();
        foreach (var input in inputs)
        {
            results.Add(await LearnAsync(input, cancellation));
        }

        return results;
    }

    /// <summary>What a listener is told.</summary>
    public List<ToldEvent> Told { get; } = [];

    /// <summary>What the last listener asked for.</summary>
    public (long? After, IReadOnlySet<ModelEventType>? Types) Asked { get; private set; }

    public override async IAsyncEnumerable<ToldEvent> ListenAsync(
        long? after, IReadOnlySet<ModelEventType>? types, TimeSpan heartbeat, [EnumeratorCancellation] CancellationToken cancellation)
    {
        Asked = (after, types);
        foreach (var told in Told)
        {
            await Task.Yield();
            yield return told;
        }
    }

    public override void Dispose()
    {
    }

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "Prepare")]
    private static extern Span<float> Prepare(PredictionBuffer buffer, int count);
}
