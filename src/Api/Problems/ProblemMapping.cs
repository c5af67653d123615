using LifelongApi.Api.Hosting;
using LifelongApi.Contracts.Problems;
using LifelongApi.Learning;
using LifelongApi.Storage;

namespace LifelongApi.Api.Problems;

/// <summary>Exceptions and bare status codes as problems.</summary>
internal static class ProblemMapping
{
    private static readonly TimeSpan StoreRetry = TimeSpan.FromSeconds(1);

    /// <summary>The problem of an exception. What is not the caller's and not expected becomes 500 without its message.</summary>
    public static (Problem Problem, TimeSpan? RetryAfter) Of(Exception error, string? traceId) => error switch
    {
        ProblemException problem => (new Problem { Type = problem.Type, Title = problem.Title, Status = problem.Status, Detail = problem.Message, Errors = problem.Errors }, problem.RetryAfter),
        SpecException spec => (OfSpec(spec), null),
        StoreUnavailableException => (Make(503, ProblemTypes.Unavailable, "Unavailable", "The database cannot be reached; whether an event in flight was committed will be known when it is back. Send it again with the same eventId."), StoreRetry),
        FencedException => (Make(503, ProblemTypes.Fenced, "Fenced", "Another host has taken over the stream; this one may not write. Nothing was changed. Send the event to the host that holds the stream."), null),
        OperationCanceledException => (Make(503, ProblemTypes.Unavailable, "Unavailable", "The service is stopping; the event was not acknowledged. Send it again with the same eventId."), StoreRetry),
        BadHttpRequestException { StatusCode: 413 } => (Make(413, ProblemTypes.TooLarge, "Too large", "The body is larger than the service accepts; send it in parts, or through …/stream."), null),
        BadHttpRequestException bad => (Make(bad.StatusCode, ProblemTypes.InvalidRequest, "Invalid request", bad.Message), null),
        _ => (Make(500, ProblemTypes.Internal, "Internal error", "The service made a mistake. It is in the log under the trace id.") with { TraceId = traceId }, null),
    };

    /// <summary>The problem of a status that was set without a body.</summary>
    public static Problem Of(int status, HttpContext context) => status switch
    {
        400 => Make(400, ProblemTypes.InvalidRequest, "Invalid request", "The request could not be read."),
        404 => Make(404, ProblemTypes.NotFound, "Not found", $"There is nothing at {context.Request.Path}; the routes are listed at /swagger."),
        405 => Make(405, ProblemTypes.NotSupported, "Not supported", $"{context.Request.Path} does not answer {context.Request.Method}; it answers {context.Response.Headers.Allow}."),
        415 => Make(415, ProblemTypes.NotSupported, "Not supported", "The route does not read that media type."),
        413 => Make(413, ProblemTypes.TooLarge, "Too large", "The body is larger than the service accepts."),
        _ when status < 500 => Make(status, ProblemTypes.InvalidRequest, "Invalid request", $"The request was refused with status {status}."),
        _ => Make(status, ProblemTypes.Internal, "Internal error", "The service made a mistake."),
    };

    private static Problem Make(int status, string type, string title, string detail) => new() { Type = type, Title = title, Status = status, Detail = detail };

    private static Problem OfSpec(SpecException error) => Make(400, ProblemTypes.InvalidRequest, "Invalid request", error.Message) with
    {
        Errors = error.Errors.Count == 0
            ? null
            : error.Errors.GroupBy(mistake => mistake.Field).ToDictionary(group => group.Key, group => group.Select(mistake => mistake.Message).ToArray()),
    };
}
