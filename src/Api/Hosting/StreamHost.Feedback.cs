using LifelongApi.Contracts.Journal;
using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Storage;

namespace LifelongApi.Api.Hosting;

/// <summary>
/// Feedback: what it answers is looked up by the journaler, the only writer, so it sees every event before it, in the store or in the same batch. The default of the spec is
/// feedback that the host gives when a window has passed; that it passed is in the journal, when is not asked again.
/// </summary>
internal sealed partial class StreamHost
{
    private const int DefaultsAtOnce = 256;
    private bool _areDefaultsRefused;

    /// <summary>The default labels that are being journalled; ends when none is due or the host stops.</summary>
    public Task Defaulting { get; private set; } = Task.CompletedTask;

    /// <returns>What the feedback of a batch refers to; null where there is none.</returns>
    private async Task<FeedbackResolution?> FindEarlierAsync(List<PendingWork> work)
    {
        var ids = work.OfType<PendingEvent>().Where(pending => pending.Kind == EventKind.FedBack)
            .SelectMany(pending => FeedbackResolution.IdsOf(pending.Input.Feedback!.EventId)).Distinct(StringComparer.Ordinal).ToList();
        if (ids.Count == 0)
        {
            return null;
        }

        var usesReward = Leader.Spec.Network.Modulators.Any(modulator => modulator is RewardPredictionErrorSpec);
        return new FeedbackResolution(await _context.Store.Journal.FindEventsAsync(Stream.Id, ids, _stop.Token), usesReward);
    }

    /// <summary>Begins to journal default labels where the window of a remembered prediction has passed.</summary>
    private void AnswerWhatIsDue()
    {
        if (Leader.Spec.Feedback is not null && !_areDefaultsRefused && Defaulting.IsCompleted && Leader.FencedReason is null
            && Leader.DuePredictions(_context.Time.Microseconds(), 1).Count > 0 && TryLease())
        {
            Defaulting = Task.Run(AnswerDueAsync, CancellationToken.None);
        }
    }

    private async Task AnswerDueAsync()
    {
        try
        {
            while (!_stop.IsCancellationRequested && Leader.DuePredictions(_context.Time.Microseconds(), DefaultsAtOnce) is { Count: > 0 } due)
            {
                var earlier = await _context.Store.Journal.FindEventsAsync(Stream.Id, due, _stop.Token);
                var pending = due.Select(sequence => Default(earlier[sequence])).ToList();
                pending.ForEach(_queue.EnqueueAlways);
                foreach (var answer in pending)
                {
                    await answer.Acknowledged;
                }
            }
        }
        catch (ProblemException refused) when (refused.Status < StatusCodes.Status500InternalServerError)
        {
            // The same would be refused again in a moment: once is enough until the stream is opened anew.
            _areDefaultsRefused = true;
            _context.Logger.DefaultsEnded(Stream.Name, refused.Message);
        }
        catch (Exception reason) when (reason is StoreUnavailableException or FencedException or ProblemException or OperationCanceledException)
        {
            // Closing, taken over or away: what is due stays due.
            _context.Logger.DefaultsEnded(Stream.Name, reason.Message);
        }
        finally
        {
            Release(isUse: false);
        }
    }

    private PendingEvent Default(JournalEvent earlier)
    {
        var spec = Leader.Spec.Feedback!;
        return new PendingEvent
        {
            Kind = EventKind.FedBack,
            ReceivedAt = _context.Time.Microseconds(),
            Input = new LearnInput
            {
                Payload = ReadOnlyMemory<byte>.Empty,
                HasTarget = true,
                Label = spec.DefaultLabel,
                Weight = (float)spec.Weight,
                Feedback = new FeedbackInput { EventId = earlier.EventId, Target = spec.DefaultTarget ?? [], IsDefault = true },
            },
        };
    }
}
