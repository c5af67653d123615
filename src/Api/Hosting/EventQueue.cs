namespace LifelongApi.Api.Hosting;

/// <summary>
/// The bounded queue before a stream's journal. Many callers put, one loop takes. A batch goes in whole or not at all,
/// callers who wait for room keep their order, and while the queue refuses, everybody learns why at once.
/// </summary>
/// <param name="capacity">Events that may wait.</param>
/// <param name="byteCapacity">Bytes that may wait.</param>
internal sealed class EventQueue(int capacity, long byteCapacity)
{
    private readonly Lock _lock = new();
    private readonly Queue<PendingWork> _waiting = new();
    private readonly LinkedList<RoomSeeker> _seekers = new();
    private TaskCompletionSource? _consumer;
    private Func<Exception>? _refusal;
    private bool _isForGood;
    private long _bytes;

    /// <summary>Events that wait now.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _waiting.Count;
            }
        }
    }

    /// <summary>Whether nothing waits, for room or to be taken. Throws what <see cref="Refuse"/> was given while everything is turned away.</summary>
    public bool IsIdle
    {
        get
        {
            lock (_lock)
            {
                ThrowIfRefusing();
                return _waiting.Count == 0 && _seekers.Count == 0;
            }
        }
    }

    /// <summary>Puts all or none. What is larger than the whole queue still fits when nothing waits.</summary>
    /// <returns>Whether there was room.</returns>
    public bool TryEnqueue(IReadOnlyList<PendingWork> work)
    {
        var bytes = 0L;
        foreach (var item in work)
        {
            bytes += item.ByteCount;
        }

        lock (_lock)
        {
            ThrowIfRefusing();
            if (_seekers.Count > 0 || !Fits(work.Count, bytes))
            {
                return false;
            }

            foreach (var item in work)
            {
                _waiting.Enqueue(item);
            }

            _bytes += bytes;
            WakeConsumer();
            return true;
        }
    }

    /// <summary>Puts one, waiting for room.</summary>
    public ValueTask EnqueueAsync(PendingWork work, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        RoomSeeker seeker;
        lock (_lock)
        {
            ThrowIfRefusing();
            if (_seekers.Count == 0 && Fits(1, work.ByteCount))
            {
                Put(work);
                return ValueTask.CompletedTask;
            }

            seeker = new RoomSeeker(work);
            seeker.Node = _seekers.AddLast(seeker);
        }

        return new ValueTask(WaitForRoomAsync(seeker, cancellation));
    }

    /// <summary>Puts work that must not be turned away for lack of room.</summary>
    public void EnqueueAlways(PendingWork work)
    {
        lock (_lock)
        {
            ThrowIfRefusing();
            Put(work);
        }
    }

    /// <summary>Puts the last work there will be; everything after it is turned away.</summary>
    public void EnqueueLast(PendingWork work, Func<Exception> reason)
    {
        List<RoomSeeker> seekers;
        lock (_lock)
        {
            ThrowIfRefusing();
            Put(work);
            _refusal = reason;
            _isForGood = true;
            seekers = [.. _seekers];
            _seekers.Clear();
        }

        seekers.ForEach(seeker => seeker.Room.TrySetException(reason()));
    }

    /// <summary>Waits until something is there.</summary>
    public Task WaitAsync(CancellationToken cancellation)
    {
        lock (_lock)
        {
            if (_waiting.Count > 0)
            {
                return Task.CompletedTask;
            }

            _consumer ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _consumer.Task.WaitAsync(cancellation);
        }
    }

    /// <summary>Takes what waits, in order, up to the limits. Exclusive work is taken alone.</summary>
    public void Take(List<PendingWork> batch, int maxCount, long maxBytes)
    {
        lock (_lock)
        {
            var bytes = 0L;
            while (batch.Count < maxCount && _waiting.TryPeek(out var next))
            {
                if (batch.Count > 0 && (next is ExclusiveWork || bytes + next.ByteCount > maxBytes))
                {
                    break;
                }

                batch.Add(_waiting.Dequeue());
                bytes += next.ByteCount;
                if (next is ExclusiveWork)
                {
                    break;
                }
            }

            _bytes -= bytes;
            LetIn();
        }
    }

    /// <summary>From now on everything is turned away, also what waits.</summary>
    /// <param name="reason">Makes the exception a caller gets.</param>
    /// <param name="forGood">Whether <see cref="Accept"/> may not take it back.</param>
    public void Refuse(Func<Exception> reason, bool forGood = false)
    {
        List<PendingWork> failed;
        List<RoomSeeker> seekers;
        lock (_lock)
        {
            _refusal = _isForGood && !forGood ? _refusal : reason;
            _isForGood |= forGood;
            failed = [.. _waiting];
            seekers = [.. _seekers];
            _waiting.Clear();
            _seekers.Clear();
            _bytes = 0;
        }

        failed.ForEach(work => work.Fail(reason()));
        seekers.ForEach(seeker => seeker.Room.TrySetException(reason()));
    }

    /// <summary>Takes work again, unless it was turned away for good.</summary>
    public void Accept()
    {
        lock (_lock)
        {
            _refusal = _isForGood ? _refusal : null;
        }
    }

    private async Task WaitForRoomAsync(RoomSeeker seeker, CancellationToken cancellation)
    {
        await using var registration = cancellation.Register(() =>
        {
            lock (_lock)
            {
                if (seeker.Node!.List is null)
                {
                    return;
                }

                _seekers.Remove(seeker.Node);
            }

            seeker.Room.TrySetCanceled(cancellation);
        });
        await seeker.Room.Task;
    }

    private bool Fits(int count, long bytes) =>
        _waiting.Count == 0 || (_waiting.Count + count <= capacity && _bytes + bytes <= byteCapacity);

    private void Put(PendingWork work)
    {
        _waiting.Enqueue(work);
        _bytes += work.ByteCount;
        WakeConsumer();
    }

    private void LetIn()
    {
        while (_seekers.First is { } first && Fits(1, first.Value.Work.ByteCount))
        {
            _seekers.RemoveFirst();
            Put(first.Value.Work);
            first.Value.Room.TrySetResult();
        }
    }

    private void WakeConsumer()
    {
        _consumer?.TrySetResult();
        _consumer = null;
    }

    private void ThrowIfRefusing()
    {
        if (_refusal is { } reason)
        {
            throw reason();
        }
    }

    private sealed class RoomSeeker(PendingWork work)
    {
        public PendingWork Work { get; } = work;

        public TaskCompletionSource Room { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public LinkedListNode<RoomSeeker>? Node { get; set; }
    }
}
