using System.Diagnostics;
using System.Globalization;
using System.Text;
using LifelongApi.Contracts.Journal;
using LifelongApi.Contracts.Models;
using LifelongApi.Learning;
using LifelongApi.Learning.Features;

namespace LifelongApi.Kernels.Table;

/// <summary>A model as the service holds it, and the payloads of its events as the journal holds them. A learn answers the prediction made before, so it is predict and learn at once.</summary>
internal sealed class Subject : IDisposable
{
    private const int Together = 16;
    private const int MostAhead = 64;

    /// <summary>Seconds between two looks at the clock: the look is a call of the system and must not count beside events of a few hundred nanoseconds.</summary>
    private const double BetweenLooks = 1e-4;
    private readonly Outcome _outcome = new();
    private readonly PredictionBuffer _prediction = new();
    private readonly PredictWorkspace _workspace;
    private readonly byte[][] _payloads;
    private readonly ReadOnlyMemory<byte>[] _coming;
    private readonly ulong[] _names;
    private int _next;
    private long _sequence;

    public Subject(ModelSpec spec, byte[][] payloads, params IReadOnlyList<string> names)
    {
        Model = Model.Create(spec);
        _workspace = Model.CreateWorkspace();
        _payloads = payloads;
        _coming = [.. payloads, .. payloads.Take(MostAhead)];
        _names = [.. names.Select(FeatureHash.OfName)];
    }

    /// <summary>A model of labels over dense examples.</summary>
    public static Subject Of(ModelSpec spec, Workload work, bool isToldAhead = false) =>
        new(spec, Payloads(work.Count, (i, builder) =>
        {
            builder.Dense(work[i]);
            builder.Label(Label(work.Labels[i]));
        }))
        {
            IsToldAhead = isToldAhead,
        };

    public Model Model { get; }

    /// <summary>Whether the model is told what comes next, as a host does that has events waiting.</summary>
    public bool IsToldAhead { get; init; }

    /// <summary>Mean loss of one pass over the events in order.</summary>
    public double FirstPass()
    {
        var loss = 0d;
        for (var i = 0; i < _payloads.Length; i++)
        {
            Step();
            loss += _outcome.Loss;
        }

        return loss / _payloads.Length;
    }

    /// <summary>Lets events pass for a while, so that everything hot is compiled as it stays.</summary>
    public void WarmUp(double seconds = 0.7) => LearnRate(seconds);

    /// <summary>A task ends: what consolidates does.</summary>
    public void EndTask() => Model.Apply(new EventInput { Kind = EventKind.TaskEnded, Sequence = ++_sequence, Payload = default }, _outcome);

    /// <summary>Events learned per second.</summary>
    public double LearnRate(double seconds) => RateOf(seconds, Step);

    /// <summary>Answers per second.</summary>
    public double PredictRate(double seconds) => RateOf(seconds, Predict);

    /// <summary>Managed bytes that events allocate on this thread.</summary>
    public (long Learn, long Predict) Allocated(int events)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < events; i++)
        {
            Step();
        }

        var between = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < events; i++)
        {
            Predict();
        }

        return (between - before, GC.GetAllocatedBytesForCurrentThread() - between);
    }

    /// <summary>Times of single events in seconds, sorted.</summary>
    public double[] Latencies(int events)
    {
        var times = new double[events];
        for (var i = 0; i < events; i++)
        {
            var start = Stopwatch.GetTimestamp();
            Step();
            times[i] = Stopwatch.GetElapsedTime(start).TotalSeconds;
        }

        Array.Sort(times);
        return times;
    }

    public void Dispose()
    {
        _workspace.Dispose();
        Model.Dispose();
    }

    public static byte[][] Payloads(int count, Action<int, PayloadBuilder> write)
    {
        var builder = new PayloadBuilder();
        return [.. Enumerable.Range(0, count).Select(i =>
        {
            builder.Clear();
            write(i, builder);
            return builder.Written.ToArray();
        })];
    }

    public static byte[] Label(int label) => Encoding.UTF8.GetBytes(label.ToString(CultureInfo.InvariantCulture));

    private static double RateOf(double seconds, Action step)
    {
        var start = CoreClock.Now;
        var events = 0L;
        var elapsed = 0d;
        var together = Together;
        while (elapsed < seconds)
        {
            for (var i = 0; i < together; i++)
            {
                step();
            }

            events += together;
            var before = elapsed;
            elapsed = CoreClock.Now - start;
            together = elapsed - before < BetweenLooks ? 2 * together : together;
        }

        return events / elapsed;
    }

    private void Step()
    {
        if (IsToldAhead)
        {
            Model.Foresee(_coming.AsSpan(_next, Math.Min(MostAhead, _payloads.Length)));
        }

        Model.Apply(new EventInput { Kind = EventKind.Learned, Sequence = ++_sequence, Payload = _payloads[_next], NameHashes = _names }, _outcome);
        _next = _next + 1 == _payloads.Length ? 0 : _next + 1;
    }

    private void Predict()
    {
        Model.Predict(_payloads[_next], _names, _workspace, _prediction);
        _next = _next + 1 == _payloads.Length ? 0 : _next + 1;
    }
}
