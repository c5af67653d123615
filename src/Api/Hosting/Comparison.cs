using System.Text;
using LifelongApi.Contracts.Journal;
using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Models;
using LifelongApi.Learning.Evaluation;
using LifelongApi.Learning.Features;
using LifelongApi.Storage.Journal;

namespace LifelongApi.Api.Hosting;

/// <summary>
/// A follower beside the leader: a fold of the outcomes of both, in order. Nothing of it is stored, because the outcomes are: after a restart the same numbers come out again.
/// </summary>
internal sealed class Comparison(HostingContext context, StreamRecord stream, HostedModel leader, HostedModel challenger) : IDisposable
{
    private const int Chunk = 512;
    private const double Alpha = 0.05;
    private readonly SemaphoreSlim _one = new(1, 1);
    private readonly PairedTest _test = new(Alpha);
    private readonly (int Leader, int Challenger) _lineages = (Newest(leader).Number, Newest(challenger).Number);
    private double _leaderLoss;
    private double _challengerLoss;

    /// <summary>Events after this sequence are compared: from where the challenger started, or the lead last changed.</summary>
    public long Since { get; } = SinceOf(challenger);

    /// <summary>Events up to this sequence were compared.</summary>
    public long Cursor { get; private set; } = SinceOf(challenger);

    /// <summary>Whether one of the two has gone back since: then the comparison is of events that are not theirs any more.</summary>
    public bool IsOver => _lineages != (Newest(leader).Number, Newest(challenger).Number);

    /// <summary>The newest lineage of a model.</summary>
    public static Storage.Models.LineageRecord Newest(HostedModel model) => model.Ancestry.Links[^1].Lineage;

    /// <summary>Whether the evidence for the challenger is enough.</summary>
    public bool IsBetter(double alpha, long minEvents) => _test.Count >= minEvents && _test.LogBetter >= -Math.Log(alpha);

