using LifelongApi.Contracts.Journal;
using LifelongApi.Storage;

namespace LifelongApi.Api.Hosting;

/// <summary>
/// Sleep: slices of replay and consolidation as journalled events. A slice is put into the queue when the one before it is acknowledged, so callers never wait for more than one.
/// </summary>
internal sealed partial class StreamHost
{
    private static readonly byte[] Quiet = """{"cause":"quiet"}"""u8.ToArray();
    private static readonly byte[] Given = """{"cause":"given"}"""u8.ToArray();
    private long _lastExample;
    private long _sleptAfter;

    /// <summary>The sleep that a quiet time began; ends when it is over or somebody came.</summary>
    public Task Sleeping { get; private set; } = Task.CompletedTask;

    /// <summary>Sleeps now, because somebody asked for it.</summary>
    /// <param name="model">The leader.</param>
    /// <param name="slices">1 or more.</param>
    /// <param name="eventId">Id from which those of the slices are made, so that a call sent again sleeps no more; or null.</param>
    /// <param name="actor">Who asked.</param>
    /// <param name="cancellation">Cancels what has not begun.</param>
    /// <returns>Position after the last slice, and whether anchors moved.</returns>
    public async Task<(string Position, bool Consolidated)> SleepAsync(HostedModel model, int slices, string? eventId, string? actor, CancellationToken cancellation)
    {
        CheckLearnable(model);
        var (position, consolidated) = (string.Empty, false);
        for (var slice = 1; slice <= slices; slice++)
        {
            var pending = Slice(Given, eventId is null ? null : $"{eventId}/{slice}", actor);
            Enqueue([pending]);
            position = (await pending.Acknowledged.WaitAsync(cancellation)).Position!;
            consolidated |= pending.Consolidated;
        }

        return (position, consolidated);
    }

    /// <summary>Begins to sleep where the stream has been quiet for as long as the leader's spec says, once per quiet time.</summary>
    private void SleepIfQuiet()
    {
        var last = Interlocked.Read(ref _lastExample);
        if (Leader.Spec.Sleep is { } sleep && last != 0 && last != _sleptAfter && Sleeping.IsCompleted && Leader.FencedReason is null && _queue.Count == 0
            && _context.Time.GetElapsedTime(last).TotalSeconds >= sleep.AfterSeconds && TryLease())
        {
            _sleptAfter = last;
            Sleeping = Task.Run(() => SleepWhileQuietAsync(sleep.Slices, last), CancellationToken.None);
        }
    }

    private async Task SleepWhileQuietAsync(int slices, long last)
    {
        try
        {
            for (var slice = 0; slice < slices && Interlocked.Read(ref _lastExample) == last; slice++)
            {
                var pending = Slice(Quiet, eventId: null, actor: null);
                _queue.EnqueueAlways(pending);
                await pending.Acknowledged;
            }
        }
        catch (Exception reason) when (reason is StoreUnavailableException or FencedException or ProblemException)
        {
            // Closing, taken over or away: what was slept is in the journal, the rest is left out.
            _context.Logger.SleepEnded(Stream.Name, reason.Message);
        }
        finally
        {
            Release(isUse: false);
        }
    }

    private void NoteExample() => Interlocked.Exchange(ref _lastExample, Math.Max(1, _context.Time.GetTimestamp()));

    private PendingEvent Slice(byte[] payload, string? eventId, string? actor) => new()
    {
        Kind = EventKind.Slept,
        Input = new LearnInput { Payload = payload, HasTarget = false, EventId = eventId, Actor = actor },
        ReceivedAt = _context.Time.Microseconds(),
    };
}
