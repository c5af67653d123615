using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Threading.Channels;
using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Problems;

namespace LifelongApi.Client.Streaming;

/// <summary>
/// A stream of rows as one HTTP/2 request that is answered row by row while it runs. Rows without an answer are kept, and sent
/// again over the next connection when one is lost; their ids keep them from being learned twice.
/// </summary>
internal sealed class DuplexExchange(Transport transport, Uri address, string path, ChannelReader<byte[]> rows) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Queue<byte[]> _unanswered = new();
    private readonly SemaphoreSlim _window = new(transport.Options.BatchEvents);
    private int _connection;
    private bool _sourceEnded;

    public void Dispose() => _window.Dispose();

    internal async IAsyncEnumerable<LearnResult> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var results = Channel.CreateBounded<LearnResult>(new BoundedChannelOptions(transport.Options.BatchEvents) { SingleWriter = true, SingleReader = true });
        var pump = PumpAsync(results.Writer, stop.Token);
        try
        {
            await foreach (var result in results.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                yield return result;
            }
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await pump.ConfigureAwait(false);
        }
    }

    // Its failure travels through the results, behind the answers that came before it.
    private async Task PumpAsync(ChannelWriter<LearnResult> results, CancellationToken cancellationToken)
    {
        Exception? failure = null;
        try
        {
            var budget = new RetryBudget(transport.Options);
            while (!await ConnectAsync(results, budget, cancellationToken).ConfigureAwait(false))
            {
            }
        }
        catch (Exception exception)
        {
            failure = exception;
        }

        results.Complete(failure);
    }

    /// <summary>Runs one connection to its end.</summary>
    /// <returns>Whether every row is answered; false: try again.</returns>
    private async Task<bool> ConnectAsync(ChannelWriter<LearnResult> results, RetryBudget budget, CancellationToken cancellationToken)
    {
        using var close = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var connection = ++_connection;
        Task writing = Task.CompletedTask;
        LifelongException failure;
        try
        {
            using var request = transport.Request(HttpMethod.Post, address, path);
            request.Version = HttpVersion.Version20;
            request.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
            request.Content = new RowContent((stream, _) => writing = WriteAsync(stream, connection, close.Token));
            using var response = await transport.SendAsync(request, close.Token).ConfigureAwait(false);
            if (!response.IsSuccessStatusCode)
            {
                throw await LifelongException.FromResponseAsync(response, transport.Options.Time.GetUtcNow(), close.Token).ConfigureAwait(false);
            }

            await using var stream = await response.Content.ReadAsStreamAsync(close.Token).ConfigureAwait(false);
            await ReadAsync(new LineReader(stream), results, budget, close.Token).ConfigureAwait(false);
            await ThrowSourceFailureAsync().ConfigureAwait(false);
            lock (_gate)
            {
                if (_sourceEnded && _unanswered.Count == 0)
                {
                    return true;
                }
            }

            failure = LifelongException.Unreachable(address, new IOException("The service ended the stream before every row was answered."));
        }
        catch (LifelongException refusal) when (refusal.IsTransient)
        {
            failure = refusal;
        }
        catch (Exception exception) when (Transport.IsLost(exception))
        {
            await ThrowSourceFailureAsync().ConfigureAwait(false);
            failure = LifelongException.Unreachable(address, exception);
        }
        finally
        {
            await close.CancelAsync().ConfigureAwait(false);
            await writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await budget.WaitAsync(failure, cancellationToken).ConfigureAwait(false);
        return false;
    }

    // A request body that fails looks like a lost connection from the outside.
    private async Task ThrowSourceFailureAsync()
    {
        if (rows.Completion.IsFaulted || rows.Completion.IsCanceled)
        {
            await rows.Completion.ConfigureAwait(false);
        }
    }

    private async Task WriteAsync(Stream stream, int connection, CancellationToken cancellationToken)
    {
        byte[][] again;
        lock (_gate)
        {
            again = [.. _unanswered];
        }

        using var buffer = new MemoryStream();
        foreach (var row in again)
        {
            await AppendAsync(row).ConfigureAwait(false);
        }

        await FlushAsync().ConfigureAwait(false);
        while (await rows.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            while (true)
            {
                if (!_window.Wait(0, CancellationToken.None))
                {
                    await FlushAsync().ConfigureAwait(false);
                    await _window.WaitAsync(cancellationToken).ConfigureAwait(false);
                }

                if (Next(connection) is not { } row)
                {
                    _window.Release();
                    break;
                }

                await AppendAsync(row).ConfigureAwait(false);
            }

            await FlushAsync().ConfigureAwait(false);
        }

        lock (_gate)
        {
            _sourceEnded = true;
        }

        async Task AppendAsync(byte[] row)
        {
            buffer.Write(row);
            buffer.WriteByte((byte)'\n');
            if (buffer.Length >= 64 * 1024)
            {
                await FlushAsync().ConfigureAwait(false);
            }
        }

        async Task FlushAsync()
        {
            await stream.WriteAsync(buffer.GetBuffer().AsMemory(0, (int)buffer.Length), cancellationToken).ConfigureAwait(false);
            await stream.FlushAsync(cancellationToken).ConfigureAwait(false);
            buffer.SetLength(0);
        }
    }

    // A writer of a connection that is gone may still be under way: it must not take a row from its successor.
    private byte[]? Next(int connection)
    {
        lock (_gate)
        {
            if (connection != _connection || !rows.TryRead(out var row))
            {
                return null;
            }

            _unanswered.Enqueue(row);
            return row;
        }
    }

    private async Task ReadAsync(LineReader lines, ChannelWriter<LearnResult> results, RetryBudget budget, CancellationToken cancellationToken)
    {
        while (await lines.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (lines.Line.Length == 0)
            {
                continue;
            }

            var result = JsonSerializer.Deserialize<LearnResult>(lines.Line.Span, ClientJson.Options) ?? throw new JsonException("A row was answered with null.");
            if (result is { Status: LearnStatus.Rejected, Error: { } problem } && Refuses(problem))
            {
                // Not this row's fault: it and what follows come again.
                throw new LifelongException(problem with { Status = problem.Status ?? 503 });
            }

            lock (_gate)
            {
                if (!_unanswered.TryDequeue(out var answered))
                {
                    throw new InvalidDataException("The service answered more rows than were sent.");
                }
            }

            _window.Release();
            budget.Reset();
            await results.WriteAsync(result, cancellationToken).ConfigureAwait(false);
        }
    }

    private static bool Refuses(Problem problem) =>
        problem.Status is 429 or 503 || problem.Type is ProblemTypes.QueueFull or ProblemTypes.Unavailable or ProblemTypes.Fenced;
}
