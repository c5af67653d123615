using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using LifelongApi.Contracts.Events;

namespace LifelongApi.Client;

public sealed partial class LifelongClient
{
    /// <summary>
    /// Listens to what happens to a model until it is cancelled. After a lost connection it goes on where it stopped, out of the journal. Where the service says
    /// <see cref="ModelEventType.Dropped"/>, this listener was too slow, and what was left out can be heard by listening again from before <see cref="ModelEvent.From"/>.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="after">Sequence after which to begin, 0 for everything; null: from now on.</param>
    /// <param name="types">What to hear; null: everything.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Events in order.</returns>
    /// <exception cref="LifelongException">404: no such model; or the service stayed away for longer than <see cref="LifelongClientOptions.RetryFor"/>.</exception>
    public async IAsyncEnumerable<ModelEvent> ListenAsync(
        string model, long? after = null, IReadOnlyCollection<ModelEventType>? types = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var path = CallPath(model) + "/events" + (types is { Count: > 0 } ? "?types=" + string.Join(',', types.Select(type => JsonNamingPolicy.CamelCase.ConvertName(type.ToString()))) : "");
        var budget = new RetryBudget(_transport.Options);
        while (true)
        {
            LifelongException? lost = null;
            await using var events = ListenOnceAsync(path, after, cancellationToken).GetAsyncEnumerator(cancellationToken);
            while (true)
            {
                try
                {
                    if (!await events.MoveNextAsync().ConfigureAwait(false))
                    {
                        break;
                    }
                }
                catch (LifelongException failure) when (failure.IsTransient || failure.IsUnreachable)
                {
                    lost = failure;
                    break;
                }

                budget.Reset();
                (var heard, after) = (events.Current.Event, events.Current.Id ?? after);
                if (heard is not null)
                {
                    yield return heard;
                }
            }

            // A stream that ended in good order (the model was closed) is asked for again too.
            await budget.WaitAsync(lost ?? LifelongException.Unreachable(_transport.Options.Address, new IOException("The stream of events ended.")), cancellationToken).ConfigureAwait(false);
        }
    }

    private async IAsyncEnumerable<(ModelEvent? Event, long? Id)> ListenOnceAsync(string path, long? after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var request = _transport.Request(HttpMethod.Get, _transport.Options.Address, path);
        if (after is { } known)
        {
            request.Headers.Add("Last-Event-ID", known.ToString(CultureInfo.InvariantCulture));
        }

        using var response = await OpenEventsAsync(request, cancellationToken).ConfigureAwait(false);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false));
        var (data, id) = ((string?)null, (long?)null);
        while (await ReadLineAsync(reader, cancellationToken).ConfigureAwait(false) is { } line)
        {
            if (line.StartsWith("data: ", StringComparison.Ordinal))
            {
                data = line[6..];
            }
            else if (line.StartsWith("id: ", StringComparison.Ordinal))
            {
                id = long.Parse(line.AsSpan(4), CultureInfo.InvariantCulture);
            }
            else if (line.Length == 0 && data is not null)
            {
                yield return (JsonSerializer.Deserialize<ModelEvent>(data, ClientJson.Options), id);
                (data, id) = (null, null);
            }
        }
    }

    private async Task<HttpResponseMessage> OpenEventsAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            var response = await _transport.SendAsync(request, cancellationToken).ConfigureAwait(false);
            if (response.IsSuccessStatusCode)
            {
                return response;
            }

            using (response)
            {
                throw await LifelongException.FromResponseAsync(response, _transport.Options.Time.GetUtcNow(), cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception exception) when (Transport.IsLost(exception))
        {
            throw LifelongException.Unreachable(_transport.Options.Address, exception);
        }
    }

    private async Task<string?> ReadLineAsync(StreamReader reader, CancellationToken cancellationToken)
    {
        try
        {
            return await reader.ReadLineAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (Transport.IsLost(exception))
        {
            throw LifelongException.Unreachable(_transport.Options.Address, exception);
        }
    }
}
