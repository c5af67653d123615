using LifelongApi.Api.Hosting;
using LifelongApi.Contracts.Problems;

namespace LifelongApi.Api.Requests;

/// <summary>Media types of request bodies. A body without a Content-Type is taken for what the route expects.</summary>
internal static class MediaTypes
{
    public const string Json = "application/json";
    public const string Raw = "application/octet-stream";
    public const string Rows = "application/x-ndjson";
    public const string Problem = "application/problem+json";

    /// <summary>Whether the body is raw numbers; else it is JSON.</summary>
    /// <exception cref="ProblemException">415 for anything else.</exception>
    public static bool IsRaw(HttpContext context)
    {
        if (Is(context, Raw))
        {
            return true;
        }

        return IsJson(context) ? false : throw NotSupported(context, $"{Json} or {Raw} (little-endian float32)");
    }

    /// <summary>Refuses bodies that say they are something else than bytes.</summary>
    public static void RequireRaw(HttpContext context, string what)
    {
        if (context.Request.ContentType is { Length: > 0 } && !Is(context, Raw))
        {
            throw NotSupported(context, $"{what} as {Raw}");
        }
    }

    /// <summary>Refuses bodies that are not JSON.</summary>
    public static void RequireJson(HttpContext context)
    {
        if (!IsJson(context))
        {
            throw NotSupported(context, Json);
        }
    }

    /// <summary>Whether a stream is rows of raw numbers; else it is rows of JSON.</summary>
    /// <exception cref="ProblemException">415 for anything else.</exception>
    public static bool IsRawRows(HttpContext context)
    {
        if (Is(context, Raw))
        {
            return true;
        }

        return context.Request.ContentType is null or "" || SaysRows(context) ? false : throw NotSupported(context, $"{Rows} or {Raw}");
    }

    /// <summary>Refuses bodies that say they are something else than a bundle.</summary>
    public static void RequireBundle(HttpContext context)
    {
        if (context.Request.ContentType is { Length: > 0 } && !Is(context, Bundles.BundleFormat.MediaType) && !Is(context, Raw))
        {
            throw NotSupported(context, $"{Bundles.BundleFormat.MediaType} or {Raw}");
        }
    }

    /// <summary>Whether the body is rows of JSON; else it is one JSON text.</summary>
    /// <exception cref="ProblemException">415 for anything else.</exception>
    public static bool IsRows(HttpContext context)
    {
        if (SaysRows(context))
        {
            return true;
        }

        return IsJson(context) ? false : throw NotSupported(context, $"{Json} or {Rows}");
    }

    private static bool SaysRows(HttpContext context) => Is(context, Rows) || Is(context, "application/ndjson") || Is(context, "application/jsonl");

    private static bool IsJson(HttpContext context) => context.Request.ContentType is null or "" || Is(context, Json) || Is(context, "text/json");

    private static bool Is(HttpContext context, string type)
    {
        var given = context.Request.ContentType.AsSpan();
        var end = given.IndexOf(';');
        return (end < 0 ? given : given[..end]).Trim().Equals(type, StringComparison.OrdinalIgnoreCase);
    }

    private static ProblemException NotSupported(HttpContext context, string expected) => new(
        StatusCodes.Status415UnsupportedMediaType,
        ProblemTypes.NotSupported,
        "Not supported",
        $"The body is '{context.Request.ContentType}'; send {expected} and say so in the Content-Type header.");
}
