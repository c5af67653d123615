using LifelongApi.Api.Access;
using LifelongApi.Api.Configuration;
using LifelongApi.Api.Encoders;
using LifelongApi.Api.Hosting;
using LifelongApi.Api.OpenApi;
using LifelongApi.Api.Requests;
using Microsoft.Extensions.ObjectPool;
using Microsoft.Extensions.Options;

namespace LifelongApi.Api.Probes;

/// <summary>Endpoints for the probe sets of tasks.</summary>
internal static class ProbesApi
{
    /// <summary>Maps <c>/v1/streams/{stream}/tasks/{task}/probe</c>.</summary>
    public static void MapProbes(this IEndpointRouteBuilder routes)
    {
        var probe = routes.MapGroup("/v1/streams/{stream}/tasks/{task}/probe").WithTags("Streams");
        probe.MapPut("", PutAsync).RequireScope(Scope.Learn).Describe(ProbeDescriptions.Put);

        // As with the history: it shows what was sent.
        probe.MapGet("", GetAsync).RequireScope(Scope.Admin).Describe(ProbeDescriptions.Get);
        probe.MapDelete("", DeleteAsync).RequireScope(Scope.Learn).Describe(ProbeDescriptions.Delete);
    }

    private static async Task<IResult> PutAsync(string stream, string task, HttpContext context, IModelHost host, ObjectPool<EventReader> readers, FeatureEncoding encoding, IOptions<ApiOptions> options)
    {
        QueryRules.RequireKnown(context);
        NameRule.Require(task, "task");
        var isLines = MediaTypes.IsRows(context);
        using var lease = await host.AcquireLeaderAsync(stream, context.RequestAborted);
        var rows = await ReadAsync(context, lease, task, isLines, readers, options.Value);
        rows = await encoding.EncodeAsync(lease.Spec, rows, FieldPath.ProbeRow, context.RequestAborted);
        return Answers.Ok(await host.PutProbeAsync(lease, task, rows, Caller.ActorOf(context)));
    }

    private static async Task<IReadOnlyList<LearnInput>> ReadAsync(HttpContext context, ModelLease lease, string task, bool isLines, ObjectPool<EventReader> readers, ApiOptions options)
    {
        using var body = await RequestBody.ReadAsync(context, options.MaxBodyBytes);
        var reader = readers.Get();
        try
        {
            return ProbeBody.Read(body.Span, isLines, task, reader, InputShape.Of(lease.Spec), lease.Names, options.ProbeRows);
        }
        finally
        {
            readers.Return(reader);
        }
    }

    private static async Task<IResult> GetAsync(string stream, string task, HttpContext context, IModelHost host)
    {
        QueryRules.RequireKnown(context);
        NameRule.Require(task, "task");
        return Answers.Ok(await host.GetProbeAsync(stream, task, context.RequestAborted));
    }

    private static async Task<IResult> DeleteAsync(string stream, string task, HttpContext context, IModelHost host)
    {
        QueryRules.RequireKnown(context);
        NameRule.Require(task, "task");
        await host.DeleteProbeAsync(stream, task, context.RequestAborted);
        return TypedResults.NoContent();
    }
}
