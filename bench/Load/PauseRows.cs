using System.Diagnostics;
using System.Net.Http.Headers;
using LifelongApi.Contracts.Models;
using LifelongApi.Kernels.Table;

namespace LifelongApi.Load;

/// <summary>How long a caller that learns one event after the other waits while snapshots are taken and slices are slept, at most and in the middle.</summary>
internal static class PauseRows
{
    private const double MostSeconds = 0.02;

    public static async Task<Row[]> RunAsync(LoadSession session)
    {
        var service = await session.ServiceAsync();
        await session.CreateAsync(service, "pause", new CreateModelRequest { Preset = "classifier" });
        var learns = Bodies.Requests("/v1/models/pause/learn", Bodies.Json, Bodies.Named(isLabelled: true));
        await session.RunAsync(result => result.Rate, (service, learns, LoadRows.Connections));
        return
        [
            await PauseAsync(session, service, learns, "snapshot", "/v1/admin/models/pause/snapshots"),
            await PauseAsync(session, service, learns, "sleep", "/v1/admin/models/pause:sleep"),
        ];
    }

    private static async Task<Row> PauseAsync(LoadSession session, ServerUnderLoad service, byte[][] learns, string what, string path)
    {
        var (pauses, quiet) = (new List<double>(), new List<double>());
        for (var round = 0; round < session.Options.RoundCount * 4; round++)
        {
            quiet.Add(await LongestAsync(session, service, learns, () => Task.Delay(100, session.Ending)));
            pauses.Add(await LongestAsync(session, service, learns, async () =>
            {
                using var body = new ByteArrayContent("{}"u8.ToArray());
                body.Headers.ContentType = new MediaTypeHeaderValue(Bodies.Json);
                await session.SendAsync(service, HttpMethod.Post, path, body);
            }));
        }

        var pause = Rounds.Median(pauses);
        return new Row
        {
            Name = $"{what} pauses a stream",
            Unit = "1 / seconds",
            OursPerS = 1 / pause,
            Reference = "20 ms",
            ReferencePerS = 1 / MostSeconds,
            Ratio = MostSeconds / pause,
            Bar = 1,
            Note = $"longest wait of one learn while it runs: median {1e3 * pause:F1} ms, most {1e3 * pauses.Max():F1} ms; as long without: median {1e3 * Rounds.Median(quiet):F1} ms, most {1e3 * quiet.Max():F1} ms",
        };
    }

    /// <summary>The longest of the learns that are sent, one after the other, until something else is done.</summary>
    private static async Task<double> LongestAsync(LoadSession session, ServerUnderLoad service, byte[][] learns, Func<Task> act)
    {
        using var connection = await HttpConnection.OpenAsync(service.Port);
        await connection.ExchangeAsync(learns[0], session.Ending);
        var acting = act();
        var longest = 0d;
        for (var n = 1; n == 1 || !acting.IsCompleted; n++)
        {
            var start = Stopwatch.GetTimestamp();
            await connection.ExchangeAsync(learns[n % learns.Length], session.Ending);
            longest = Math.Max(longest, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        await acting;
        return longest;
    }
}
