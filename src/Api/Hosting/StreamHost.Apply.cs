using LifelongApi.Contracts.Journal;
using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Problems;
using LifelongApi.Storage;

namespace LifelongApi.Api.Hosting;

/// <summary>The second half of the pipeline: apply what is committed, in order, and answer.</summary>
internal sealed partial class StreamHost
{
    /// <summary>
    /// Answers that callers are given at once, while the next are made: a stream that waits for each of them alone is woken, and sends, for each.
    /// </summary>
    private const int AnswersTogether = 256;

    private readonly List<(PendingEvent Pending, LearnResult Result)> _answered = [];

    private async Task ApplyAsync()
    {
        await foreach (var batch in _committed.Reader.ReadAllAsync())
        {
            if (!await TryApplyAsync(batch))
            {
                while (_committed.Reader.TryRead(out var rest))
                {
                    Fail(rest, 0);
                }

                return;
            }
        }
    }

    /// <summary>Applies a batch and answers. Where that fails the stream is stopped, and everybody is told.</summary>
    private async Task<bool> TryApplyAsync(List<BatchItem> batch)
    {
        IReadOnlyDictionary<long, ReadOnlyMemory<byte>>? firsts;
        try
        {
            firsts = await FindFirstOutcomesAsync(batch);
            await BringEntitiesAsync(batch);
        }
        catch (Exception reason)
        {
            Stop(reason);
            Fail(batch, 0);
            return false;
        }

        return TryApply(batch, firsts);
    }

    /// <summary>The same where everything that it needs is in memory.</summary>
    private bool TryApply(List<BatchItem> batch, IReadOnlyDictionary<long, ReadOnlyMemory<byte>>? firsts)
    {
        var next = 0;
        try
        {
            var began = _context.Time.GetTimestamp();
            ReadOnlyMemory<byte>[] learned = Leader.LooksAhead ? [.. batch.Where(IsLearned).Select(item => item.Event!.Payload)] : [];
            var done = 0;
            for (; next < batch.Count; next++)
            {
                if (learned.Length > done && IsLearned(batch[next]))
                {
                    Leader.Foresee(learned.AsSpan(done++));
                }

                Act(batch[next], firsts);
                if (_answered.Count == AnswersTogether)
                {
                    Acknowledge();
                }
            }

            Acknowledge();
            LeaderVersions.Spend(_context.Time.GetElapsedTime(began));
            return true;
        }
        catch (Exception reason)
        {
            // A programmer's error in the middle of an event: this state is not to be trusted any more, the store is.
            Stop(reason);
            Acknowledge();
            Fail(batch, next);
            return false;
        }
    }

    private void Fail(List<BatchItem> batch, int first)
    {
        for (var i = first; i < batch.Count; i++)
        {
            batch[i].Pending?.Fail(StoppedReason());
            batch[i].Barrier?.TrySetException(StoppedReason());
        }
    }

    /// <summary>
    /// Rows of the entities that a batch is about. What is committed is to be applied, so a store that is away is waited for; who waits for an answer is told, and finds a duplicate later.
    /// </summary>
    private async Task BringEntitiesAsync(List<BatchItem> batch)
    {
        List<HostedModel> models;
        lock (_followersLock)
        {
            models = [.. _followers.Where(follower => follower.IsCaughtUp).Select(follower => follower.Model).Prepend(Leader).Where(model => model.Spec.Entities is not null)];
        }

        foreach (var model in models)
        {
            var delay = FirstRetry;
            while (true)
            {
                try
                {
                    await model.BringAsync(batch.Select(item => item.Event).OfType<JournalEvent>(), _stop.Token);
                    break;
                }
                catch (StoreUnavailableException reason)
                {
                    batch.ForEach(item => item.Pending?.Fail(Away(reason)));
                    if (Volatile.Read(ref _isClosing))
                    {
                        throw;
                    }

                    await Task.Delay(delay, _context.Time, _stop.Token);
                    delay = TimeSpan.FromSeconds(Math.Min(delay.TotalSeconds * 2, _context.Options.StoreRetrySeconds));
                }
            }
        }
    }

    /// <summary>The outcomes of the first events of all duplicates in a batch that memory does not hold any more.</summary>
    private async Task<IReadOnlyDictionary<long, ReadOnlyMemory<byte>>?> FindFirstOutcomesAsync(List<BatchItem> batch)
    {
        List<long>? sequences = null;
        foreach (var item in batch)
        {
            if (item.FirstSequence is { } first && item.SamePayload && first <= AppliedSequence && Leader.Outcomes.Find(first) is null)
            {
                (sequences ??= []).Add(first);
            }
        }

        if (sequences is null)
        {
            return null;
        }

        try
        {
            return await _context.Store.Journal.FindOutcomesAsync(Leader.Record.Id, Leader.Ancestry.Numbers, sequences, CancellationToken.None);
        }
        catch (StoreUnavailableException)
        {
            // The answer is then position only, as for a first event whose outcome is not stored.
            return null;
        }
    }

