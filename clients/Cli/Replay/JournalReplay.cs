using System.Runtime.CompilerServices;
using LifelongApi.Client;
using LifelongApi.Contracts.Admin;
using LifelongApi.Contracts.Journal;
using LifelongApi.Contracts.Learning;

namespace LifelongApi.Cli.Replay;

/// <summary>
/// Sends journalled examples to another model in order. Tasks begin with the first row that names them; the end of a task that no other follows lies between two rows,
/// so there one stream ends, the boundary is sent by the id that it had, and the next stream begins.
/// </summary>
internal sealed class JournalReplay(LifelongClient client, IAsyncEnumerator<HistoryEvent> journal, string target, string stream)
{
    private HistoryEvent? _ended;
    private HistoryEvent? _held;
    private bool _isOver;

    /// <summary>What became of the events.</summary>
    internal ReplayTally Tally { get; } = new();

    /// <summary>Sends everything.</summary>
    /// <exception cref="CliException">An event cannot be replayed, or was refused.</exception>
    internal async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!_isOver)
        {
            await foreach (var result in client.StreamJsonAsync(target, RowsAsync(cancellationToken), cancellationToken))
            {
                Tally.Add(result);
            }

            if (_ended is { } end)
            {
                await client.EndTaskAsync(stream, end.Task!, end.EventId, cancellationToken);
                _ended = null;
            }
        }
    }

    private async IAsyncEnumerable<ReadOnlyMemory<byte>> RowsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (await NextAsync(cancellationToken) is { } happened)
        {
            if (happened.Kind == EventKind.TaskEnded)
            {
                _ended = IsGiven(happened) ? happened : null;
                continue;
            }

            if (_ended is not null && happened.Task is null)
            {
                _held = happened;
                yield break;
            }

            _ended = null;
            if (JournalRows.Of(happened) is { } row)
            {
                yield return row;
            }
            else
            {
                Tally.Erased++;
            }
        }

        _isOver = true;
    }

    private async Task<HistoryEvent?> NextAsync(CancellationToken cancellationToken)
    {
        if (_held is { } held)
        {
            _held = null;
            return held;
        }

        while (await journal.MoveNextAsync())
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (journal.Current.Kind == EventKind.TaskEnded || JournalRows.IsExample(journal.Current))
            {
                return journal.Current;
            }
        }

        return null;
    }

    // What the source found out by itself, the target finds out by itself.
    private static bool IsGiven(HistoryEvent end) => end.Task is not null && end.Payload is { } payload && payload.TryGetProperty("cause", out var cause) && cause.GetString() == "given";
}

/// <summary>What became of replayed events.</summary>
internal sealed class ReplayTally
{
    /// <summary>Learned, observed or remembered now.</summary>
    public long Taken { get; private set; }

    /// <summary>Taken by an earlier run.</summary>
    public long Duplicates { get; private set; }

    /// <summary>Journalled, but held back by the model's guards.</summary>
    public long Skipped { get; private set; }

    /// <summary>Left out, because their payload was erased.</summary>
    public long Erased { get; set; }

    /// <summary>Counts an answer.</summary>
    /// <exception cref="CliException">It is a refusal: the events after it would be learned without it.</exception>
    internal void Add(LearnResult result)
    {
        switch (result.Status)
        {
            case LearnStatus.Rejected: throw new CliException($"Event '{result.EventId}' was refused: {result.Error?.Detail ?? result.Reason}");
            case LearnStatus.Duplicate: Duplicates++; break;
            case LearnStatus.Skipped: Skipped++; break;
            default: Taken++; break;
        }
    }
}
