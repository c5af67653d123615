using System.Net;
using System.Net.Http.Headers;

namespace LifelongApi.Client.Streaming;

/// <summary>A request body that is written while the answer is read. HTTP/2 only.</summary>
internal sealed class RowContent : HttpContent
{
    private readonly Func<Stream, CancellationToken, Task> _write;

    internal RowContent(Func<Stream, CancellationToken, Task> write)
    {
        _write = write;
        Headers.ContentType = new MediaTypeHeaderValue("application/x-ndjson");
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        // The request's headers may wait for its body: send them now, so that a refusal comes before the first row is there.
        await stream.FlushAsync(cancellationToken);
        await _write(stream, cancellationToken);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
