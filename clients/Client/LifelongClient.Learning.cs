using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Threading.Channels;
using LifelongApi.Client.Streaming;
using LifelongApi.Contracts.Learning;

namespace LifelongApi.Client;

public sealed partial class LifelongClient
{
    /// <summary>Learns one event. It gets an id (UUIDv7) where it has none, so repeating it after a failure learns it once.</summary>
    /// <param name="model">The model.</param>
    /// <param name="learnEvent">The event.</param>
    /// <param name="cancellationToken">Cancels the request; the event may have been learned all the same.</param>
    /// <returns>What it did, with the prediction made before learning.</returns>
    /// <exception cref="LifelongException">404: no such model; 400: the event does not fit it; 409: the id was used with another payload.</exception>
    public Task<LearnResult> LearnAsync(string model, LearnEvent learnEvent, CancellationToken cancellationToken = default) =>
        _transport.SendAsync<LearnResult>(HttpMethod.Post, CallPath(model) + "/learn", Identified(learnEvent), Repeat.Always, cancellationToken);

    /// <summary>Learns several events in order. Each gets an id (UUIDv7) where it has none.</summary>
    /// <param name="model">The model.</param>
    /// <param name="events">1 … 10,000 events.</param>
    /// <param name="cancellationToken">Cancels the request; events may have been learned all the same.</param>
    /// <returns>One result per event, in order.</returns>
    /// <exception cref="LifelongException">404: no such model; 400: an event does not fit it; 409: an id was used with another payload.</exception>
    public Task<LearnBatchResponse> LearnAsync(string model, IReadOnlyList<LearnEvent> events, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(events);
        var request = new LearnBatchRequest { Events = [.. events.Select(Identified)] };
        return _transport.SendAsync<LearnBatchResponse>(HttpMethod.Post, CallPath(model) + "/learn", request, Repeat.Always, cancellationToken);
    }

    /// <summary>Asks, and has the question remembered as an event, so that feedback can answer it later. Needs the scope <c>learn</c>.</summary>
    /// <param name="model">The model.</param>
    /// <param name="question">The example, with entity, subject and time where it has them; its id is a new one (UUIDv7) where it has none, so repeating it after a failure remembers it once.</param>
    /// <param name="cancellationToken">Cancels the request; the question may have been remembered all the same.</param>
    /// <returns>The prediction, with the id to send feedback for.</returns>
    /// <exception cref="LifelongException">404: no such model; 400: the features do not fit it; 409: the id was used with other features, or the model follows.</exception>
    public Task<PredictResponse> PredictAndRememberAsync(string model, PredictRequest question, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(question);
        var request = question with { Remember = true, EventId = question.EventId ?? Guid.CreateVersion7().ToString() };
        return _transport.SendAsync<PredictResponse>(HttpMethod.Post, CallPath(model) + "/predict", request, Repeat.Always, cancellationToken);
    }

    /// <summary>Tells what became known about an earlier event. Repeating it changes nothing.</summary>
    /// <param name="model">The model.</param>
    /// <param name="feedback">The earlier event's id, with a label, target or reward.</param>
    /// <param name="cancellationToken">Cancels the request; the feedback may have been learned all the same.</param>
    /// <returns>What it did, with the prediction made before learning.</returns>
    /// <exception cref="LifelongException">404: no such model or event; 400: it does not fit the model; 409: the event was answered otherwise.</exception>
    public Task<LearnResult> FeedbackAsync(string model, FeedbackRequest feedback, CancellationToken cancellationToken = default) =>
        _transport.SendAsync<LearnResult>(HttpMethod.Post, CallPath(model) + "/feedback", feedback, Repeat.Always, cancellationToken);

    /// <summary>Tells what became known about several earlier events, in order.</summary>
    /// <param name="model">The model.</param>
    /// <param name="feedback">1 … 10,000 answers.</param>
    /// <param name="cancellationToken">Cancels the request; feedback may have been learned all the same.</param>
    /// <returns>One result per answer, in order; one that is refused has its problem and the rest is learned.</returns>
    /// <exception cref="LifelongException">404: no such model; 400: an answer does not fit it.</exception>
    public Task<LearnBatchResponse> FeedbackAsync(string model, IReadOnlyList<FeedbackRequest> feedback, CancellationToken cancellationToken = default) =>
        _transport.SendAsync<LearnBatchResponse>(HttpMethod.Post, CallPath(model) + "/feedback", new FeedbackBatchRequest { Feedback = feedback }, Repeat.Always, cancellationToken);

