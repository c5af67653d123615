using LifelongApi.Api.Access;
using LifelongApi.Api.Configuration;
using LifelongApi.Api.Encoders;
using LifelongApi.Api.Hosting;
using LifelongApi.Api.OpenApi;
using LifelongApi.Api.Requests;
using LifelongApi.Contracts.Journal;
using LifelongApi.Contracts.Learning;
using Microsoft.Extensions.ObjectPool;
using Microsoft.Extensions.Options;

namespace LifelongApi.Api.Learning;

/// <summary>Endpoints that ask and teach models.</summary>
internal static class LearningApi
{
    /// <summary>Maps predict, learn, feedback and stream under <c>/v1/models/{model}</c> and <c>/v1/streams/{stream}</c>, and metrics.</summary>
    public static void MapLearning(this IEndpointRouteBuilder routes)
    {
        MapCalls(routes.MapGroup("/v1/models/{model}").WithTags("Learning"));
        routes.MapGet("/v1/models/{model}/metrics", MetricsAsync).WithTags("Learning").RequireScope(Scope.Read).Describe(LearningDescriptions.Metrics);
        MapCalls(routes.MapGroup("/v1/streams/{stream}").WithTags("Streams"));
    }

    private static void MapCalls(RouteGroupBuilder group)
    {
        group.MapPost("/predict", PredictEndpoint.HandleAsync).RequireScope(Scope.Predict).Describe(LearningDescriptions.Predict);
        group.MapPost("/learn", LearnAsync).RequireScope(Scope.Learn).Describe(LearningDescriptions.Learn);
        group.MapPost("/feedback", FeedbackAsync).RequireScope(Scope.Learn).Describe(LearningDescriptions.Feedback);
        group.MapPost("/stream", StreamEndpoint.HandleAsync).RequireScope(Scope.Learn).Describe(LearningDescriptions.Stream);

        // curl -T puts, and it is what sends rows as they are typed.
        group.MapPut("/stream", StreamEndpoint.HandleAsync).RequireScope(Scope.Learn).ExcludeFromDescription();
    }

    private static async Task<IResult> LearnAsync(Addressee to, HttpContext context, ObjectPool<EventReader> readers, FeatureEncoding encoding, IOptions<ApiOptions> options)
    {
        var isRaw = MediaTypes.IsRaw(context);
        QueryRules.RequireKnown(context, isRaw ? RawLearnQuery.Names : []);
        using var body = new RequestBody();
        return await to.UseAsync(
            async lease =>
            {
                await body.FillAsync(context, options.Value.MaxBodyBytes);
                var input = Read(body.Span, context, lease, readers, options.Value, isRaw);
                return input.Single is { } single
                    ? await TakeAsync(context, lease, await encoding.EncodeAsync(lease.Spec, single, context.RequestAborted), null)
                    : await TakeAsync(context, lease, null, await encoding.EncodeAsync(lease.Spec, input.Batch!, FieldPath.Event, context.RequestAborted));
            },
            context.RequestAborted);
    }

    private static async Task<IResult> FeedbackAsync(Addressee to, HttpContext context, ObjectPool<EventReader> readers, IOptions<ApiOptions> options)
    {
        QueryRules.RequireKnown(context);
        MediaTypes.RequireJson(context);
        using var body = new RequestBody();
        return await to.UseAsync(
            async lease =>
            {
                await body.FillAsync(context, options.Value.MaxBodyBytes);
                var input = ReadFeedback(body.Span, context, lease, readers, options.Value);
                return await TakeAsync(context, lease, input.Single, input.Batch);
            },
            context.RequestAborted);
    }

    private static async Task<IResult> TakeAsync(HttpContext context, ModelLease lease, LearnInput? single, IReadOnlyList<LearnInput>? batch)
    {
        if (single is not null)
        {
            var result = await lease.LearnAsync(single, context.RequestAborted);
            Answers.SetPosition(context, result.Position);
            return Answers.Ok(result);
        }

        var results = await lease.LearnManyAsync(batch!, context.RequestAborted);
        var position = Last(results);
        Answers.SetPosition(context, position);
        return Answers.Ok(new LearnBatchResponse { Results = results, Position = position });
    }

    private static FeedbackBody ReadFeedback(ReadOnlySpan<byte> body, HttpContext context, ModelLease lease, ObjectPool<EventReader> readers, ApiOptions options)
    {
        var reader = readers.Get();
        try
        {
            return FeedbackBody.Read(body, reader, InputShape.Of(lease.Spec), lease.Names, Caller.ActorOf(context), options.MaxBatch);
        }
        finally
        {
            readers.Return(reader);
        }
    }

    private static LearnBody Read(ReadOnlySpan<byte> body, HttpContext context, ModelLease lease, ObjectPool<EventReader> readers, ApiOptions options, bool isRaw)
    {
        var key = IdempotencyKey.Of(context);
        var actor = Caller.ActorOf(context);
        var shape = InputShape.Of(lease.Spec);
        var reader = readers.Get();
        try
        {
            return isRaw
                ? new LearnBody(reader.ReadRaw(body, new RawLearnQuery(context.Request.Query), shape, lease.Names, actor, key), null)
                : LearnBody.Read(body, reader, shape, lease.Names, actor, key, options.MaxBatch);
        }
        finally
        {
            readers.Return(reader);
        }
    }

    // Duplicates carry the position of the first event, so the furthest position is where the model stands after the batch.
    private static string Last(IReadOnlyList<LearnResult> results)
    {
        var last = default(Position);
        foreach (var result in results)
        {
            if (Position.TryParse(result.Position, out var position)
                && (position.Lineage > last.Lineage || (position.Lineage == last.Lineage && position.Sequence > last.Sequence)))
            {
                last = position;
            }
        }

        return last.ToString();
    }

    private static async Task<IResult> MetricsAsync(string model, HttpContext context, IModelHost host)
    {
        QueryRules.RequireKnown(context, "scenario");
        var metrics = await host.GetMetricsAsync(model, QueryRules.Flag(context, "scenario") ?? true, context.RequestAborted);
        Answers.SetPosition(context, metrics.Position);
        return Answers.Ok(metrics);
    }
}
