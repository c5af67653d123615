using System.Diagnostics;

namespace LifelongApi.Load;

/// <summary>What a stretch of load came to.</summary>
/// <param name="Requests">Answers.</param>
/// <param name="Seconds">Time.</param>
/// <param name="CpuSeconds">Core seconds of the server.</param>
/// <param name="Latencies">Seconds of single exchanges, sorted.</param>
internal sealed record LoadResult(long Requests, double Seconds, double CpuSeconds, double[] Latencies)
{
    /// <summary>Requests per second.</summary>
    public double Rate => Requests / Seconds;

    /// <summary>Requests per second of the server's core: what one core would carry, whatever else runs on it.</summary>
    public double CoreRate => Requests / CpuSeconds;

    public double P50 => Latencies[Latencies.Length / 2];

    public double P99 => Latencies[Latencies.Length * 99 / 100];
}

/// <summary>Connections that each send the next request when the last is answered.</summary>
internal static class LoadStretch
{
    /// <summary>Runs load for a while.</summary>
    /// <param name="server">The server.</param>
    /// <param name="connections">Connections.</param>
    /// <param name="seconds">How long.</param>
    /// <param name="request">The n-th request.</param>
    /// <param name="ending">Ends it early.</param>
    public static async Task<LoadResult> RunAsync(ServerUnderLoad server, int connections, double seconds, Func<long, byte[]> request, CancellationToken ending)
    {
        var opened = await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => HttpConnection.OpenAsync(server.Port)));
        var next = 0L;
        var cpu = server.CpuSeconds;
        var watch = Stopwatch.StartNew();
        var times = await Task.WhenAll(opened.Select(connection => Task.Run(async () =>
        {
            var own = new List<double>();
            while (watch.Elapsed.TotalSeconds < seconds)
            {
                var start = Stopwatch.GetTimestamp();
                await connection.ExchangeAsync(request(Interlocked.Increment(ref next) - 1), ending);
                own.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
            }

            return own;
        })));
        var elapsed = watch.Elapsed.TotalSeconds;
        cpu = server.CpuSeconds - cpu;
        foreach (var connection in opened)
        {
            connection.Dispose();
        }

        var all = times.SelectMany(own => own).Order().ToArray();
        return new LoadResult(all.Length, elapsed, cpu, all);
    }
}
