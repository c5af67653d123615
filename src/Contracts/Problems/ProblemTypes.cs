namespace LifelongApi.Contracts.Problems;

/// <summary>Stable type URIs of problems. They are relative references that name a section of docs/api.md; once published they never change meaning.</summary>
public static class ProblemTypes
{
    /// <summary>400: a field of the request is wrong.</summary>
    public const string InvalidRequest = "/problems/invalid-request";

    /// <summary>401: no API key, or an unknown one.</summary>
    public const string Unauthenticated = "/problems/unauthenticated";

    /// <summary>403: the key lacks the scope.</summary>
    public const string Forbidden = "/problems/forbidden";

    /// <summary>404: no such model, stream, task or version.</summary>
    public const string NotFound = "/problems/not-found";

    /// <summary>405 and 415: the route does not speak that method or media type.</summary>
    public const string NotSupported = "/problems/not-supported";

    /// <summary>409: the name is taken by something else.</summary>
    public const string AlreadyExists = "/problems/already-exists";

    /// <summary>409: the event id was used with another payload.</summary>
    public const string EventIdReused = "/problems/event-id-reused";

    /// <summary>409: the operation does not fit the present state, e.g. learning through a follower.</summary>
    public const string Conflict = "/problems/conflict";

    /// <summary>412: <c>If-Match</c> does not match the model's position.</summary>
    public const string PreconditionFailed = "/problems/precondition-failed";

    /// <summary>413: the body or a row is too large.</summary>
    public const string TooLarge = "/problems/too-large";

    /// <summary>429: the stream's queue is full; see <c>Retry-After</c>.</summary>
    public const string QueueFull = "/problems/queue-full";

    /// <summary>500: an error of the service.</summary>
    public const string Internal = "/problems/internal";

    /// <summary>503: the service or its store is not ready; nothing was changed.</summary>
    public const string Unavailable = "/problems/unavailable";

    /// <summary>503: another host took over the stream; this one may not write.</summary>
    public const string Fenced = "/problems/fenced";
}
