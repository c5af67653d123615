using System.Collections.Concurrent;

namespace LifelongApi.Onnx.Runtime;

/// <summary>
/// Inferences that wait for a processor. At most so many run at once as there are processors; what waits meanwhile and may share goes into the next inference together,
/// as far as the encoder takes several at once. What must not share (learning: its features would depend on who else asked) goes alone.
/// </summary>
/// <param name="session">The encoder.</param>
/// <param name="parallel">Most inferences at once.</param>
public sealed class SharedEncoder(EncoderSession session, int parallel)
{
    private readonly ConcurrentQueue<Waiting> _waiting = new();
    private int _running;
    private long _inferenceCount;

    /// <summary>Inferences so far.</summary>
    public long InferenceCount => Interlocked.Read(ref _inferenceCount);

    /// <summary>The encoder.</summary>
    public EncoderSession Session => session;

    /// <summary>Runs one example.</summary>
    /// <param name="input">Its tensor.</param>
    /// <param name="mayShare">Whether it may go into one inference with others.</param>
    /// <returns>Its features.</returns>
    /// <exception cref="EncoderInputException">The encoder fails on it.</exception>
    public Task<float[]> EncodeAsync(float[] input, bool mayShare)
    {
        var waiting = new Waiting(input, mayShare);
        _waiting.Enqueue(waiting);
        Start();
        return waiting.Result.Task;
    }

    private void Start()
    {
        if (Interlocked.Increment(ref _running) <= parallel)
        {
            ThreadPool.UnsafeQueueUserWorkItem(encoder => encoder.Drain(), this, preferLocal: false);
        }
        else
        {
            Interlocked.Decrement(ref _running);
        }
    }

    private void Drain()
    {
        var batch = new List<Waiting>();
        while (_waiting.TryDequeue(out var first))
        {
            batch.Add(first);
            while (first.MayShare && batch.Count < session.BatchLimit && _waiting.TryPeek(out var next) && next.MayShare && _waiting.TryDequeue(out next))
            {
                batch.Add(next);
                if (!next.MayShare)
                {
                    // Somebody else took what was seen. It runs alone.
                    batch.RemoveAt(batch.Count - 1);
                    Run([next]);
                }
            }

            Run(batch);
            batch.Clear();
        }

        Interlocked.Decrement(ref _running);
        if (!_waiting.IsEmpty)
        {
            // It came between the last look and the decrement.
            Start();
        }
    }

    private void Run(List<Waiting> batch)
    {
        var inputs = batch[0].Input;
        if (batch.Count > 1)
        {
            inputs = new float[batch.Sum(waiting => waiting.Input.Length)];
            for (var i = 0; i < batch.Count; i++)
            {
                batch[i].Input.CopyTo(inputs, i * batch[i].Input.Length);
            }
        }

        try
        {
            Interlocked.Increment(ref _inferenceCount);
            var features = session.Encode(inputs, batch.Count);
            for (var i = 0; i < batch.Count; i++)
            {
                batch[i].Result.SetResult(batch.Count == 1 ? features : features.AsSpan(i * session.FeatureCount, session.FeatureCount).ToArray());
            }
        }
        catch (Exception) when (batch.Count > 1)
        {
            // One of them may be at fault; the others are answered.
            batch.ForEach(waiting => Run([waiting]));
        }
        catch (Exception reason)
        {
            batch[0].Result.SetException(reason);
        }
    }

    private sealed record Waiting(float[] Input, bool MayShare)
    {
        public TaskCompletionSource<float[]> Result { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
