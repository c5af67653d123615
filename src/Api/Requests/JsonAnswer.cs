using System.Buffers;
using System.Text.Json;
using Microsoft.Extensions.ObjectPool;

namespace LifelongApi.Api.Requests;

/// <summary>The JSON of an answer in memory that is used again, so that it is sent whole and with its length.</summary>
internal sealed class JsonAnswer : IResettable, IDisposable
{
    private const int MostKeptBytes = 256 * 1024;
    private readonly ArrayBufferWriter<byte> _output = new(1024);

    /// <summary>Creates an empty one.</summary>
    public JsonAnswer() => Json = new Utf8JsonWriter(_output, AnswerJson.Writer);

    /// <summary>Writes it.</summary>
    public Utf8JsonWriter Json { get; }

    /// <summary>Sends what was written.</summary>
    /// <param name="context">The request.</param>
    /// <param name="mediaType">Media type of the answer.</param>
    public Task SendAsync(HttpContext context, string mediaType)
    {
        Json.Flush();
        context.Response.ContentType = mediaType;
        context.Response.ContentLength = _output.WrittenCount;
        return context.Response.Body.WriteAsync(_output.WrittenMemory, context.RequestAborted).AsTask();
    }

    /// <inheritdoc/>
    public bool TryReset()
    {
        _output.ResetWrittenCount();
        Json.Reset();
        return _output.Capacity <= MostKeptBytes;
    }

    /// <inheritdoc/>
    public void Dispose() => Json.Dispose();
}
