using LifelongApi.Api.Access;
using LifelongApi.Api.Hosting;
using LifelongApi.Api.OpenApi;
using LifelongApi.Api.Requests;
using LifelongApi.Contracts.Journal;
using Microsoft.AspNetCore.Http.Features;

namespace LifelongApi.Api.Bundles;

/// <summary>Endpoints for models as files.</summary>
internal static class BundlesApi
{
    /// <summary>Maps <c>/v1/admin/models/{model}/bundle</c>.</summary>
    public static void MapBundles(this IEndpointRouteBuilder routes)
    {
        var bundles = routes.MapGroup("/v1/admin/models/{model}/bundle").WithTags("Bundles");
        bundles.MapGet("", ExportAsync).RequireScope(Scope.Admin).Describe(BundleDescriptions.Export);
        bundles.MapPut("", ImportAsync).RequireScope(Scope.Admin).Describe(BundleDescriptions.Import);
        bundles.MapPost("", ImportAsync).RequireScope(Scope.Admin).Describe(BundleDescriptions.Import);
    }

    private static async Task ExportAsync(string model, HttpContext context, IModelHost host)
    {
        QueryRules.RequireKnown(context, "version");
        var version = QueryRules.WholeNumber(context, "version", 1, int.MaxValue);
        var export = await host.ExportAsync(model, version, context.RequestAborted);
        Answers.SetPosition(context, export.Position.ToString());
        context.Response.ContentType = BundleFormat.MediaType;
        context.Response.Headers.ContentDisposition = $"attachment; filename=\"{export.FileName}\"";
        await export.WriteAsync(context.Response.Body, context.RequestAborted);
    }

    private static async Task<IResult> ImportAsync(string model, HttpContext context, IModelHost host)
    {
        NameRule.Require(model, "model");
        QueryRules.RequireKnown(context);
        MediaTypes.RequireBundle(context);
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            // What it holds is bounded while it is read: the state by the memory budget, everything else by the format.
            size.MaxRequestBodySize = null;
        }

        var info = await host.ImportAsync(model, context.Request.Body, context.RequestAborted);
        Answers.SetPosition(context, new Position(info.Lineage, info.Sequence).ToString());
        return Answers.Created($"/v1/models/{model}", info);
    }
}
