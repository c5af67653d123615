using System.Buffers;
using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using LifelongApi.Cli.Rows;
using LifelongApi.Client;

namespace LifelongApi.Cli.Ingest;

/// <summary>Sends the rows of a file to a model in order and tallies what becomes of each. Every row is sent in every run: known ones are cheap.</summary>
internal sealed class IngestRun(LifelongClient client, string model, RowReader rows, RowIdentity identity, IngestTally tally)
{
    // A file that fits the model is not refused from its first row on.
    private const int HopelessErrors = 100;

    private readonly ConcurrentQueue<ExpectedRow> _expected = new();

    /// <summary>Sends rows until the file or the limit ends.</summary>
    /// <param name="firstIsRead">Whether the reader stands on the first row to send already.</param>
    /// <param name="limit">Most rows to send.</param>
    /// <param name="cancellationToken">Stops the run.</param>
    internal async Task RunAsync(bool firstIsRead, long limit, CancellationToken cancellationToken)
    {
        await foreach (var result in client.StreamJsonAsync(model, EventsAsync(firstIsRead, limit, cancellationToken), cancellationToken))
        {
            tally.Add(NextSent(), result);
            if (tally.Acknowledged == 0 && tally.Errors >= HopelessErrors)
            {
                throw new CliException($"The first {tally.Errors} rows were all refused; {tally.Messages[0]}");
            }
        }

        while (_expected.TryDequeue(out var row))
        {
            tally.AddError(row.Number, row.Error ?? throw new InvalidOperationException($"Row {row.Number} was not answered."));
        }
    }

    private ExpectedRow NextSent()
    {
        while (_expected.TryDequeue(out var row))
        {
            if (row.Error is null)
            {
                return row;
            }

            tally.AddError(row.Number, row.Error);
        }

        throw new InvalidOperationException("More rows were answered than sent.");
    }

    private async IAsyncEnumerable<ReadOnlyMemory<byte>> EventsAsync(bool firstIsRead, long limit, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var buffer = new ArrayBufferWriter<byte>(4096);
        for (var sent = 0L; sent < limit; sent++)
        {
            if (!(sent == 0 && firstIsRead) && !await rows.ReadAsync(cancellationToken))
            {
                yield break;
            }

            _expected.Enqueue(new ExpectedRow(rows.Number, rows.Label, rows.Target, Math.Max(rows.Fraction, (sent + 1.0) / limit), rows.Error));
            if (rows.Error is null)
            {
                buffer.ResetWrittenCount();
                rows.WriteEvent(buffer, identity.EventId(rows.Number));
                yield return buffer.WrittenMemory;
            }
        }
    }
}
