using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Net;
using System.Text;
using LifelongApi.Contracts.Models;
using LifelongApi.Kernels.Table;

namespace LifelongApi.Load;

/// <summary>Rows of NDJSON in and answers out on one connection, durable, with both cores for the server and its store.</summary>
internal static class StreamRows
{
    private const int Rows = 60_000;

    public static async IAsyncEnumerable<Row> All(LoadSession session)
    {
        foreach (var (provider, bar) in new[] { ("sqlite", 100_000), ("postgres", 60_000) })
        {
            var service = await session.StartAsync(provider, "0,1");
            await LoadSession.CreateAsync(service, "stream", Bodies.Small(Durability.Sync));
            var rounds = new LoadRounds();
            await RunAsync(service, id => null);
            for (var round = 0; round < session.RoundCount; round++)
            {
                var run = round;
                rounds.Add([await RunAsync(service, id => null), await RunAsync(service, n => string.Create(CultureInfo.InvariantCulture, $"file-{run}:{n}")), await RunAsync(service, _ => Guid.NewGuid().ToString())]);
            }

            foreach (var (at, ids) in new[] { (0, "ids of the service"), (1, "ids of row numbers"), (2, "random ids") })
            {
                yield return new Row
                {
                    Name = $"NDJSON stream, 8 features, durable, {provider}, {ids}",
                    OursPerS = rounds.Rate(at),
                    Reference = "bar",
                    ReferencePerS = bar,
                    Ratio = rounds.Rate(at) / bar,
                    Bar = at == 2 ? null : 1,
                };
            }
        }

        yield return new Row { Name = "raw float32 stream of 784", Reference = "in-process learn", Bar = 0.6, Missing = "streams take rows of JSON only (numbers or base64)" };
    }

    /// <summary>Sends rows as fast as they are taken and waits for every answer.</summary>
    private static async Task<double> RunAsync(ServerUnderLoad service, Func<int, string?> id)
    {
        var bodies = Bodies.Examples(8, isLabelled: true).Select(body => Encoding.UTF8.GetString(body)).ToArray();
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, service.Port);
        await using var stream = new NetworkStream(socket);
        await stream.WriteAsync("POST /v1/models/stream/stream HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n"u8.ToArray());
        var chunks = Chunks(bodies, id);
        var watch = Stopwatch.StartNew();
        var sending = SendAsync(stream, chunks);
        var (answers, errors) = (0, 0);
        var buffer = new byte[256 * 1024];
        var tail = Array.Empty<byte>();
        while (answers < Rows)
        {
            var count = await stream.ReadAsync(buffer);
            if (count == 0)
            {
                throw new InvalidOperationException($"The stream ended after {answers} answers.");
            }

            byte[] text = [.. tail, .. buffer.AsSpan(0, count)];
            var end = text.AsSpan().LastIndexOf((byte)'\n') + 1;
            answers += Count(text.AsSpan(0, end), "\"status\":"u8);
            errors += Count(text.AsSpan(0, end), "\"status\":\"error\""u8);
            tail = text[end..];
        }

        await sending;
        return errors == 0 ? Rows / watch.Elapsed.TotalSeconds : throw new InvalidOperationException($"{errors} rows were refused.");
    }

    private static int Count(ReadOnlySpan<byte> text, ReadOnlySpan<byte> part)
    {
        var count = 0;
        for (var at = text.IndexOf(part); at >= 0; at = text.IndexOf(part))
        {
            count++;
            text = text[(at + part.Length)..];
        }

        return count;
    }

    private static byte[][] Chunks(string[] bodies, Func<int, string?> id)
    {
        var chunks = new List<byte[]>();
        var text = new StringBuilder();
        for (var n = 0; n < Rows; n++)
        {
            var body = bodies[n % bodies.Length];
            text.Append(id(n) is { } given ? $$"""{"eventId":"{{given}}",{{body[1..]}}""" : body).Append('\n');
            if (text.Length > 60_000 || n == Rows - 1)
            {
                var bytes = Encoding.UTF8.GetBytes(text.ToString());
                chunks.Add([.. Encoding.ASCII.GetBytes(bytes.Length.ToString("x", CultureInfo.InvariantCulture)), .. "\r\n"u8, .. bytes, .. "\r\n"u8]);
                text.Clear();
            }
        }

        chunks.Add([.. "0\r\n\r\n"u8]);
        return [.. chunks];
    }

    private static async Task SendAsync(NetworkStream stream, byte[][] chunks)
    {
        foreach (var chunk in chunks)
        {
            await stream.WriteAsync(chunk);
        }
    }
}
