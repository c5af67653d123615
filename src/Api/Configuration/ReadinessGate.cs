using LifelongApi.Api.Access;
using LifelongApi.Api.Hosting;
using LifelongApi.Contracts.Problems;

namespace LifelongApi.Api.Configuration;

/// <summary>Answers 503 on every route that needs the store until the store is ready.</summary>
/// <param name="next">What is behind.</param>
/// <param name="startup">Knows when.</param>
internal sealed class ReadinessGate(RequestDelegate next, StoreStartup startup)
{
    /// <summary>Handles a request.</summary>
    public Task InvokeAsync(HttpContext context) =>
        startup.IsReady || context.GetEndpoint()?.Metadata.GetMetadata<RequiredScope>() is null ? next(context) : throw NotReady();

    /// <summary>The problem of a service that is still starting.</summary>
    public static ProblemException NotReady() => new(
        StatusCodes.Status503ServiceUnavailable, ProblemTypes.Unavailable, "Unavailable", "The service is starting: the database is not reachable or not up to date yet. Nothing was changed.")
    {
        RetryAfter = TimeSpan.FromSeconds(1),
    };
}
