using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace LifelongApi.EndToEnd.Tests.Harness;

/// <summary>Cleartext HTTP/2 with prior knowledge, through the framework's client, which is duplex there.</summary>
internal sealed class Http2RowExchange : RowExchange
{
    private readonly HttpClient _client = new() { Timeout = Timeout.InfiniteTimeSpan };
    private readonly TaskCompletionSource<Stream> _body = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _completed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task<HttpResponseMessage> _response;
    private StreamReader? _reader;

    /// <summary>Opens the request.</summary>
    public Http2RowExchange(Uri server, string model)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(server, $"/v1/models/{model}/stream"))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new OpenContent(_body, _completed.Task),
        };
        _response = _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Stop);
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <inheritdoc/>
    public override async Task SendAsync(string row)
    {
        // A request that failed never opens its body.
        await await Task.WhenAny(_body.Task, FailedAsync());
        var body = await _body.Task;
        await body.WriteAsync(Encoding.UTF8.GetBytes(row + "\n"), Stop);
        await body.FlushAsync(Stop);
    }

    /// <inheritdoc/>
    public override Task CompleteAsync()
    {
        _completed.TrySetResult();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        _completed.TrySetResult();
        _client.CancelPendingRequests();
        await ((Task)_response).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_response.IsCompletedSuccessfully)
        {
            (await _response).Dispose();
        }

        _reader?.Dispose();
        _client.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task<string?> ReadLineAsync()
    {
        if (_reader is null)
        {
            var response = await _response;
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal(HttpVersion.Version20, response.Version);
            _reader = new StreamReader(await response.Content.ReadAsStreamAsync(Stop));
        }

        return await _reader.ReadLineAsync(Stop);
    }

    private async Task FailedAsync()
    {
        var response = await _response;
        if (!_body.Task.IsCompleted)
        {
            throw new HttpRequestException($"The stream was answered with {(int)response.StatusCode} before a row was sent.");
        }
    }

    private sealed class OpenContent : HttpContent
    {
        private readonly TaskCompletionSource<Stream> _body;
        private readonly Task _completed;

        public OpenContent(TaskCompletionSource<Stream> body, Task completed)
        {
            _body = body;
            _completed = completed;
            Headers.ContentType = new MediaTypeHeaderValue("application/x-ndjson");
        }

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            // Without this the header frames stay in the client until the first row.
            await stream.FlushAsync(Stop);
            _body.TrySetResult(stream);
            await _completed;
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
