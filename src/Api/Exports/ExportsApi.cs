using LifelongApi.Api.Access;
using LifelongApi.Api.Hosting;
using LifelongApi.Api.OpenApi;
using LifelongApi.Api.Requests;
using Microsoft.Net.Http.Headers;

namespace LifelongApi.Api.Exports;

/// <summary>Endpoints that give a model away in forms that others run.</summary>
internal static class ExportsApi
{
    /// <summary>Maps <c>/v1/admin/models/{model}/onnx</c>.</summary>
    public static void MapExports(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/v1/admin/models/{model}/onnx", OnnxAsync).WithTags("Models").RequireScope(Scope.Admin).Describe(ExportDescriptions.Onnx);

    private static async Task<IResult> OnnxAsync(string model, HttpContext context, IModelHost host)
    {
        QueryRules.RequireKnown(context);
        var (file, position) = await host.ExportOnnxAsync(model, context.RequestAborted);
        Answers.SetPosition(context, position);
        context.Response.Headers.ContentDisposition = new ContentDispositionHeaderValue("attachment") { FileName = $"{model}.onnx" }.ToString();
        return TypedResults.Bytes(file, MediaTypes.Raw);
    }
}
