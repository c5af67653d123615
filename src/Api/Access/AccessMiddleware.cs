using System.Net;
using LifelongApi.Api.Hosting;
using LifelongApi.Contracts.Problems;

namespace LifelongApi.Api.Access;

/// <summary>
/// Lets a request through to an endpoint that needs a scope where its key has it. Where no key exists at all,
/// only callers on this machine get through, and they may do everything.
/// </summary>
/// <param name="next">What is behind.</param>
/// <param name="keys">All keys.</param>
internal sealed class AccessMiddleware(RequestDelegate next, ApiKeys keys)
{
    private const string BearerPrefix = "Bearer ";

    // Whoever calls from this machine while there is no key: no name, no limits.
    private static readonly Caller Anyone = new(null, Scope.Admin);

    /// <summary>Handles a request.</summary>
    public Task InvokeAsync(HttpContext context)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<RequiredScope>() is not { } required)
        {
            return next(context);
        }

        var finding = CallerAsync(context);
        if (!finding.IsCompletedSuccessfully)
        {
            return InvokeAsync(context, required, finding);
        }

        Admit(context, required, finding.Result);
        return next(context);
    }

    private async Task InvokeAsync(HttpContext context, RequiredScope required, ValueTask<Caller> finding)
    {
        Admit(context, required, await finding);
        await next(context);
    }

    private static void Admit(HttpContext context, RequiredScope required, Caller caller)
    {
        if ((caller.Scopes & required.Scope) != required.Scope)
        {
            throw new ProblemException(StatusCodes.Status403Forbidden, ProblemTypes.Forbidden, "Forbidden", $"The key '{caller.Name}' lacks the scope '{Scopes.Word(required.Scope)}'.");
        }

        if (caller != Anyone)
        {
            context.Features.Set(caller);
        }
    }

    private static string? KeyOf(HttpContext context)
    {
        var headers = context.Request.Headers;
        if (headers["X-Api-Key"] is [{ Length: > 0 } key, ..])
        {
            return key;
        }

        return headers.Authorization is [{ } value, ..] && value.StartsWith(BearerPrefix, StringComparison.OrdinalIgnoreCase)
            ? value[BearerPrefix.Length..].Trim()
            : null;
    }

    private async ValueTask<Caller> CallerAsync(HttpContext context)
    {
        if (!await keys.AnyAsync(context.RequestAborted))
        {
            return IsLocal(context.Connection.RemoteIpAddress)
                ? Anyone
                : throw new ProblemException(
                    StatusCodes.Status403Forbidden, ProblemTypes.Forbidden, "Forbidden", "No API key is configured, so the service answers callers on its own machine only. Configure one: Lifelong:ApiKeys:0:Name, :Key and :Scopes.");
        }

        var key = KeyOf(context);
        if (key is { Length: > 0 } && await keys.FindAsync(key, context.RequestAborted) is { } caller)
        {
            return caller;
        }

        throw new ProblemException(
            StatusCodes.Status401Unauthorized,
            ProblemTypes.Unauthenticated,
            "Unauthenticated",
            key is null ? "The request has no API key; send it in the header X-Api-Key or as Authorization: Bearer." : "The API key is not known, or was revoked.");
    }

    // No address: a test server in this process or a Unix socket, both of this machine.
    private static bool IsLocal(IPAddress? address) =>
        address is null || IPAddress.IsLoopback(address) || (address.IsIPv4MappedToIPv6 && IPAddress.IsLoopback(address.MapToIPv4()));
}
