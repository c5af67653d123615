using System.Buffers;
using System.Text.Json;
using LifelongApi.Api.Hosting;
using LifelongApi.Contracts;
using LifelongApi.Contracts.Problems;

namespace LifelongApi.Api.Requests;

/// <summary>A whole request body in pooled memory.</summary>
internal sealed class RequestBody : IDisposable
{
    private static readonly byte[] ByteOrderMark = [0xEF, 0xBB, 0xBF];
    private byte[] _bytes = [];
    private int _length;
    private bool _isFilled;

    /// <summary>The bytes, without a byte order mark. Valid until disposed.</summary>
    public ReadOnlySpan<byte> Span
    {
        get
        {
            var span = _bytes.AsSpan(0, _length);
            return span.StartsWith(ByteOrderMark) ? span[ByteOrderMark.Length..] : span;
        }
    }

    /// <summary>Whether there are no bytes.</summary>
    public bool IsEmpty => _length == 0;

    /// <summary>Reads a body.</summary>
    /// <exception cref="ProblemException">413 where it is larger than <paramref name="limit"/> bytes.</exception>
    public static async ValueTask<RequestBody> ReadAsync(HttpContext context, long limit)
    {
        var body = new RequestBody();
        try
        {
            await body.FillAsync(context, limit);
            return body;
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    /// <summary>Reads the body of a request, once: asked again it has it already.</summary>
    /// <exception cref="ProblemException">413 where it is larger than <paramref name="limit"/> bytes.</exception>
    public async ValueTask FillAsync(HttpContext context, long limit)
    {
        if (_isFilled)
        {
            return;
        }

        if (context.Request.ContentLength > limit)
        {
            throw TooLarge(limit);
        }

        Grow((int)(context.Request.ContentLength ?? 4096));
        var reader = context.Request.BodyReader;
        while (!_isFilled)
        {
            var result = await reader.ReadAsync(context.RequestAborted);
            if (_length + result.Buffer.Length > limit)
            {
                throw TooLarge(limit);
            }

            Append(result.Buffer);
            reader.AdvanceTo(result.Buffer.End);
            _isFilled = result.IsCompleted;
        }
    }

    /// <summary>Reads a body in the dialect of the contracts.</summary>
    /// <exception cref="ProblemException">400 that names the field and the fix; 413; 415.</exception>
    public static async ValueTask<T> ReadJsonAsync<T>(HttpContext context, long limit)
        where T : class =>
        await TryReadJsonAsync<T>(context, limit) ?? throw ProblemException.Invalid("body", "is missing; send a JSON object.");

    /// <summary>As <see cref="ReadJsonAsync{T}"/>, but null for an empty body.</summary>
    public static async ValueTask<T?> TryReadJsonAsync<T>(HttpContext context, long limit)
        where T : class
    {
        using var body = await ReadAsync(context, limit);
        if (body.IsEmpty)
        {
            return null;
        }

        MediaTypes.RequireJson(context);
        try
        {
            return JsonSerializer.Deserialize<T>(body.Span, ContractJson.Options);
        }
        catch (Exception error) when (error is JsonException or NotSupportedException)
        {
            throw ContractMistakes.From(error);
        }
    }

    /// <summary>The problem of a body that is too large.</summary>
    public static ProblemException TooLarge(long limit) => new(
        StatusCodes.Status413PayloadTooLarge,
        ProblemTypes.TooLarge,
        "Too large",
        FormattableString.Invariant($"The body is larger than {limit} bytes; send it in parts, or through …/stream, which has no limit but one per row."));

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_bytes);
        }

        _bytes = [];
        _length = 0;
    }

    private void Append(ReadOnlySequence<byte> bytes)
    {
        var needed = _length + (int)bytes.Length;
        if (_bytes.Length < needed)
        {
            Grow(Math.Max(needed, _bytes.Length * 2));
        }

        bytes.CopyTo(_bytes.AsSpan(_length));
        _length = needed;
    }

    private void Grow(int capacity)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(capacity, 1));
        _bytes.AsSpan(0, _length).CopyTo(larger);
        if (_bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_bytes);
        }

        _bytes = larger;
    }
}
