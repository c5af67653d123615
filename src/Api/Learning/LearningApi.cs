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
    /// <summary>Maps predict, learn, stream and metrics under <c>/v1/models/{model}</c>.</summary>
    public static void MapLearning(this IEndpointRouteBuilder routes)
    {
        var model = routes.MapGroup("/v1/models/{model}").WithTags("Learning");
        model.MapPost("/predict", PredictEndpoint.HandleAsync).RequireScope(Scope.Predict).Describe(LearningDescriptions.Predict);
        model.MapPost("/learn", LearnAsync).RequireScope(Scope.Learn).Describe(LearningDescriptions.Learn);
        model.MapPost("/feedback", FeedbackAsync).RequireScope(Scope.Learn).Describe(LearningDescriptions.Feedback);
        model.MapPost("/stream", StreamEndpoint.HandleAsync).RequireScope(Scope.Learn).Describe(LearningDescriptions.Stream);

        // curl -T puts, and it is what sends rows as they are typed.
        model.MapPut("/stream", StreamEndpoint.HandleAsync).RequireScope(Scope.Learn).ExcludeFromDescription();
        model.MapGet("/metrics", MetricsAsync).RequireScope(Scope.Read).Describe(LearningDescriptions.Metrics);
    }

    private static async Task<IResult> LearnAsync(string model, HttpContext context, IModelHost host, ObjectPool<EventReader> readers, FeatureEncoding encoding, IOptions<ApiOptions> options)
    {
        var isRaw = MediaTypes.IsRaw(context);
        QueryRules.RequireKnown(context, isRaw ? RawLearnQuery.Names : []);
        using var lease = await host.AcquireAsync(model, context.RequestAborted);
        var input = await ReadAsync(context, lease, readers, options.Value, isRaw);
        return input.Single is { } single
            ? await TakeAsync(context, lease, await encoding.EncodeAsync(lease.Spec, single, context.RequestAborted), null)
            : await TakeAsync(context, lease, null, await encoding.EncodeAsync(lease.Spec, input.Batch!, FieldPath.Event, context.RequestAborted));
    }

    private static async Task<IResult> FeedbackAsync(string model, HttpContext context, IModelHost host, ObjectPool<EventReader> readers, IOptions<ApiOptions> options)
    {
        QueryRules.RequireKnown(context);
        MediaTypes.RequireJson(context);
        using var lease = await host.AcquireAsync(model, context.RequestAborted);
        FeedbackBody input;
        using (var body = await RequestBody.ReadAsync(context, options.Value.MaxBodyBytes))
        {
            var reader = readers.Get();
            try
            {
                input = FeedbackBody.Read(body.Span, reader, InputShape.Of(lease.Spec), lease.Names, Caller.ActorOf(context), options.Value.MaxBatch);
            }
            finally
            {
                readers.Return(reader);
            }
        }

        return await TakeAsync(context, lease, input.Single, input.Batch);
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

    private static async Task<LearnBody> ReadAsync(HttpContext context, ModelLease lease, ObjectPool<EventReader> readers, ApiOptions options, bool isRaw)
    {
        using var body = await RequestBody.ReadAsync(context, options.MaxBodyBytes);
        var key = IdempotencyKey.Of(context);
        var actor = Caller.ActorOf(context);
        var shape = InputShape.Of(lease.Spec);
        var reader = readers.Get();
        try
        {
            return isRaw
                ? new LearnBody(reader.ReadRaw(body.Span, new RawLearnQuery(context.Request.Query), shape, lease.Names, actor, key), null)
                : LearnBody.Read(body.Span, reader, shape, lease.Names, actor, key, options.MaxBatch);
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
