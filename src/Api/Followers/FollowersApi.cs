using LifelongApi.Api.Access;
using LifelongApi.Api.Hosting;
using LifelongApi.Api.OpenApi;
using LifelongApi.Api.Requests;

namespace LifelongApi.Api.Followers;

/// <summary>Endpoints for followers: how they do beside the leader, and taking its place.</summary>
internal static class FollowersApi
{
    /// <summary>Maps <c>/v1/models/{challenger}/comparison</c> and <c>/v1/admin/models/{challenger}:promote</c>.</summary>
    public static void MapFollowers(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/models/{challenger}/comparison", CompareAsync).WithTags("Models").RequireScope(Scope.Read).Describe(FollowerDescriptions.Compare);
        routes.MapPost("/v1/admin/models/{challenger}:promote", PromoteAsync).WithTags("Models").RequireScope(Scope.Admin).Describe(FollowerDescriptions.Promote);
    }

    private static async Task<IResult> CompareAsync(string challenger, HttpContext context, IModelHost host)
    {
        QueryRules.RequireKnown(context);
        return Answers.Ok(await host.CompareAsync(challenger, context.RequestAborted));
    }

    private static async Task<IResult> PromoteAsync(string challenger, HttpContext context, IModelHost host)
    {
        QueryRules.RequireKnown(context);
        var result = await host.PromoteAsync(challenger, context.RequestAborted);
        Answers.SetPosition(context, result.Position);
        return Answers.Ok(result);
    }
}
