using LifelongApi.Contracts.Problems;

namespace LifelongApi.Api.Hosting;

/// <summary>A mistake of the caller or an expected condition, on its way to becoming problem details.</summary>
internal sealed class ProblemException(int status, string type, string title, string detail) : Exception(detail)
{
    /// <summary>HTTP status.</summary>
    public int Status { get; } = status;

    /// <summary>One of <see cref="ProblemTypes"/>.</summary>
    public string Type { get; } = type;

    /// <summary>The type in words.</summary>
    public string Title { get; } = title;

    /// <summary>Messages by field, or null.</summary>
    public IReadOnlyDictionary<string, string[]>? Errors { get; init; }

    /// <summary>When to try again, or null.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Whether nothing was taken because the stream closed in good order: the same call to the stream as it opens next is the same call.</summary>
    public bool IsForNext { get; init; }

    public static ProblemException NotFound(string what) =>
        new(404, ProblemTypes.NotFound, "Not found", what);

    public static ProblemException Invalid(string field, string message) =>
        new(400, ProblemTypes.InvalidRequest, "Invalid request", $"{field}: {message}") { Errors = new Dictionary<string, string[]> { [field] = [message] } };

    public static ProblemException Conflict(string detail) =>
        new(409, ProblemTypes.Conflict, "Conflict", detail);
}
