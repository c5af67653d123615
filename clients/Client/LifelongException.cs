using System.Net;
using System.Text;
using System.Text.Json;
using LifelongApi.Contracts.Problems;

namespace LifelongApi.Client;

/// <summary>The service refused a request or could not be reached. <see cref="Problem"/> says why.</summary>
public sealed class LifelongException : Exception
{
    private const string Nameless = "about:blank";

    /// <summary>Makes the exception of a problem.</summary>
    /// <param name="problem">What the service answered.</param>
    /// <param name="innerException">The cause, where the service could not be reached.</param>
    public LifelongException(Problem problem, Exception? innerException = null)
        : base(Describe(problem), innerException) => Problem = problem;

    /// <summary>What went wrong. Its status is null where there was no answer at all.</summary>
    public Problem Problem { get; }

    /// <summary>HTTP status of the answer; null where there was none.</summary>
    public HttpStatusCode? StatusCode => (HttpStatusCode?)Problem.Status;

    /// <summary>What the answer's <c>Retry-After</c> asked for; null where it did not.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Whether nothing was changed and the same request may succeed later (429 and 503).</summary>
    public bool IsTransient => StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable;

    /// <summary>Whether the service gave no answer (connection refused or lost, time-out).</summary>
    public bool IsUnreachable => StatusCode is null;

    /// <summary>Whether HTTP/1.1 was spoken to a port that knows only cleartext HTTP/2.</summary>
    internal bool WantsHttp2 => StatusCode == HttpStatusCode.BadRequest && Problem.Type == Nameless && Problem.Detail?.Contains("HTTP/2 only", StringComparison.Ordinal) == true;

    /// <summary>Whether an event of a batch is at fault rather than the model, the key or the service.</summary>
    internal bool BlamesRow => StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.RequestEntityTooLarge or HttpStatusCode.UnprocessableEntity
        || Problem.Type == ProblemTypes.EventIdReused;

    internal static LifelongException Unreachable(Uri address, Exception cause) => new(
        new Problem
        {
            Type = ProblemTypes.Unavailable,
            Title = $"No answer from {address.GetLeftPart(UriPartial.Authority)}",
            Detail = cause is OperationCanceledException ? "The request took too long." : cause.Message,
        },
        cause);

    internal static async Task<LifelongException> FromResponseAsync(HttpResponseMessage response, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var body = await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
        var status = (int)response.StatusCode;
        return new LifelongException(Parse(body) with { Status = status })
        {
            RetryAfter = response.Headers.RetryAfter switch
            {
                { Delta: { } delta } => delta,
                { Date: { } date } => date > now ? date - now : TimeSpan.Zero,
                _ => null,
            },
        };
    }

    // A proxy between client and service answers in whatever form it likes.
    private static Problem Parse(byte[] body)
    {
        try
        {
            if (body.Length > 0 && JsonSerializer.Deserialize<Problem>(body, ClientJson.Options) is { } problem)
            {
                return problem;
            }
        }
        catch (JsonException)
        {
            return Plain(Encoding.UTF8.GetString(body.AsSpan(0, Math.Min(body.Length, 500))));
        }

        return Plain(null);

        Problem Plain(string? detail) => new()
        {
            Type = Nameless,
            Title = "The answer does not say what is wrong",
            Detail = detail,
        };
    }

    private static string Describe(Problem problem)
    {
        ArgumentNullException.ThrowIfNull(problem);
        var text = new StringBuilder(problem.Title);
        if (problem.Detail is { Length: > 0 } detail)
        {
            text.Append(": ").Append(detail);
        }

        foreach (var (field, messages) in problem.Errors ?? new Dictionary<string, string[]>())
        {
            // The detail of a single mistake is the mistake itself.
            if (problem.Detail?.Contains(messages.FirstOrDefault() ?? "", StringComparison.Ordinal) == true)
            {
                continue;
            }

            text.Append(" [").Append(field).Append(": ").AppendJoin(' ', messages).Append(']');
        }

        return text.ToString();
    }
}
