using LifelongApi.Api.Access;
using LifelongApi.Api.Configuration;
using LifelongApi.Api.Hosting;
using LifelongApi.Api.OpenApi;
using LifelongApi.Api.Requests;
using LifelongApi.Contracts.Journal;
using LifelongApi.Contracts.Models;
using Microsoft.Extensions.Options;

namespace LifelongApi.Api.Models;

/// <summary>Endpoints for models.</summary>
internal static class ModelsApi
{
    /// <summary>Maps <c>/v1/models</c>.</summary>
    public static void MapModels(this IEndpointRouteBuilder routes)
    {
        var models = routes.MapGroup("/v1/models").WithTags("Models");
        models.MapPut("/{model}", CreateAsync).RequireScope(Scope.Admin).Describe(ModelDescriptions.Create);
        models.MapGet("/{model}", GetAsync).RequireScope(Scope.Read).Describe(ModelDescriptions.Get);
        models.MapGet("", ListAsync).RequireScope(Scope.Read).Describe(ModelDescriptions.List);
        models.MapDelete("/{model}", DeleteAsync).RequireScope(Scope.Admin).Describe(ModelDescriptions.Delete);
    }

    private static async Task<IResult> CreateAsync(string model, HttpContext context, IModelHost host, IOptions<ApiOptions> options)
    {
        NameRule.Require(model, "model");
        var request = await RequestBody.ReadJsonAsync<CreateModelRequest>(context, options.Value.MaxBodyBytes);
        var (info, created) = await host.CreateAsync(model, request, context.RequestAborted);
        SetPosition(context, info);
        return created ? Answers.Created($"/v1/models/{model}", info) : Answers.Ok(info);
    }

    private static async Task<IResult> GetAsync(string model, HttpContext context, IModelHost host)
    {
        QueryRules.RequireKnown(context);
        var info = await host.GetAsync(model, context.RequestAborted);
        SetPosition(context, info);
        return Answers.Ok(info);
    }

    private static async Task<IResult> ListAsync(HttpContext context, IModelHost host)
    {
        var (size, token) = QueryRules.Page(context);
        return Answers.Ok(await host.ListAsync(size, token, context.RequestAborted));
    }

    private static async Task<IResult> DeleteAsync(string model, HttpContext context, IModelHost host)
    {
        await host.DeleteAsync(model, context.RequestAborted);
        return Results.NoContent();
    }

    private static void SetPosition(HttpContext context, ModelInfo info) =>
        Answers.SetPosition(context, new Position(info.Lineage, info.Sequence).ToString());
}
