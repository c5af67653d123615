using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using System.Threading.Channels;
using LifelongApi.Api.Configuration;
using LifelongApi.Api.Encoders;
using LifelongApi.Api.Hosting;
using LifelongApi.Api.Problems;
using LifelongApi.Api.Requests;
using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Problems;

namespace LifelongApi.Api.Learning;

/// <summary>
/// One running stream: a reader that cuts, checks and enqueues rows, and a writer that answers them in order. Between them a queue with room for so many rows,
/// so that a client that does not read its answers, or a stream that is behind, stops the reading.
/// </summary>
/// <param name="to">Who gets the rows.</param>
/// <param name="lease">The model that it is now; the exchange disposes it.</param>
/// <param name="isRaw">Whether rows are raw numbers; else they are JSON.</param>
/// <param name="encoding">What stands between a row and the model.</param>
/// <param name="actor">Who sends.</param>
/// <param name="options">Bounds.</param>
/// <param name="log">Where errors of the service go.</param>
internal sealed class RowExchange(Addressee to, ModelLease lease, bool isRaw, FeatureEncoding encoding, string? actor, ApiOptions options, ILogger<RowExchange> log) : IDisposable
{
    private const int FlushBytes = 32 * 1024;
    private readonly Channel<RowAnswer> _answers = Channel.CreateUnbounded<RowAnswer>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
    private readonly RowRoom _room = new(options.MaxRowsInFlight);

    private readonly EventReader _events = new();
    private InputShape _shape = InputShape.Of(lease.Spec);
    private byte[] _row = [];
    private long _rowNumber;

