using LifelongApi.Api.Access;
using LifelongApi.Api.Hosting;
using LifelongApi.Api.OpenApi;
using LifelongApi.Api.Requests;
using LifelongApi.Contracts.Admin;
using LifelongApi.Contracts.Models;
using static LifelongApi.Api.OpenApi.DescribedEndpoints;

namespace LifelongApi.Api.History;

/// <summary>Endpoints for what a model was taught.</summary>
internal static class HistoryApi
{
    private static readonly OperationDescription List = new("List events", "The journal of the model's stream, newest first: what was learned, by whom, and what it did. With order=oldestFirst the events that are live in the model's lineage, from the first one on. A page ends at 16 MiB of payload.")
    {
        Parameters = [.. Paging, new("order", false, "newestFirst (default) or oldestFirst.", "oldestFirst")],
        Answers = [Ok<Page<HistoryEvent>>("A page.", Samples.Page($$$"""{"sequence":18,"eventId":"order-17","kind":"learned","task":"january","actor":"shop","receivedAt":"2026-03-01T12:00:00+00:00","weight":1,"payloadBytes":37,"live":true,"payload":{"features":{"amount":12.5,"country":"DE"},"label":"fraud"},"outcome":{{{Samples.LearnResult}}}}"""))],
        Problems = [400, 404],
    };

    /// <summary>Maps <c>/v1/admin/models/{model}/history</c>.</summary>
    public static void MapHistory(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/v1/admin/models/{model}/history", ListAsync).WithTags("History").RequireScope(Scope.Admin).Describe(List);

    private static async Task<IResult> ListAsync(string model, HttpContext context, IModelHost host)
    {
        var (size, token) = QueryRules.Page(context, "order");
        var oldestFirst = context.Request.Query["order"] switch
        {
            [] or ["newestFirst"] => false,
            ["oldestFirst"] => true,
            var other => throw ProblemException.Invalid("order", $"'{other}' is neither newestFirst nor oldestFirst."),
        };
        return Answers.Ok(await host.ListHistoryAsync(model, oldestFirst, size, token, context.RequestAborted));
    }
}
