using LifelongApi.Contracts.Journal;
using LifelongApi.Storage;
using LifelongApi.Storage.Journal;

namespace LifelongApi.Api.Hosting;

/// <summary>The first half of the pipeline: collect, put in order, commit.</summary>
internal sealed partial class StreamHost
{
    private const int TailChunk = 1024;

    /// <summary>Fewer that wait are not divided: each commit costs a store as much as some tens of rows.</summary>
    private const int DividedFrom = 32;

    // Items of the last commit, and the most that have waited and just been answered at once.
    private int _lastCount;
    private int _mostAtOnce;

    /// <summary>Writes outcomes that no append has taken along.</summary>
    public async Task FlushOutcomesAsync(CancellationToken cancellation)
    {
        if (!IsJournalled || IsAway || IsStopped || !Models().Any(model => model.Outcomes.HasUnwritten))
        {
            return;
        }

        await AppendAsync([], cancellation);
    }

    /// <summary>Stores the names of features that a version refers to, where no event takes them along.</summary>
    private Task StoreNamesAsync(CancellationToken cancellation) =>
        IsJournalled || Names.TakeUnstored().Count == 0 ? Task.CompletedTask : AppendAsync([], cancellation, alwaysNames: true);

    private TimeSpan FirstRetry => TimeSpan.FromSeconds(Math.Min(0.1, _context.Options.StoreRetrySeconds));

