using System.Globalization;
using LifelongApi.Api.Hosting;

namespace LifelongApi.Api.Requests;

/// <summary>Query parameters, checked: an unknown one is a mistake, not noise.</summary>
internal static class QueryRules
{
    private const int DefaultPageSize = 100;
    private const int MaxPageSize = 1000;

    /// <summary>Refuses parameters that the route does not know.</summary>
    public static void RequireKnown(HttpContext context, params ReadOnlySpan<string> known)
    {
        if (!context.Request.QueryString.HasValue)
        {
            return;
        }

        foreach (var name in context.Request.Query.Keys)
        {
            if (!known.Contains(name))
            {
                throw ProblemException.Invalid(name, known.Length == 0
                    ? "is not a query parameter of this route; it has none."
                    : $"is not a query parameter of this route; it knows {string.Join(", ", known)}.");
            }
        }
    }

    /// <summary>Page size and token.</summary>
    public static (int Size, string? Token) Page(HttpContext context, params ReadOnlySpan<string> others)
    {
        RequireKnown(context, ["pageSize", "pageToken", .. others]);
        var query = context.Request.Query;
        var size = WholeNumber(context, "pageSize", 1, MaxPageSize) ?? DefaultPageSize;
        var token = query["pageToken"] is [var given, ..] && !string.IsNullOrEmpty(given) ? given : null;
        return (size, token);
    }

    /// <summary><c>true</c> or <c>false</c>, or null where it is not given.</summary>
    public static bool? Flag(HttpContext context, string name) => context.Request.Query[name] switch
    {
        [] => null,
        ["true"] => true,
        ["false"] => false,
        var given => throw ProblemException.Invalid(name, $"'{given}' is neither true nor false."),
    };

    /// <summary>A whole number, or null where it is not given.</summary>
    public static int? WholeNumber(HttpContext context, string name, int least, int most)
    {
        if (!context.Request.QueryString.HasValue || context.Request.Query[name] is not [var text, ..])
        {
            return null;
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most
            ? value
            : throw ProblemException.Invalid(name, FormattableString.Invariant($"'{text}' is not a whole number from {least} to {most}."));
    }
}