    /// <summary>Followers take no events.</summary>
    /// <exception cref="ProblemException">409.</exception>
    public void RequireLeader()
    {
        if (!lease.IsLeader)
        {
            throw ProblemException.Conflict($"'{lease.Name}' follows a stream; send events to the model that leads it.");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => lease.Dispose();

    /// <summary>Runs until the request's body ends, the caller leaves or the service stops.</summary>
    /// <exception cref="ProblemException">400: the model takes no raw rows. Nothing was answered yet.</exception>
    public async Task RunAsync(HttpContext context, CancellationToken stopping)
    {
        IRowCutter rows = isRaw ? new RawRowCutter(RawRow.LengthOf(_shape, options.MaxRowBytes)) : new RowSplitter(options.MaxRowBytes);
        context.Response.ContentType = MediaTypes.Rows;
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        var input = context.Request.BodyReader;

        // The first read makes Kestrel send "100 Continue", which a started response would suppress. After it the response starts at once,
        // because some clients send their first row only when they have seen the headers.
        var first = input.ReadAsync(ending.Token).AsTask();
        await context.Response.StartAsync(ending.Token);
        await context.Response.BodyWriter.FlushAsync(ending.Token);

        using var onStop = stopping.Register(input.CancelPendingRead);
        var writing = WriteAsync(context.Response.BodyWriter, ending);
        try
        {
            await ReadAsync(input, rows, first, ending.Token);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            // The caller is gone, or the writer failed and says why below.
        }
        finally
        {
            _answers.Writer.TryComplete();
            await writing;
        }
    }

    private async Task ReadAsync(PipeReader input, IRowCutter rows, Task<ReadResult> first, CancellationToken cancellation)
    {
        var pending = first;
        while (true)
        {
            ReadResult read;
            try
            {
                read = await pending;
            }
            catch (BadHttpRequestException error)
            {
                _events.Begin();
                await PutAsync(Rejected(error), cancellation);
                return;
            }

            var buffer = read.Buffer;
            while (rows.Next(ref buffer, read.IsCompleted, out var row) is var kind and not RowKind.None)
            {
                _rowNumber++;
                _events.Begin();
                await PutAsync(kind == RowKind.TooLarge ? Rejected(TooLarge()) : await EnqueueAsync(row, cancellation), cancellation);
            }

            input.AdvanceTo(buffer.Start, buffer.End);
            if (read.IsCompleted || read.IsCanceled)
            {
                return;
            }

            pending = input.ReadAsync(cancellation).AsTask();
        }
    }

    private ValueTask PutAsync(RowAnswer row, CancellationToken cancellation)
    {
        _answers.Writer.TryWrite(row);
        return _room.TakeAsync(cancellation);
    }

    private async ValueTask<RowAnswer> EnqueueAsync(ReadOnlySequence<byte> row, CancellationToken cancellation)
    {
        LearnInput input;
        try
        {
            input = isRaw
                ? _events.ReadRawRow(Contiguous(row), _shape, lease.Names, actor)
                : _events.ReadRow(Contiguous(row), _shape, lease.Names, actor);
        }
        catch (ProblemException error)
        {
            return Rejected(error);
        }

        try
        {
            input = await encoding.EncodeAsync(lease.Spec, input, cancellation);
            return new RowAnswer(await lease.EnqueueAsync(input, cancellation), input.EventId, _rowNumber);
        }
        catch (ProblemException refusal) when (refusal.IsForNext && !cancellation.IsCancellationRequested)
        {
            return await MoveAsync(cancellation) is { } failure ? Rejected(failure) : await EnqueueAsync(row, cancellation);
        }
        catch (Exception error) when (!cancellation.IsCancellationRequested)
        {
            return Rejected(error);
        }
    }

    /// <summary>Goes on with the stream as it opens next: another model took the lead.</summary>
    /// <returns>What stood in the way, or null.</returns>
    private async ValueTask<Exception?> MoveAsync(CancellationToken cancellation)
    {
        try
        {
            var next = await to.AcquireAsync(cancellation);
            lease.Dispose();
            lease = next;
            _shape = InputShape.Of(lease.Spec);
            return null;
        }
        catch (Exception reason) when (!cancellation.IsCancellationRequested)
        {
            return reason;
        }
    }

    /// <summary>The answer to a row, once it is learned or refused.</summary>
    private async ValueTask<LearnResult> AnswerAsync(RowAnswer row, CancellationToken cancellation)
    {
        try
        {
            return await row.Learning.WaitAsync(cancellation);
        }
        catch (Exception error) when (!cancellation.IsCancellationRequested)
        {
            return Rejection(error, row.EventId, row.Number);
        }
    }

    private RowAnswer Rejected(Exception error) => new(Task.FromResult(Rejection(error, _events.EventId, _rowNumber)), _events.EventId, _rowNumber);

    private LearnResult Rejection(Exception error, string? eventId, long row)
    {
        var (problem, retryAfter) = ProblemMapping.Of(error, traceId: null);
        if (problem.Status == StatusCodes.Status500InternalServerError)
        {
            log.LogError(error, "Row {Row} of a stream into {Model} failed", row, lease.Name);
        }

        var extensions = new Dictionary<string, object?> { ["row"] = row };
        if (retryAfter is { } wait)
        {
            extensions["retryAfterSeconds"] = wait.TotalSeconds;
        }

        return new LearnResult { Status = LearnStatus.Rejected, EventId = eventId, Error = problem with { Extensions = extensions } };
    }

    private ProblemException TooLarge() => new(
        StatusCodes.Status413PayloadTooLarge,
        ProblemTypes.TooLarge,
        "Too large",
        FormattableString.Invariant($"The row is longer than {options.MaxRowBytes} bytes and was passed over; the rows after it are read."));

    private ReadOnlySpan<byte> Contiguous(ReadOnlySequence<byte> row)
    {
        if (row.IsSingleSegment)
        {
            return row.FirstSpan;
        }

        if (_row.Length < row.Length)
        {
            _row = new byte[Math.Min(options.MaxRowBytes, Math.Max((int)row.Length, _row.Length * 2))];
        }

        row.CopyTo(_row);
        return _row.AsSpan(0, (int)row.Length);
    }

    // Answers leave in batches while more are ready, and at once when none is: a row sent by hand is answered by itself.
    private async Task WriteAsync(PipeWriter output, CancellationTokenSource ending)
    {
        var cancellation = ending.Token;
        try
        {
            var page = new ArrayBufferWriter<byte>(FlushBytes);
            await using var json = new Utf8JsonWriter(page, AnswerJson.Writer);
            while (await _answers.Reader.WaitToReadAsync(cancellation))
            {
                while (_answers.Reader.TryRead(out var row))
                {
                    if (page.WrittenCount >= FlushBytes || !row.Learning.IsCompleted)
                    {
                        await SendAsync(output, page, cancellation);
                    }

                    // Awaited here, in order, and not for each row as it is learned: that would be a turn in the thread pool for each.
                    var result = row.Learning.IsCompletedSuccessfully ? row.Learning.Result : await AnswerAsync(row, cancellation);
                    json.Reset();
                    LearnResultJson.Write(json, result);
                    json.Flush();
                    page.Write("\n"u8);
                    _room.Give();
                }

                await SendAsync(output, page, cancellation);
            }
        }
        catch (OperationCanceledException)
        {
            // The caller is gone; nobody reads the answers.
        }
        finally
        {
            // Frees a reader that waits for room.
            await ending.CancelAsync();
        }
    }

    private static async ValueTask SendAsync(PipeWriter output, ArrayBufferWriter<byte> page, CancellationToken cancellation)
    {
        if (page.WrittenCount > 0)
        {
            await output.WriteAsync(page.WrittenMemory, cancellation);
            page.ResetWrittenCount();
        }
    }

    /// <summary>A row on its way.</summary>
    private readonly record struct RowAnswer(Task<LearnResult> Learning, string? EventId, long Number);
}