    /// <summary>
    /// Learns events in order for as long as they come, and answers each of them in order while they still come. With
    /// <see cref="LifelongClientOptions.Http2Address"/> over one duplex request, else in batches that grow with load. Unanswered
    /// events are sent again after a lost connection. An event that the service cannot take answers <see cref="LearnStatus.Rejected"/>
    /// with its problem, and the rest goes on.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="events">The events; each gets an id (UUIDv7) where it has none. Read ahead of the answers by a bounded number.</param>
    /// <param name="cancellationToken">Cancels the stream; events that were read may have been learned all the same.</param>
    /// <returns>One result per event, in order.</returns>
    /// <exception cref="LifelongException">404: no such model; or the service stayed away for longer than <see cref="LifelongClientOptions.RetryFor"/>.</exception>
    public IAsyncEnumerable<LearnResult> StreamAsync(string model, IAsyncEnumerable<LearnEvent> events, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(events);
        return StreamJsonAsync(model, RowsAsync(events, cancellationToken), cancellationToken);

        static async IAsyncEnumerable<ReadOnlyMemory<byte>> RowsAsync(IAsyncEnumerable<LearnEvent> events, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await foreach (var learnEvent in events.WithCancellation(cancellationToken).ConfigureAwait(false))
            {
                yield return JsonSerializer.SerializeToUtf8Bytes(Identified(learnEvent), ClientJson.Options);
            }
        }
    }

    /// <summary>As <see cref="StreamAsync"/>, for events that the caller has written as JSON already.</summary>
    /// <param name="model">The model.</param>
    /// <param name="rows">UTF-8 of one event each, without line breaks and <b>with</b> an <c>eventId</c> (else a repeated row is learned twice). A row is copied before the next is asked for.</param>
    /// <param name="cancellationToken">Cancels the stream; rows that were read may have been learned all the same.</param>
    /// <returns>One result per row, in order.</returns>
    /// <exception cref="LifelongException">404: no such model; or the service stayed away for longer than <see cref="LifelongClientOptions.RetryFor"/>.</exception>
    public async IAsyncEnumerable<LearnResult> StreamJsonAsync(
        string model, IAsyncEnumerable<ReadOnlyMemory<byte>> rows, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(rows);
        var path = CallPath(model);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var feed = Channel.CreateBounded<byte[]>(new BoundedChannelOptions(_transport.Options.BatchEvents) { SingleWriter = true });
        using var duplex = _transport.Options.Http2Address is { } address ? new DuplexExchange(_transport, address, path + "/stream", feed.Reader) : null;
        var reading = Task.Run(() => FeedAsync(rows, feed.Writer, stop.Token), CancellationToken.None);
        try
        {
            var results = duplex is not null
                ? duplex.RunAsync(stop.Token)
                : new BatchedExchange(_transport, path + "/learn", feed.Reader).RunAsync(stop.Token);
            await foreach (var result in results.ConfigureAwait(false))
            {
                yield return result;
            }
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await reading.ConfigureAwait(false);
        }
    }

    // Its failure travels through the feed, behind the rows that came before it.
    private static async Task FeedAsync(IAsyncEnumerable<ReadOnlyMemory<byte>> rows, ChannelWriter<byte[]> feed, CancellationToken cancellationToken)
    {
        Exception? failure = null;
        try
        {
            await foreach (var row in rows.WithCancellation(cancellationToken).ConfigureAwait(false))
            {
                await feed.WriteAsync(row.ToArray(), cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception exception)
        {
            failure = exception;
        }

        feed.Complete(failure);
    }

    private static LearnEvent Identified(LearnEvent learnEvent)
    {
        ArgumentNullException.ThrowIfNull(learnEvent);
        return learnEvent.EventId is null && learnEvent.Feedback is null ? learnEvent with { EventId = Guid.CreateVersion7().ToString() } : learnEvent;
    }
}
