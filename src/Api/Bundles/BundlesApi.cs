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
    /// <summary>Maps <c>export</c> and <c>import</c> beside the snapshots.</summary>
    public static void MapBundles(this IEndpointRouteBuilder routes)
    {
        var models = routes.MapGroup("/v1/admin/models").WithTags("Bundles");
        models.MapGet("/{model}/snapshots/export", ExportPresentAsync).RequireScope(Scope.Admin).Describe(BundleDescriptions.ExportPresent);
        models.MapGet("/{model}/snapshots/{version:int:min(1)}/export", ExportVersionAsync).RequireScope(Scope.Admin).Describe(BundleDescriptions.ExportVersion);
        models.MapPost("/{copy}/snapshots/import", ImportAsync).RequireScope(Scope.Admin).Describe(BundleDescriptions.Import);
    }

    private static Task ExportPresentAsync(string model, HttpContext context, IModelHost host) => ExportAsync(model, null, context, host);

    private static Task ExportVersionAsync(string model, int version, HttpContext context, IModelHost host) => ExportAsync(model, version, context, host);

    private static async Task ExportAsync(string model, int? version, HttpContext context, IModelHost host)
    {
        QueryRules.RequireKnown(context, "encoder", "probes");
        var export = await host.ExportAsync(model, version, QueryRules.Flag(context, "encoder") ?? true, QueryRules.Flag(context, "probes") ?? true, context.RequestAborted);
        Answers.SetPosition(context, export.Position.ToString());
        context.Response.ContentType = BundleFormat.MediaType;
        context.Response.Headers.ContentDisposition = $"attachment; filename=\"{export.FileName}\"";
        await export.WriteAsync(context.Response.Body, context.RequestAborted);
    }

    private static async Task<IResult> ImportAsync(string copy, HttpContext context, IModelHost host)
    {
        NameRule.Require(copy, "model");
        QueryRules.RequireKnown(context);
        MediaTypes.RequireBundle(context);
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            // What it holds is bounded while it is read: the state by the memory budget, everything else by the format.
            size.MaxRequestBodySize = null;
        }

        var info = await host.ImportAsync(copy, context.Request.Body, context.RequestAborted);
        Answers.SetPosition(context, new Position(info.Lineage, info.Sequence).ToString());
        return Answers.Created($"/v1/models/{copy}", info);
    }
}
