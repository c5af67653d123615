namespace LifelongApi.EndToEnd.Tests.Harness;

/// <summary>Waits for a condition of another process, which nobody signals: asks again, a bounded number of times.</summary>
internal static class Eventually
{
    private const int Tries = 2400;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(25);

    /// <summary>Asks until the answer is not null.</summary>
    /// <param name="what">What is waited for, for the failure.</param>
    /// <param name="ask">The question; null means not yet.</param>
    /// <returns>The answer.</returns>
    public static async Task<T> Async<T>(string what, Func<Task<T?>> ask)
        where T : class
    {
        using var timer = new PeriodicTimer(Pause);
        for (var i = 0; i < Tries; i++)
        {
            if (await ask() is { } answer)
            {
                return answer;
            }

            await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }

        throw new TimeoutException($"Asked {Tries} times in vain for: {what}.");
    }
}