    private async Task JournalAsync()
    {
        var work = new List<PendingWork>();
        try
        {
            while (true)
            {
                await ArriveAsync();
                await _turn.WaitAsync(_stop.Token);
                try
                {
                    work.Clear();
                    _queue.Take(work, MostOfBatch(), _context.Options.BatchByteCount);
                    if (work is [ExclusiveWork exclusive])
                    {
                        await RunAsync(exclusive);
                    }

                    while (work.Count > 0 && work[0] is PendingEvent)
                    {
                        await CommitAsync(work);
                    }
                }
                finally
                {
                    _turn.Release();
                }
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            work.ForEach(item => item.Fail(IsStopped ? StoppedReason() : Closing(isForNext: false)));
        }
        catch (Exception reason)
        {
            Stop(reason);
            work.ForEach(item => item.Fail(StoppedReason()));
        }
    }

    /// <summary>Waits until something is there. Callers of one batch are answered together, so the first to come back does not come alone: requests that are there by then are read before it is taken.</summary>
    private async Task ArriveAsync()
    {
        var arrival = _queue.WaitAsync(_stop.Token);
        var isEmpty = !arrival.IsCompleted;
        await arrival;
        if (isEmpty && _lastCount > 1)
        {
            await Task.Yield();
        }
    }

    /// <summary>
    /// How many events the next commit takes at most. Callers who send again when they are answered tend to end up in one commit, and then they and the store wait for each other in turns.
    /// Where more wait than were just answered, but both together are no more than there were before, half of both is taken: one group is committed while the other is answered.
    /// </summary>
    private int MostOfBatch()
    {
        var most = _bounds ? Math.Min(_context.Options.BatchEventCount, Admission.DriftBlock) : _context.Options.BatchEventCount;
        var waiting = _queue.Count;
        var atOnce = waiting + _lastCount;
        var comeBack = IsJournalled && atOnce <= _mostAtOnce;
        _mostAtOnce = Math.Max(_mostAtOnce, atOnce);
        return comeBack && waiting >= DividedFrom && waiting > _lastCount ? Math.Min(most, (atOnce + 1) / 2) : most;
    }

    private async Task RunAsync(ExclusiveWork exclusive)
    {
        await BarrierAsync();
        var failure = await exclusive.RunAsync(_stop.Token);
        if (failure is FencedException or StoreUnavailableException)
        {
            // Whether it was committed is unknown: opening the stream anew finds out.
            Stop(failure);
        }
    }

    /// <summary>Commits what waits, or, where drift becomes boundaries or populations grow, what lies before the end of a block. What is done is taken off the list.</summary>
    private async Task CommitAsync(List<PendingWork> work)
    {
        if (_bounds && _admission.NeedsState)
        {
            // Nothing waits in the pipeline after this, so the leader's state may be looked at.
            await BarrierAsync();
            LearnWaiting();
        }

        List<BatchItem> items;
        int taken;
        try
        {
            (items, taken) = await OrderAsync(work);
            if (IsJournalled)
            {
                items = await WriteAsync(items);
            }
        }
        catch (StoreUnavailableException reason)
        {
            BeginAway(reason);
            work.ForEach(item => item.Fail(Away(reason)));
            work.Clear();
            await ReturnAsync();
            return;
        }
        catch (FencedException reason)
        {
            Stop(reason);
            work.ForEach(item => item.Fail(StoppedReason()));
            work.Clear();
            return;
        }

        if (IsJournalled)
        {
            _lastCount = items.Count;
            await _committed.Writer.WriteAsync(items, _stop.Token);
        }
        else if (!await TryApplyAsync(items))
        {
            work.ForEach(item => item.Fail(StoppedReason()));
            work.Clear();
            return;
        }

        work.RemoveRange(0, taken);
    }

    private void LearnWaiting() => _admission.LearnWaiting(Leader.WriterModel.WaitingDrift, Leader.WriterModel.WaitingGrowth);

    /// <summary>Admits a batch. Events that are in the journal already are not admitted, so they cause no boundary, no growth and no gap.</summary>
    /// <returns>What became of the work in order, and how much of it was taken.</returns>
    private async Task<(List<BatchItem> Items, int Taken)> OrderAsync(List<PendingWork> work)
    {
        var known = await FindKnownAsync(work);
        var feedback = await FindEarlierAsync(work);
        var inBatch = new Dictionary<string, (PendingEvent First, long Sequence)>(StringComparer.Ordinal);
        var items = new List<BatchItem>(work.Count);
        var taken = 0;
        for (; taken < work.Count && !(_bounds && _admission.NeedsState); taken++)
        {
            var pending = (PendingEvent)work[taken];
            var id = IsJournalled ? pending.Input.EventId : null;
            if (known.TryGetValue(pending, out var duplicate))
            {
                items.Add(new BatchItem { Pending = pending, FirstSequence = duplicate.FirstSequence, SamePayload = duplicate.SamePayload });
            }
            else if (id is not null && inBatch.TryGetValue(id, out var earlier))
            {
                items.Add(new BatchItem { Pending = pending, FirstSequence = earlier.Sequence, SamePayload = SaysTheSame(earlier.First, pending) });
            }
            else if (pending.Kind == EventKind.FedBack && feedback!.Resolve(pending) is { } answer)
            {
                items.Add(answer);
            }
            else
            {
                _admission.Admit(pending, items);
                if (items[^1].Event is { } admitted)
                {
                    feedback?.Note(admitted);
                    if (id is not null)
                    {
                        inBatch.Add(id, (pending, admitted.Sequence));
                    }
                }
            }
        }

        return (items, taken);
    }

    private async Task<Dictionary<PendingEvent, DuplicateEvent>> FindKnownAsync(List<PendingWork> work)
    {
        var known = new Dictionary<PendingEvent, DuplicateEvent>();
        if (!IsJournalled)
        {
            return known;
        }

        var given = work.Cast<PendingEvent>().Where(pending => pending.Input.EventId is not null).ToList();
        if (given.Count == 0)
        {
            return known;
        }

        var events = given.ConvertAll(Sketch);
        foreach (var duplicate in await _context.Store.Journal.FindDuplicatesAsync(Stream.Id, events, _stop.Token))
        {
            known[given[duplicate.Index]] = duplicate;
        }

        return known;
    }

    private static JournalEvent Sketch(PendingEvent pending) => new()
    {
        Sequence = 0,
        EventId = pending.Input.EventId!,
        Kind = pending.Kind,
        Weight = pending.IsBoundary ? 1f : pending.Input.Weight,
        ReceivedAt = pending.ReceivedAt,
        Payload = pending.Input.Payload,
        Said = pending.Input.Said,
    };

    private static bool SaysTheSame(PendingEvent first, PendingEvent second) =>
        first.Kind == second.Kind
        && first.Input.Weight.Equals(second.Input.Weight)
        && (first.Input.Said ?? first.Input.Payload).Span.SequenceEqual((second.Input.Said ?? second.Input.Payload).Span);

    private async Task<List<BatchItem>> WriteAsync(List<BatchItem> items)
    {
        var events = new List<JournalEvent>(items.Count);
        var places = new List<int>(items.Count);
        for (var i = 0; i < items.Count; i++)
        {
            if (items[i].Event is { } admitted)
            {
                events.Add(admitted);
                places.Add(i);
            }
        }

        if (events.Count == 0)
        {
            return items;
        }

        var result = await AppendAsync(events, _stop.Token);
        foreach (var duplicate in result.Duplicates)
        {
            var place = places[duplicate.Index];
            items[place] = new BatchItem { Pending = items[place].Pending, FirstSequence = duplicate.FirstSequence, SamePayload = duplicate.SamePayload };
        }

        return items;
    }

    private async Task<AppendResult> AppendAsync(List<JournalEvent> events, CancellationToken cancellation, bool alwaysNames = false)
    {
        var outcomes = Models().Select(model => (model.Outcomes, Rows: model.Outcomes.TakeUnwritten())).ToList();
        try
        {
            var names = events.Count > 0 || alwaysNames ? Names.TakeUnstored() : [];
            var request = new AppendRequest { StreamId = Stream.Id, Epoch = Epoch, Events = events, Names = names, Outcomes = [.. outcomes.SelectMany(taken => taken.Rows)] };
            var result = await _context.Store.Journal.AppendAsync(request, cancellation);
            Names.MarkStored(names);
            Interlocked.Exchange(ref _lastAppend, _context.Time.GetTimestamp());
            return result;
        }
        catch
        {
            outcomes.ForEach(taken => taken.Outcomes.GiveBack(taken.Rows));
            throw;
        }
    }

    private async Task BarrierAsync()
    {
        var barrier = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await _committed.Writer.WriteAsync([new BatchItem { Barrier = barrier }], _stop.Token);
        await barrier.Task.WaitAsync(_stop.Token);
    }

    private void BeginAway(StoreUnavailableException reason)
    {
        Volatile.Write(ref _isAway, true);
        _context.Logger.StoreAway(Stream.Name, reason);
        _queue.Refuse(() => Away(reason));
    }

    private static StoreUnavailableException Away(Exception reason) =>
        new("The store cannot be reached; nothing was learned as far as is known. Send the event again with the same eventId.", reason);

    /// <summary>
    /// Waits for the store, then finds out what became of the append whose outcome is unknown: a new epoch makes sure that nothing more of it arrives,
    /// and what is in the journal beyond what was applied is applied now (docs/journal.md 4).
    /// </summary>
    private async Task ReturnAsync()
    {
        var delay = FirstRetry;
        while (true)
        {
            try
            {
                var opening = await _context.Store.Journal.OpenStreamAsync(Stream.Id, _stop.Token);
                if (opening.Epoch != Epoch + 1)
                {
                    // Someone else wrote in between: names and events in memory may not be the stream's any more.
                    Stop(new FencedException($"Stream '{Stream.Name}' had epoch {Epoch}, another host took {opening.Epoch - 1}."));
                    return;
                }

                Interlocked.Exchange(ref _epoch, opening.Epoch);
                await BarrierAsync();
                var found = await ApplyTailAsync(opening.LastSequence);
                await ResetAdmissionAsync(Math.Max(opening.LastSequence, AppliedSequence), _stop.Token);
                Volatile.Write(ref _isAway, false);
                _queue.Accept();
                _context.Logger.StoreBack(Stream.Name, found);
                return;
            }
            catch (StoreUnavailableException)
            {
                await Task.Delay(delay, _context.Time, _stop.Token);
                delay = TimeSpan.FromSeconds(Math.Min(delay.TotalSeconds * 2, _context.Options.StoreRetrySeconds));
            }
        }
    }

    private async Task<long> ApplyTailAsync(long last)
    {
        var found = 0L;
        if (last <= AppliedSequence)
        {
            return found;
        }

        var chunk = new List<BatchItem>();
        await foreach (var stored in _context.Store.Journal.ReadAsync(Stream.Id, [new SequenceRange(AppliedSequence + 1, last)], _stop.Token))
        {
            chunk.Add(new BatchItem { Event = stored });
            found++;
            if (chunk.Count == TailChunk)
            {
                await _committed.Writer.WriteAsync(chunk, _stop.Token);
                chunk = [];
            }
        }

        await _committed.Writer.WriteAsync(chunk, _stop.Token);
        await BarrierAsync();
        return found;
    }
}
