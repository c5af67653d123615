using LifelongApi.Api.Access;
using LifelongApi.Api.Configuration;
using LifelongApi.Api.Hosting;
using LifelongApi.Api.OpenApi;
using LifelongApi.Api.Requests;
using LifelongApi.Contracts.Admin;
using Microsoft.Extensions.Options;

namespace LifelongApi.Api.Sleep;

/// <summary>The endpoint that puts a model to sleep.</summary>
internal static class SleepApi
{
    private const int MostSlices = 1000;

    /// <summary>Room for the number of a slice behind the caller's key.</summary>
    private const int LongestKey = 120;

    /// <summary>Maps <c>/v1/admin/models/{model}:sleep</c>.</summary>
    public static void MapSleep(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/v1/admin/models/{model}:sleep", SleepAsync).WithTags("Models").RequireScope(Scope.Admin).Describe(SleepDescriptions.Sleep);

    private static async Task<IResult> SleepAsync(string model, HttpContext context, IModelHost host, IOptions<ApiOptions> options)
    {
        var request = await RequestBody.TryReadJsonAsync<SleepRequest>(context, options.Value.MaxBodyBytes) ?? new SleepRequest();
        if (request.Slices is < 1 or > MostSlices)
        {
            throw ProblemException.Invalid("slices", FormattableString.Invariant($"{request.Slices} is out of range; give a number from 1 to {MostSlices}."));
        }

        var key = IdempotencyKey.Of(context);
        if (key?.Length > LongestKey)
        {
            throw ProblemException.Invalid("Idempotency-Key", FormattableString.Invariant($"has {key.Length} characters; give at most {LongestKey}, for every slice has an id made from it."));
        }

        var result = await host.SleepAsync(model, request, key, Caller.ActorOf(context), context.RequestAborted);
        Answers.SetPosition(context, result.Position);
        return Answers.Ok(result);
    }
}
