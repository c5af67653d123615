using System.Runtime.CompilerServices;
using System.Threading.Channels;
using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Problems;

namespace LifelongApi.Client.Streaming;

/// <summary>
/// A stream of rows as requests of bounded size, one at a time: what has piled up while one was under way is the next.
/// Two requests under way could overtake each other, and order is meaning.
/// </summary>
internal sealed class BatchedExchange(Transport transport, string path, ChannelReader<byte[]> rows)
{
    private const string FirstEvent = "events[0].";

    internal async IAsyncEnumerable<LearnResult> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task<List<LearnResult>>? underWay = null;
        try
        {
            while (true)
            {
                if (underWay is null)
                {
                    if (!await rows.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
                    {
                        yield break;
                    }

                    underWay = SendAsync(Take(), stop.Token);
                }

                var results = await underWay.ConfigureAwait(false);

                // The service works on the next batch while the caller looks at this one.
                var next = Take();
                underWay = next.Length > 0 ? SendAsync(next, stop.Token) : null;
                foreach (var result in results)
                {
                    yield return result;
                }
            }
        }
        finally
        {
            // Only where the caller stopped early: nobody is left to whom its outcome could be told.
            if (underWay is not null)
            {
                await stop.CancelAsync().ConfigureAwait(false);
                await ((Task)underWay).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private byte[][] Take()
    {
        var taken = new List<byte[]>();
        var size = 0L;
        while (taken.Count < transport.Options.BatchEvents
            && rows.TryPeek(out var next)
            && (taken.Count == 0 || size + next.Length < transport.Options.BatchBytes)
            && rows.TryRead(out next))
        {
            taken.Add(next);
            size += next.Length + 1;
        }

        return [.. taken];
    }

    private async Task<List<LearnResult>> SendAsync(byte[][] batch, CancellationToken cancellationToken)
    {
        var results = new List<LearnResult>(batch.Length);
        await SendAsync(batch, results, cancellationToken).ConfigureAwait(false);
        return results;
    }

    // A batch is refused as a whole for one bad row: halves in order find the row, and the rest is learned.
    private async Task SendAsync(ReadOnlyMemory<byte[]> batch, List<LearnResult> results, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await transport.SendJsonAsync<LearnBatchResponse>(HttpMethod.Post, path, Body(batch.Span), Repeat.Always, cancellationToken).ConfigureAwait(false);
            if (answer.Results.Count != batch.Length)
            {
                throw new InvalidDataException($"The service answered {answer.Results.Count} results for {batch.Length} events.");
            }

            results.AddRange(answer.Results);
        }
        catch (LifelongException refusal) when (refusal.BlamesRow)
        {
            if (batch.Length == 1)
            {
                results.Add(new LearnResult { Status = LearnStatus.Rejected, Reason = refusal.Message, Error = OfRow(refusal.Problem) });
                return;
            }

            var half = batch.Length / 2;
            await SendAsync(batch[..half], results, cancellationToken).ConfigureAwait(false);
            await SendAsync(batch[half..], results, cancellationToken).ConfigureAwait(false);
        }
    }

    // How rows travel is no business of the caller's: the field is that of the row.
    private static Problem OfRow(Problem problem) => problem with
    {
        Detail = problem.Detail?.Replace(FirstEvent, "", StringComparison.Ordinal),
        Errors = problem.Errors?.ToDictionary(error => error.Key.Replace(FirstEvent, "", StringComparison.Ordinal), error => error.Value),
    };

    private static byte[] Body(ReadOnlySpan<byte[]> batch)
    {
        var open = "{\"events\":["u8;
        var size = open.Length + batch.Length + 1;
        foreach (var row in batch)
        {
            size += row.Length;
        }

        var body = new byte[size];
        open.CopyTo(body);
        var at = open.Length;
        foreach (var row in batch)
        {
            row.CopyTo(body.AsSpan(at));
            at += row.Length;
            body[at++] = (byte)',';
        }

        body[at - 1] = (byte)']';
        body[at] = (byte)'}';
        return body;
    }
}
