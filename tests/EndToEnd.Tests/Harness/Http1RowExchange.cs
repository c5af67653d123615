using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace LifelongApi.EndToEnd.Tests.Harness;

/// <summary>HTTP/1.1 by hand over a socket: chunks out while chunks come in, which no HTTP client library does.</summary>
internal sealed class Http1RowExchange : RowExchange
{
    private readonly TcpClient _client;
    private readonly NetworkStream _stream;
    private readonly BufferedStream _input;
    private readonly MemoryStream _line = new();
    private int _chunkLeft;
    private bool _headerRead;
    private bool _ended;

    private Http1RowExchange(TcpClient client)
    {
        _client = client;
        _stream = client.GetStream();
        _input = new BufferedStream(_stream, 64 * 1024);
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>Opens the request.</summary>
    public static Task<Http1RowExchange> OpenAsync(Uri server, string model) => OpenPathAsync(server, $"/v1/models/{model}/stream");

    /// <summary>Opens the request to a path.</summary>
    public static async Task<Http1RowExchange> OpenPathAsync(Uri server, string path)
    {
        var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync(server.Host, server.Port, Stop);
        var exchange = new Http1RowExchange(client);
        await exchange.WriteAsync(
            $"POST {path} HTTP/1.1\r\nHost: {server.Authority}\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n");
        return exchange;
    }

    /// <inheritdoc/>
    public override Task SendAsync(string row)
    {
        var size = Encoding.UTF8.GetByteCount(row) + 1;
        return WriteAsync(string.Create(CultureInfo.InvariantCulture, $"{size:x}\r\n{row}\n\r\n"));
    }

    /// <inheritdoc/>
    public override Task CompleteAsync() => WriteAsync("0\r\n\r\n");

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await _input.DisposeAsync();
        _client.Dispose();
        await _line.DisposeAsync();
    }

    /// <inheritdoc/>
    protected override async Task<string?> ReadLineAsync()
    {
        if (!_headerRead)
        {
            await ReadHeaderAsync();
        }

        _line.SetLength(0);
        while (await ReadBodyByteAsync() is >= 0 and var next)
        {
            if (next == '\n')
            {
                return Text();
            }

            _line.WriteByte((byte)next);
        }

        return _line.Length == 0 ? null : Text();
    }

    private string Text() => Encoding.UTF8.GetString(_line.GetBuffer(), 0, (int)_line.Length);

    private Task WriteAsync(string text) => _stream.WriteAsync(Encoding.UTF8.GetBytes(text), Stop).AsTask();

    private async Task ReadHeaderAsync()
    {
        _headerRead = true;
        var status = await ReadHeaderLineAsync();
        var chunked = false;
        while (await ReadHeaderLineAsync() is { Length: > 0 } header)
        {
            chunked |= header.Equals("Transfer-Encoding: chunked", StringComparison.OrdinalIgnoreCase);
        }

        Assert.True(status.StartsWith("HTTP/1.1 200", StringComparison.Ordinal) && chunked, $"The stream was answered with {status}.");
    }

    private async Task<string> ReadHeaderLineAsync()
    {
        var text = new StringBuilder();
        while (true)
        {
            var next = await ReadByteAsync();
            if (next < 0)
            {
                throw new EndOfStreamException("The connection ended within a header.");
            }

            if (next == '\n')
            {
                return text.ToString().TrimEnd('\r');
            }

            text.Append((char)next);
        }
    }

    private async Task<int> ReadBodyByteAsync()
    {
        if (_ended)
        {
            return -1;
        }

        if (_chunkLeft == 0)
        {
            _chunkLeft = int.Parse(await ReadHeaderLineAsync(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            if (_chunkLeft == 0)
            {
                await ReadHeaderLineAsync();
                _ended = true;
                return -1;
            }
        }

        var value = await ReadByteAsync();
        if (--_chunkLeft == 0)
        {
            await ReadHeaderLineAsync();
        }

        return value;
    }

    private async Task<int> ReadByteAsync()
    {
        var one = new byte[1];
        return await _input.ReadAsync(one.AsMemory(), Stop) == 0 ? -1 : one[0];
    }
}
