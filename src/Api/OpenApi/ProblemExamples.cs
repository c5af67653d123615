using System.Text.Json;
using LifelongApi.Api.Requests;
using LifelongApi.Contracts.Problems;

namespace LifelongApi.Api.OpenApi;

/// <summary>An example problem for every status.</summary>
internal static class ProblemExamples
{
    /// <summary>What a status means, with an example.</summary>
    public static (string Text, string Example) Of(int status) => status switch
    {
        400 => Make("A field is wrong; errors names it and the fix.", status, ProblemTypes.InvalidRequest, "Invalid request", "features[3]: 1e39 is beyond the range of a 32-bit float (±3.4e38).", "features[3]", "1e39 is beyond the range of a 32-bit float (±3.4e38)."),
        401 => Make("No API key, or an unknown one.", status, ProblemTypes.Unauthenticated, "Unauthenticated", "The request has no API key; send it in the header X-Api-Key or as Authorization: Bearer."),
        403 => Make("The key lacks the scope.", status, ProblemTypes.Forbidden, "Forbidden", "The key 'shop' lacks the scope 'learn'."),
        404 => Make("There is no such thing.", status, ProblemTypes.NotFound, "Not found", "There is no model 'fraud'."),
        409 => Make("It does not fit the present state.", status, ProblemTypes.EventIdReused, "Event id reused", "The event id 'order-17' was used with another payload."),
        412 => Make("If-Match is not the present position.", status, ProblemTypes.PreconditionFailed, "Precondition failed", "The model stands at 1:4711."),
        413 => Make("The body is too large.", status, ProblemTypes.TooLarge, "Too large", "The body is larger than 16777216 bytes; send it in parts, or through …/stream."),
        415 => Make("The media type is not read here.", status, ProblemTypes.NotSupported, "Not supported", "The body is 'text/plain'; send application/json and say so in the Content-Type header."),
        429 => Make("The stream's queue is full; wait as Retry-After says.", status, ProblemTypes.QueueFull, "Queue full", "The queue of stream 'fraud' is full; nothing was enqueued."),
        503 => Make("The service or its store is not ready; nothing was changed.", status, ProblemTypes.Unavailable, "Unavailable", "The database cannot be reached."),
        _ => Make("An error of the service; find it in the log by its trace id.", status, ProblemTypes.Internal, "Internal error", "The service made a mistake. It is in the log under the trace id."),
    };

    private static (string Text, string Example) Make(string text, int status, string type, string title, string detail, string? field = null, string? message = null) =>
        (text, JsonSerializer.Serialize(
            new Problem
            {
                Type = type,
                Title = title,
                Status = status,
                Detail = detail,
                Instance = "/v1/models/fraud/learn",
                Errors = field is null ? null : new Dictionary<string, string[]> { [field] = [message!] },
                TraceId = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            },
            AnswerJson.Options));
}
