using LifelongApi.Api.Configuration;
using LifelongApi.Api.OpenApi;
using LifelongApi.Api.Requests;
using static LifelongApi.Api.OpenApi.DescribedEndpoints;

namespace LifelongApi.Api.Health;

/// <summary>Answers of the health endpoints.</summary>
/// <param name="Status"><c>alive</c> or <c>ready</c>.</param>
public sealed record HealthStatus(string Status);

/// <summary>Endpoints for whoever watches the process. They need no key.</summary>
internal static class HealthApi
{
    private static readonly OperationDescription Live = new("Is the process up?", "Always 200 while it is.")
    {
        Answers = [Ok<HealthStatus>("It is.", """{"status":"alive"}""")],
    };

    private static readonly OperationDescription Ready = new("Can the service work?", "200 when the database is reachable and up to date.")
    {
        Answers = [Ok<HealthStatus>("It can.", """{"status":"ready"}""")],
        Problems = [503],
    };

    /// <summary>Maps <c>/livez</c> and <c>/readyz</c>.</summary>
    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/livez", () => Answers.Ok(new HealthStatus("alive"))).WithTags("Health").Describe(Live);
        routes.MapGet("/readyz", ReadyAsync).WithTags("Health").Describe(Ready);
    }

    private static async Task<IResult> ReadyAsync(HttpContext context, StoreStartup startup) =>
        await startup.IsReadyAsync(context.RequestAborted)
            ? Answers.Ok(new HealthStatus("ready"))
            : throw ReadinessGate.NotReady();
}
