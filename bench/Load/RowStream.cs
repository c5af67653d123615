using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace LifelongApi.Load;

/// <summary>Rows that go out together.</summary>
/// <param name="Bytes">The rows as they go over the wire.</param>
/// <param name="Rows">How many they are.</param>
internal readonly record struct RowChunk(byte[] Bytes, int Rows)
{
    /// <summary>A chunk of an HTTP/1.1 body.</summary>
    public static RowChunk Of(ReadOnlySpan<byte> rows, int count) =>
        new([.. Encoding.ASCII.GetBytes(rows.Length.ToString("x", CultureInfo.InvariantCulture)), .. "\r\n"u8, .. rows, .. "\r\n"u8], count);
}

/// <summary>How rows go out and answers come in.</summary>
/// <param name="Head">What comes before the rows.</param>
/// <param name="End">What comes after them; none: the sending side is closed.</param>
/// <param name="Answers">The answers, line by line, in what arrives.</param>
/// <param name="Learned">How the answer to a row that was learned begins.</param>
internal sealed record RowProtocol(byte[] Head, byte[] End, Func<NetworkStream, Stream> Answers, string Learned)
{
    /// <summary>Lines of text over a connection, one answer for each.</summary>
    public static RowProtocol Lines { get; } = new([], [], stream => stream, string.Empty);

    /// <summary>A chunked body, and an answer in chunks.</summary>
    /// <param name="path">The stream's path.</param>
    /// <param name="type">Content type of the rows.</param>
    public static RowProtocol Http(string path, string type) => new(
        Encoding.ASCII.GetBytes($"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {type}\r\nTransfer-Encoding: chunked\r\n\r\n"), "0\r\n\r\n"u8.ToArray(), stream => new ChunkedBody(stream), "{\"status\":\"learned\"");
}

/// <summary>One streaming request: rows out as fast as they are taken, with a bound on those that wait for their answer, and answers in.</summary>
internal static class RowStream
{
    /// <summary>Rows sent and not yet answered, at most.</summary>
    private const int MostInFlight = 2048;

    /// <summary>Sends rows for a while and waits for every answer.</summary>
    /// <param name="server">The service.</param>
    /// <param name="protocol">How rows are sent.</param>
    /// <param name="chunks">Rows without end.</param>
    /// <param name="seconds">How long to send.</param>
    /// <param name="ending">Ends it early.</param>
    /// <returns>Rows, time, and seconds from sending to answer by chunk.</returns>
    /// <exception cref="InvalidOperationException">The stream ended early, or a row was not learned.</exception>
    public static async Task<LoadResult> RunAsync(ServerUnderLoad server, RowProtocol protocol, IEnumerable<RowChunk> chunks, double seconds, CancellationToken ending)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, server.Port, ending);
        await using var stream = new NetworkStream(socket);
        await stream.WriteAsync(protocol.Head, ending);
        var sent = new ConcurrentQueue<(long Rows, long At)>();
        using var room = new SemaphoreSlim(0);
        var cpu = server.CpuSeconds;
        var watch = Stopwatch.StartNew();
        var answers = ReadAsync(stream, protocol, sent, room, ending);
        var rows = 0L;
        var inFlight = 0L;
        foreach (var chunk in chunks)
        {
            while (inFlight > 0 && inFlight + chunk.Rows > MostInFlight)
            {
                if (await Task.WhenAny(answers, room.WaitAsync(ending)) == answers)
                {
                    // It ended before its time: say why.
                    await answers;
                    throw new InvalidOperationException($"The stream ended after {rows} rows.");
                }

                inFlight -= chunk.Rows;
            }

            if (watch.Elapsed.TotalSeconds >= seconds)
            {
                break;
            }

            (rows, inFlight) = (rows + chunk.Rows, inFlight + chunk.Rows);
            sent.Enqueue((rows, Stopwatch.GetTimestamp()));
            await stream.WriteAsync(chunk.Bytes, ending);
        }

        await stream.WriteAsync(protocol.End, ending);
        if (protocol.End.Length == 0)
        {
            socket.Shutdown(SocketShutdown.Send);
        }

        var (answered, times) = await answers;
        var elapsed = watch.Elapsed.TotalSeconds;
        return answered == rows
            ? new LoadResult(rows, elapsed, server.CpuSeconds - cpu, [.. times.Order()])
            : throw new InvalidOperationException($"{rows} rows were sent and {answered} answered.");
    }

    private static async Task<(long Rows, List<double> Times)> ReadAsync(NetworkStream stream, RowProtocol protocol, ConcurrentQueue<(long Rows, long At)> sent, SemaphoreSlim room, CancellationToken ending)
    {
        using var reader = new StreamReader(protocol.Answers(stream), Encoding.UTF8, detectEncodingFromByteOrderMarks: false, 64 * 1024);
        var (rows, times) = (0L, new List<double>());
        while (await reader.ReadLineAsync(ending) is { } line)
        {
            if (!line.StartsWith(protocol.Learned, StringComparison.Ordinal))
            {
                throw new InvalidOperationException($"A row was not learned: {line}");
            }

            rows++;
            while (sent.TryPeek(out var chunk) && chunk.Rows <= rows)
            {
                sent.TryDequeue(out _);
                times.Add(Stopwatch.GetElapsedTime(chunk.At).TotalSeconds);
                room.Release();
            }
        }

        return (rows, times);
    }
}
