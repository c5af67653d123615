namespace LifelongApi.Api.Hosting;

/// <summary>Events that a listener did not hear of because it was behind.</summary>
/// <param name="From">First sequence.</param>
/// <param name="To">Last sequence.</param>
/// <param name="Count">How many.</param>
internal sealed record FeedGap(long From, long To, long Count);

/// <summary>
/// One listener with a bounded queue. What does not fit opens a gap, and the gap swallows everything until the queue has been taken, so that the listener hears the items
/// before the gap, then of the gap, then what came after it.
/// </summary>
internal sealed class FeedListener(HostedModel model, int capacity, Action<FeedListener> leave) : IDisposable
{
    private readonly Lock _lock = new();
    private Queue<FeedItem> _waiting = new();
    private TaskCompletionSource _news = NewSignal();
    private FeedGap? _gap;
    private bool _isClosed;

    /// <summary>The model it hears of.</summary>
    public HostedModel Model => model;

    /// <summary>Hands an item over. Never waits.</summary>
    public void Offer(FeedItem item)
    {
        lock (_lock)
        {
            if (_isClosed)
            {
                return;
            }

            if (_gap is null && _waiting.Count < capacity)
            {
                _waiting.Enqueue(item);
            }
            else if (item.Event is not null)
            {
                _gap = _gap is null ? new FeedGap(item.Sequence, item.Sequence, 1) : _gap with { To = item.Sequence, Count = _gap.Count + 1 };
            }

            _news.TrySetResult();
        }
    }

    /// <summary>Ends it: what waits is still heard.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _isClosed = true;
            _news.TrySetResult();
        }
    }

    /// <summary>Ends when there is something to take, or nothing will ever be.</summary>
    public Task NewsAsync()
    {
        lock (_lock)
        {
            return _news.Task;
        }
    }

    /// <summary>Takes what waits.</summary>
    /// <returns>Items in order, the gap behind them or null, and whether that was the last.</returns>
    public (IReadOnlyCollection<FeedItem> Items, FeedGap? Gap, bool IsLast) Take()
    {
        lock (_lock)
        {
            var taken = (_waiting, _gap, _isClosed);
            (_waiting, _gap) = (new Queue<FeedItem>(), null);
            if (!_isClosed)
            {
                _news = NewSignal();
            }

            return taken;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        leave(this);
        Close();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
