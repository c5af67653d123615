using LifelongApi.Api.Access;
using LifelongApi.Api.Hosting;
using LifelongApi.Api.OpenApi;
using LifelongApi.Api.Requests;
using LifelongApi.Contracts.Admin;
using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Problems;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;

namespace LifelongApi.Api.Encoders;

/// <summary>Endpoints for encoders.</summary>
internal static class EncodersApi
{
    /// <summary>Maps <c>/v1/admin/encoders</c>.</summary>
    public static void MapEncoders(this IEndpointRouteBuilder routes)
    {
        var encoders = routes.MapGroup("/v1/admin/encoders").WithTags("Encoders");
        encoders.MapPut("/{encoder}", PutAsync).RequireScope(Scope.Admin).Describe(EncoderDescriptions.Put);
        encoders.MapGet("", ListAsync).RequireScope(Scope.Admin).Describe(EncoderDescriptions.List);
        encoders.MapGet("/{encoder}", GetAsync).RequireScope(Scope.Admin).Describe(EncoderDescriptions.Get);
        encoders.MapDelete("/{encoder}", DeleteAsync).RequireScope(Scope.Admin).Describe(EncoderDescriptions.Delete);
    }

    private static async Task<IResult> PutAsync(string encoder, HttpContext context, EncoderLibrary library, IOptions<HostingOptions> options)
    {
        QueryRules.RequireKnown(context);
        NameRule.Require(encoder, "encoder");
        MediaTypes.RequireRaw(context, "the bytes of an ONNX file");
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = options.Value.EncoderBytes;
        }

        using var body = await ReadAsync(context, options.Value.EncoderBytes);
        if (body.IsEmpty)
        {
            throw ProblemException.Invalid("body", "is empty; send the bytes of an ONNX file.");
        }

        var (info, created) = await library.PutAsync(encoder, body.Span.ToArray(), context.RequestAborted);
        return created ? Answers.Created($"/v1/admin/encoders/{encoder}", info) : Answers.Ok(info);
    }

    private static async Task<RequestBody> ReadAsync(HttpContext context, long limit)
    {
        try
        {
            return await RequestBody.ReadAsync(context, limit);
        }
        catch (ProblemException tooLarge) when (tooLarge.Status == StatusCodes.Status413PayloadTooLarge)
        {
            throw new ProblemException(tooLarge.Status, tooLarge.Type, tooLarge.Title, FormattableString.Invariant($"The file is larger than {limit} bytes (Lifelong:EncoderBytes). Use a smaller network, or one in half precision."));
        }
    }

    private static async Task<IResult> ListAsync(HttpContext context, EncoderLibrary library)
    {
        QueryRules.RequireKnown(context);
        return Answers.Ok(new Page<EncoderInfo> { Items = await library.ListAsync(context.RequestAborted) });
    }

    private static async Task<IResult> GetAsync(string encoder, HttpContext context, EncoderLibrary library)
    {
        QueryRules.RequireKnown(context);
        return Answers.Ok(await library.GetAsync(encoder, context.RequestAborted));
    }

    private static async Task<IResult> DeleteAsync(string encoder, HttpContext context, EncoderLibrary library)
    {
        QueryRules.RequireKnown(context);
        await library.DeleteAsync(encoder, context.RequestAborted);
        return TypedResults.NoContent();
    }
}
