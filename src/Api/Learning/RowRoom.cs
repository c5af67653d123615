namespace LifelongApi.Api.Learning;

/// <summary>
/// Room for the rows of a stream that wait for their answer. Where it is full the one who reads waits until a quarter of it is free again, and not for each row alone:
/// a stream that is always behind, which every fast client's is, would else change threads for each. One caller takes, one gives back.
/// </summary>
/// <param name="capacity">Rows, 1 or more.</param>
internal sealed class RowRoom(int capacity)
{
    private readonly Lock _lock = new();
    private readonly int _enough = capacity - Math.Max(1, capacity / 4);
    private TaskCompletionSource? _waiter;
    private int _taken;

    /// <summary>Takes room for one row, or waits.</summary>
    /// <exception cref="OperationCanceledException">No room was taken.</exception>
    public ValueTask TakeAsync(CancellationToken cancellation)
    {
        lock (_lock)
        {
            if (_taken < capacity)
            {
                _taken++;
                return ValueTask.CompletedTask;
            }

            _waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return new ValueTask(_waiter.Task.WaitAsync(cancellation));
        }
    }

    /// <summary>Gives the room of one row back.</summary>
    public void Give()
    {
        lock (_lock)
        {
            _taken--;
            if (_taken <= _enough && _waiter is { } waiter)
            {
                _taken++;
                _waiter = null;
                waiter.TrySetResult();
            }
        }
    }
}
