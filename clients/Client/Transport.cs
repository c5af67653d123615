using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace LifelongApi.Client;

/// <summary>When a request may be sent again.</summary>
internal enum Repeat
{
    /// <summary>After 429 and 503 only: both say that nothing was changed.</summary>
    WhenRefused,

    /// <summary>Also after a lost connection: a second arrival changes nothing.</summary>
    Always,
}

/// <summary>Requests, answers, problems and repetition over one <see cref="HttpClient"/>.</summary>
internal sealed class Transport(HttpClient http, LifelongClientOptions options)
{
    private static readonly MediaTypeHeaderValue Json = new("application/json");

    private volatile bool _speaksHttp2;

    internal LifelongClientOptions Options => options;

    internal Task<T> GetAsync<T>(string path, CancellationToken cancellationToken) =>
        SendAsync<T>(HttpMethod.Get, path, null, Repeat.Always, cancellationToken);

    internal Task<T> SendAsync<T>(HttpMethod method, string path, object? body, Repeat repeat, CancellationToken cancellationToken) =>
        SendJsonAsync<T>(method, path, body is null ? null : JsonSerializer.SerializeToUtf8Bytes(body, body.GetType(), ClientJson.Options), repeat, cancellationToken);

    /// <summary>A request without a body that the service takes once, however often it comes.</summary>
    internal Task<T> SendKeyedAsync<T>(HttpMethod method, string path, string idempotencyKey, CancellationToken cancellationToken) =>
        SendBytesAsync<T>(method, path, null, Json, Repeat.Always, cancellationToken, idempotencyKey);

    internal Task<T> SendJsonAsync<T>(HttpMethod method, string path, ReadOnlyMemory<byte>? body, Repeat repeat, CancellationToken cancellationToken) =>
        SendBytesAsync<T>(method, path, body, Json, repeat, cancellationToken);

    internal async Task<T> SendBytesAsync<T>(HttpMethod method, string path, ReadOnlyMemory<byte>? body, MediaTypeHeaderValue mediaType, Repeat repeat, CancellationToken cancellationToken, string? idempotencyKey = null)
    {
        var budget = new RetryBudget(options);
        while (true)
        {
            try
            {
                return await TryAsync<T>(method, path, body, mediaType, idempotencyKey, cancellationToken).ConfigureAwait(false);
            }
            catch (LifelongException failure) when (!_speaksHttp2 && failure.WantsHttp2)
            {
                // The address is that of cleartext HTTP/2, which a client has to know beforehand.
                _speaksHttp2 = true;
            }
            catch (LifelongException failure) when (failure.IsTransient || (failure.IsUnreachable && repeat == Repeat.Always))
            {
                await budget.WaitAsync(failure, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Copies the body of an answer. Not repeated: half of it may be written already.</summary>
    internal Task ReceiveAsync(string path, Stream target, CancellationToken cancellationToken) => StreamedAsync(HttpMethod.Get, path, null, async response =>
    {
        await response.Content.CopyToAsync(target, cancellationToken).ConfigureAwait(false);
        return true;
    }, cancellationToken);

    /// <summary>Sends a stream as a body. Not repeated: half of it may be read already.</summary>
    internal Task<T> UploadAsync<T>(string path, Stream source, MediaTypeHeaderValue type, CancellationToken cancellationToken)
    {
        var content = new StreamContent(source);
        content.Headers.ContentType = type;
        return StreamedAsync(HttpMethod.Post, path, content, async response =>
        {
            await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            return await JsonSerializer.DeserializeAsync<T>(stream, ClientJson.Options, cancellationToken).ConfigureAwait(false) ?? throw new JsonException($"{path} answered null.");
        }, cancellationToken);
    }

    internal HttpRequestMessage Request(HttpMethod method, Uri address, string path)
    {
        var request = new HttpRequestMessage(method, new Uri(address.AbsoluteUri.TrimEnd('/') + path));
        if (options.ApiKey is { } key)
        {
            request.Headers.TryAddWithoutValidation("X-Api-Key", key);
        }

        return request;
    }

    internal Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);

    internal static bool IsLost(Exception exception) => exception is HttpRequestException or IOException or HttpProtocolException;

    private async Task<T> StreamedAsync<T>(HttpMethod method, string path, HttpContent? content, Func<HttpResponseMessage, Task<T>> read, CancellationToken cancellationToken)
    {
        using var request = Request(method, options.Address, path);
        request.Content = content;
        try
        {
            using var response = await SendAsync(request, cancellationToken).ConfigureAwait(false);
            return response.IsSuccessStatusCode
                ? await read(response).ConfigureAwait(false)
                : throw await LifelongException.FromResponseAsync(response, options.Time.GetUtcNow(), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (IsLost(exception))
        {
            throw LifelongException.Unreachable(options.Address, exception);
        }
    }

    private async Task<T> TryAsync<T>(HttpMethod method, string path, ReadOnlyMemory<byte>? body, MediaTypeHeaderValue mediaType, string? idempotencyKey, CancellationToken cancellationToken)
    {
        using var request = Request(method, options.Address, path);
        if (_speaksHttp2)
        {
            request.Version = HttpVersion.Version20;
            request.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
        }

        if (idempotencyKey is not null)
        {
            request.Headers.Add("Idempotency-Key", idempotencyKey);
        }

        if (body is { } bytes)
        {
            request.Content = new ReadOnlyMemoryContent(bytes);
            request.Content.Headers.ContentType = mediaType;
        }

        using var timeout = new CancellationTokenSource(options.RequestTimeout, options.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            using var response = await SendAsync(request, either.Token).ConfigureAwait(false);
            if (!response.IsSuccessStatusCode)
            {
                throw await LifelongException.FromResponseAsync(response, options.Time.GetUtcNow(), either.Token).ConfigureAwait(false);
            }

            if (response.StatusCode == HttpStatusCode.NoContent || typeof(T) == typeof(Nothing))
            {
                return default!;
            }

            await using var stream = await response.Content.ReadAsStreamAsync(either.Token).ConfigureAwait(false);
            return await JsonSerializer.DeserializeAsync<T>(stream, ClientJson.Options, either.Token).ConfigureAwait(false)
                ?? throw new JsonException($"{request.RequestUri} answered null.");
        }
        catch (Exception exception) when (IsLost(exception) || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw LifelongException.Unreachable(options.Address, exception);
        }
    }
}

/// <summary>An answer without a body.</summary>
internal readonly struct Nothing;