    /// <summary>Takes in what both have folded.</summary>
    /// <param name="budget">Time after which it stops; the rest is taken in the next time.</param>
    /// <param name="cancellation">Stops it.</param>
    public async Task AdvanceAsync(TimeSpan budget, CancellationToken cancellation)
    {
        await _one.WaitAsync(cancellation);
        try
        {
            var began = context.Time.GetTimestamp();
            var until = Math.Min(leader.Position.Sequence, challenger.Position.Sequence);
            var leaderRanges = leader.Ancestry.Ranges(Cursor, until);
            var chunk = new List<JournalEvent>(Chunk);
            await foreach (var stored in context.Store.Journal.ReadAsync(stream.Id, challenger.Ancestry.Ranges(Cursor, until), cancellation))
            {
                if (stored.Kind is EventKind.Learned or EventKind.FedBack && leaderRanges.Any(range => stored.Sequence >= range.First && stored.Sequence <= range.Last))
                {
                    chunk.Add(stored);
                }

                if (chunk.Count == Chunk)
                {
                    await AddAsync(chunk, cancellation);
                    if (context.Time.GetElapsedTime(began) > budget)
                    {
                        return;
                    }
                }
            }

            await AddAsync(chunk, cancellation);
            Cursor = Math.Max(Cursor, until);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>The comparison as the wire shows it.</summary>
    public ComparisonInfo Describe()
    {
        var (low, high) = _test.Interval;
        var threshold = -Math.Log(Alpha);
        return new ComparisonInfo
        {
            Challenger = challenger.Record.Name,
            Leader = leader.Record.Name,
            Since = Since,
            Sequence = Cursor,
            Pending = Math.Max(0, leader.Position.Sequence - Cursor),
            Events = _test.Count,
            Measure = leader.IsClassifier ? "error" : "absoluteError",
            LeaderScore = _test.Count == 0 ? null : _leaderLoss / _test.Count,
            ChallengerScore = _test.Count == 0 ? null : _challengerLoss / _test.Count,
            Difference = _test.Mean,
            DifferenceLow = low,
            DifferenceHigh = high,
            EvidenceBetter = Evidence(_test.LogBetter),
            EvidenceWorse = Evidence(_test.LogWorse),
            Verdict = _test.LogBetter >= threshold ? "better" : _test.LogWorse >= threshold ? "worse" : "undecided",
        };
    }

    /// <inheritdoc/>
    public void Dispose() => _one.Dispose();

    // JSON has no infinity.
    private static double Evidence(double log) => Math.Min(Math.Exp(log), 1e300);

    private static long SinceOf(HostedModel challenger)
    {
        var changed = challenger.Ancestry.Links.LastOrDefault(link => link.Lineage.Cause is LineageCauses.Promoted or LineageCauses.Demoted or LineageCauses.RolledBack).Lineage;
        return (changed ?? challenger.Ancestry.Links[0].Lineage).StartSequence;
    }

    private async Task AddAsync(List<JournalEvent> chunk, CancellationToken cancellation)
    {
        if (chunk.Count == 0)
        {
            return;
        }

        var (ofLeader, ofChallenger) = (await OutcomesAsync(leader, chunk, cancellation), await OutcomesAsync(challenger, chunk, cancellation));
        foreach (var stored in chunk)
        {
            // An event that one of them skipped, or whose outcome a kill took, says nothing about the two.
            if (Answer(leader, ofLeader, stored.Sequence) is { } first && Answer(challenger, ofChallenger, stored.Sequence) is { } second && !stored.Payload.IsEmpty)
            {
                Add(PayloadReader.Read(stored.Payload.Span), first, second);
            }
        }

        Cursor = chunk[^1].Sequence;
        chunk.Clear();
    }

    private void Add(PayloadReader payload, LearnResult first, LearnResult second)
    {
        double a, b;
        if (leader.IsClassifier && payload.Target == TargetTag.Label)
        {
            var label = Encoding.UTF8.GetString(payload.Label);
            (a, b) = (first.Prediction?.Label == label ? 0 : 1, second.Prediction?.Label == label ? 0 : 1);
            _test.Add(a - b);
        }
        else if (!leader.IsClassifier && payload.Target == TargetTag.Values)
        {
            (a, b) = (Error(payload, first), Error(payload, second));
            _test.Add(a + b > 0 ? (a - b) / (a + b) : 0);
        }
        else
        {
            return;
        }

        _leaderLoss += a;
        _challengerLoss += b;
    }

    private static double Error(PayloadReader payload, LearnResult result)
    {
        var error = 0.0;
        var values = result.Prediction?.Values;
        for (var i = 0; i < payload.TargetCount; i++)
        {
            error += Math.Abs((i < values?.Count ? values[i] : 0) - payload.TargetValue(i));
        }

        return error / Math.Max(1, payload.TargetCount);
    }

    private static LearnResult? Answer(HostedModel model, IReadOnlyDictionary<long, ReadOnlyMemory<byte>> stored, long sequence)
    {
        ReadOnlyMemory<byte> outcome = model.Outcomes.Find(sequence);
        if (outcome.IsEmpty && stored.TryGetValue(sequence, out var kept))
        {
            outcome = kept;
        }

        return !outcome.IsEmpty && OutcomeCodec.Decode(outcome.Span, [], []).Result is { Status: LearnStatus.Learned } result ? result : null;
    }

    private Task<IReadOnlyDictionary<long, ReadOnlyMemory<byte>>> OutcomesAsync(HostedModel model, List<JournalEvent> chunk, CancellationToken cancellation) =>
        context.Store.Journal.FindOutcomesAsync(
            model.Record.Id, model.Ancestry.Numbers, [.. chunk.Select(stored => stored.Sequence).Where(sequence => model.Outcomes.Find(sequence) is null)], cancellation);
}

/// <summary>Why a lineage was opened when the lead of a stream changed.</summary>
internal static class LineageCauses
{
    /// <summary>It took the lead.</summary>
    public const string Promoted = "promoted";

    /// <summary>It lost the lead and follows.</summary>
    public const string Demoted = "demoted";

    /// <summary>It took the lead back.</summary>
    public const string RolledBack = "rolledBack";
}
