using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using LifelongApi.Api.Requests;
using LifelongApi.Contracts.Problems;

namespace LifelongApi.Api.Problems;

/// <summary>Turns everything that goes wrong behind it into RFC 9457 problem details, so that every error has one form.</summary>
/// <param name="next">What is behind.</param>
/// <param name="log">Where errors of the service go.</param>
internal sealed class ProblemMiddleware(RequestDelegate next, ILogger<ProblemMiddleware> log)
{
    /// <summary>Handles a request.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            // The caller is gone: nobody reads an answer.
            return;
        }
        catch (Exception error) when (!context.Response.HasStarted)
        {
            var trace = TraceId(context);
            var (problem, retryAfter) = ProblemMapping.Of(error, trace);
            if (problem.Status == StatusCodes.Status500InternalServerError)
            {
                log.LogError(error, "{Method} {Path} failed; trace {TraceId}", context.Request.Method, context.Request.Path, trace);
            }
            else if (problem.Status == StatusCodes.Status503ServiceUnavailable && !context.Request.Path.StartsWithSegments("/readyz"))
            {
                // "Not ready yet" is what a probe asks for while the service starts, not something to warn of.
                log.LogWarning("{Method} {Path}: {Reason}", context.Request.Method, context.Request.Path, error.Message);
            }

            context.Response.Clear();
            await WriteAsync(context, problem, retryAfter);
            return;
        }

        if (context.Response is { HasStarted: false, StatusCode: >= 400, ContentLength: null, ContentType: null })
        {
            await WriteAsync(context, ProblemMapping.Of(context.Response.StatusCode, context), null);
        }
    }

    /// <summary>Answers with a problem.</summary>
    public static async Task WriteAsync(HttpContext context, Problem problem, TimeSpan? retryAfter)
    {
        var response = context.Response;
        response.StatusCode = problem.Status ?? StatusCodes.Status500InternalServerError;
        response.ContentType = MediaTypes.Problem;
        if (response.StatusCode == StatusCodes.Status401Unauthorized)
        {
            response.Headers.WWWAuthenticate = "Bearer realm=\"LifelongApi\"";
        }

        if (response.StatusCode == StatusCodes.Status413PayloadTooLarge && HttpProtocol.IsHttp11(context.Request.Protocol))
        {
            // The rest of the body is not read, so the connection ends with the answer; a client that is not told would use it again.
            response.Headers.Connection = "close";
        }

        if (retryAfter is { } wait)
        {
            response.Headers.RetryAfter = Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        }

        var complete = problem with { Instance = problem.Instance ?? context.Request.Path, TraceId = problem.TraceId ?? TraceId(context) };
        await JsonSerializer.SerializeAsync(response.Body, complete, AnswerJson.Options, context.RequestAborted);
    }

    /// <summary>The request's place in its trace (W3C Trace Context): that of its activity, or, where nobody listens to activities, a new one below what the caller sent.</summary>
    private static string TraceId(HttpContext context)
    {
        if (Activity.Current?.Id is { } current)
        {
            return current;
        }

        using var failure = new Activity("Failure");
        if (context.Request.Headers.TraceParent is [{ } parent, ..])
        {
            failure.SetParentId(parent);
        }

        return failure.Start().Id ?? context.TraceIdentifier;
    }
}
