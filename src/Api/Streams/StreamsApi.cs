using LifelongApi.Api.Access;
using LifelongApi.Api.Hosting;
using LifelongApi.Api.OpenApi;
using LifelongApi.Api.Requests;
using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Streams;

namespace LifelongApi.Api.Streams;

/// <summary>Endpoints for streams and their tasks.</summary>
internal static class StreamsApi
{
    /// <summary>Maps <c>/v1/streams</c>.</summary>
    public static void MapStreams(this IEndpointRouteBuilder routes)
    {
        var streams = routes.MapGroup("/v1/streams").WithTags("Streams");
        streams.MapGet("", ListAsync).RequireScope(Scope.Read).Describe(StreamDescriptions.List);
        streams.MapGet("/{stream}", GetAsync).RequireScope(Scope.Read).Describe(StreamDescriptions.Get);
        streams.MapGet("/{stream}/tasks", ListTasksAsync).RequireScope(Scope.Read).Describe(StreamDescriptions.ListTasks);
        streams.MapPost("/{stream}/tasks/{task}:begin", BeginAsync).RequireScope(Scope.Learn).Describe(StreamDescriptions.Begin);
        streams.MapPost("/{stream}/tasks/{task}:end", EndAsync).RequireScope(Scope.Learn).Describe(StreamDescriptions.End);
    }

    private static async Task<IResult> ListAsync(HttpContext context, IModelHost host)
    {
        var (size, token) = QueryRules.Page(context);
        return Answers.Ok(await host.ListStreamsAsync(size, token, context.RequestAborted));
    }

    private static async Task<IResult> GetAsync(string stream, HttpContext context, IModelHost host) =>
        Answers.Ok(await host.GetStreamAsync(stream, context.RequestAborted));

    private static async Task<IResult> ListTasksAsync(string stream, HttpContext context, IModelHost host) =>
        Answers.Ok(new Page<TaskInfo> { Items = await host.ListTasksAsync(stream, context.RequestAborted) });

    private static async Task<IResult> BeginAsync(string stream, string task, HttpContext context, IModelHost host)
    {
        NameRule.Require(task, "task");
        return Boundary(context, await host.BeginTaskAsync(stream, task, IdempotencyKey.Of(context), Caller.ActorOf(context), context.RequestAborted));
    }

    private static async Task<IResult> EndAsync(string stream, string task, HttpContext context, IModelHost host)
    {
        NameRule.Require(task, "task");
        return Boundary(context, await host.EndTaskAsync(stream, task, IdempotencyKey.Of(context), Caller.ActorOf(context), context.RequestAborted));
    }

    private static IResult Boundary(HttpContext context, TaskBoundary boundary)
    {
        Answers.SetPosition(context, boundary.Position);
        return Answers.Ok(boundary);
    }
}
