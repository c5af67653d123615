namespace LifelongApi.Client;

/// <summary>Decides how long to wait before a request is repeated, and when to stop. Progress makes it whole again.</summary>
internal sealed class RetryBudget(LifelongClientOptions options)
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(2);

    private long? _firstFailure;
    private TimeSpan _next = Shortest;

    /// <summary>The service answered: the next failure is a first one.</summary>
    internal void Reset()
    {
        _firstFailure = null;
        _next = Shortest;
    }

    /// <summary>Waits before the next try, or throws the failure where the time is used up.</summary>
    internal async Task WaitAsync(LifelongException failure, CancellationToken cancellationToken)
    {
        _firstFailure ??= options.Time.GetTimestamp();
        var left = options.RetryFor - options.Time.GetElapsedTime(_firstFailure.Value);
        var wait = failure.RetryAfter ?? _next;
        if (wait > left)
        {
            throw failure;
        }

        _next = TimeSpan.FromTicks(Math.Min(_next.Ticks * 2, Longest.Ticks));
        await Task.Delay(wait, options.Time, cancellationToken).ConfigureAwait(false);
    }
}
