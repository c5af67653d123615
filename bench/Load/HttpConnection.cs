using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace LifelongApi.Load;

/// <summary>One keep-alive connection that sends requests as bytes and reads one answer at a time: a driver that costs little beside the server.</summary>
internal sealed class HttpConnection : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _buffer = new byte[64 * 1024];

    public static async Task<HttpConnection> OpenAsync(int port)
    {
        var connection = new HttpConnection();
        await connection._socket.ConnectAsync(IPAddress.Loopback, port);
        return connection;
    }

    /// <summary>A request as it goes over the wire.</summary>
    public static byte[] Post(string path, string type, ReadOnlySpan<byte> body) =>
        [.. Encoding.ASCII.GetBytes($"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {type}\r\nContent-Length: {body.Length}\r\n\r\n"), .. body];

    /// <summary>Sends a request and reads its answer.</summary>
    /// <param name="request">From <see cref="Post"/>.</param>
    /// <param name="ending">Ends the waiting.</param>
    /// <exception cref="InvalidOperationException">The answer is not 200.</exception>
    public async Task ExchangeAsync(ReadOnlyMemory<byte> request, CancellationToken ending)
    {
        while (request.Length > 0)
        {
            request = request[await _socket.SendAsync(request, ending)..];
        }

        var filled = 0;
        while (!IsWhole(filled))
        {
            if (filled == _buffer.Length)
            {
                throw new InvalidOperationException("The answer is larger than the driver reads.");
            }

            var count = await _socket.ReceiveAsync(_buffer.AsMemory(filled), ending);
            filled = count > 0 ? filled + count : throw new InvalidOperationException($"The connection ended: {Encoding.UTF8.GetString(_buffer, 0, filled)}");
        }

        if (!_buffer.AsSpan(0, filled).StartsWith("HTTP/1.1 200"u8))
        {
            throw new InvalidOperationException(Encoding.UTF8.GetString(_buffer, 0, filled));
        }
    }

    public void Dispose() => _socket.Dispose();

    private bool IsWhole(int filled)
    {
        var answer = _buffer.AsSpan(0, filled);
        var end = answer.IndexOf("\r\n\r\n"u8);
        if (end < 0)
        {
            return false;
        }

        return LengthIn(answer[..end]) is { } length ? filled == end + 4 + length : answer.EndsWith("0\r\n\r\n"u8);
    }

    /// <summary>The length that a head names, however a server spells the name.</summary>
    private static int? LengthIn(ReadOnlySpan<byte> head)
    {
        var name = "Content-Length: "u8;
        foreach (var range in head.Split("\r\n"u8))
        {
            var line = head[range];
            if (line.Length > name.Length && Ascii.EqualsIgnoreCase(line[..name.Length], name) && Utf8Parser.TryParse(line[name.Length..], out int length, out _))
            {
                return length;
            }
        }

        return null;
    }
}