    private static bool IsLearned(BatchItem item) => item.Event is { Kind: EventKind.Learned };

    private void Act(BatchItem item, IReadOnlyDictionary<long, ReadOnlyMemory<byte>>? firsts)
    {
        if (item.Barrier is { } barrier)
        {
            Acknowledge();
            barrier.TrySetResult();
        }
        else if (item.Refusal is { } refusal)
        {
            item.Pending?.Fail(refusal);
        }
        else if (item.FirstSequence is { } first)
        {
            AnswerDuplicate(item, first, firsts);
        }
        else if (item.Event is { } committed)
        {
            Answer(item.Pending, committed, ApplyToAll(committed));
        }
        else if (item.Pending is { } unchanged)
        {
            Complete(unchanged, new LearnResult { Status = LearnStatus.Observed, EventId = unchanged.Input.EventId, Position = Leader.WriterPosition.ToString(), Sequence = Leader.WriterPosition.Sequence });
        }
    }

    private void Complete(PendingEvent pending, LearnResult result) => _answered.Add((pending, result));

    /// <summary>Gives callers the answers that were made.</summary>
    private void Acknowledge()
    {
        foreach (var (pending, result) in _answered)
        {
            pending.Complete(result);
        }

        _answered.Clear();
    }

    private byte[] ApplyToAll(JournalEvent committed)
    {
        lock (_followersLock)
        {
            var outcome = Fold(Leader, committed, keepOutcome: IsJournalled);
            foreach (var follower in _followers)
            {
                if (follower.IsCaughtUp)
                {
                    TryFoldFollower(follower, committed);
                }
            }

            Interlocked.Exchange(ref _applied, committed.Sequence);

            // After the sequence is known as applied: who begins to listen in between reads this event from the journal.
            Publish(Leader, committed, outcome);
            return outcome;
        }
    }

    private void Publish(HostedModel model, JournalEvent committed, byte[] outcome)
    {
        if (Feed.IsHeard(model))
        {
            // Without a journal nobody else needs an id.
            var told = committed.EventId.Length > 0 ? committed : committed with { EventId = _admission.NewId() };
            Feed.Publish(new FeedItem(model, committed.Sequence, told, outcome, null));
        }
    }

    private byte[] Fold(HostedModel model, JournalEvent committed, bool keepOutcome)
    {
        var outcome = model.Apply(committed, Names.Hashes);
        var payload = OutcomeCodec.Encode(outcome, model.Labels, model.IsClassifier);
        if (keepOutcome)
        {
            model.Outcomes.Add(new Storage.Journal.OutcomeRow(model.Record.Id, model.WriterPosition.Lineage, committed.Sequence, payload), payload);
        }

        return payload;
    }

    private void Answer(PendingEvent? pending, JournalEvent committed, byte[] outcome)
    {
        if (pending is null)
        {
            return;
        }

        var (result, consolidated) = OutcomeCodec.Decode(outcome, Leader.PlasticProjections, Leader.Modulators);
        pending.Consolidated = consolidated;
        Complete(pending, result with
        {
            EventId = IsJournalled ? committed.EventId : pending.Input.EventId,
            Position = Leader.WriterPosition.ToString(),
            Sequence = committed.Sequence,
            Feedback = pending.Feedback,
            DurableSequence = Leader.Spec.Durability == Durability.Async ? committed.Sequence : null,
        });
    }

    private void AnswerDuplicate(BatchItem item, long first, IReadOnlyDictionary<long, ReadOnlyMemory<byte>>? firsts)
    {
        if (item.Pending is not { } pending)
        {
            return;
        }

        var id = pending.Input.EventId;
        if (!item.SamePayload)
        {
            pending.Fail(new ProblemException(409, ProblemTypes.EventIdReused, "Event id reused", $"Event id '{id}' was used at sequence {first} with another payload. Give a new event a new id."));
            return;
        }

        ReadOnlyMemory<byte> stored = Leader.Outcomes.Find(first);
        if (stored.IsEmpty && firsts is not null && firsts.TryGetValue(first, out var found))
        {
            stored = found;
        }

        var result = new LearnResult { Status = LearnStatus.Duplicate };
        if (!stored.IsEmpty)
        {
            (result, var consolidated) = OutcomeCodec.Decode(stored.Span, Leader.PlasticProjections, Leader.Modulators);
            pending.Consolidated = consolidated;
        }

        pending.Unchanged = true;
        Complete(pending, result with
        {
            Status = LearnStatus.Duplicate,
            EventId = id,
            Position = new Position(Leader.Ancestry.LineageOf(first), first).ToString(),
            Sequence = first,
            Feedback = pending.Feedback,
            DurableSequence = Leader.Spec.Durability == Durability.Async ? AppliedSequence : null,
        });
    }
}
