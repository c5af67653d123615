using LifelongApi.Api.Access;
using LifelongApi.Api.Hosting;
using LifelongApi.Api.OpenApi;
using LifelongApi.Api.Requests;

namespace LifelongApi.Api.Learning;

/// <summary>Endpoints that ask and teach models.</summary>
internal static class LearningApi
{
    /// <summary>Maps predict, learn, feedback and stream under <c>/v1/models/{model}</c> and <c>/v1/streams/{stream}</c>, and metrics.</summary>
    public static void MapLearning(this IEndpointRouteBuilder routes)
    {
        var predict = ActivatorUtilities.CreateInstance<PredictEndpoint>(routes.ServiceProvider);
        var learn = ActivatorUtilities.CreateInstance<LearnEndpoint>(routes.ServiceProvider);
        MapCalls(routes.MapGroup("/v1/models/{model}").WithTags("Learning"), predict, learn);
        routes.MapGet("/v1/models/{model}/metrics", MetricsAsync).WithTags("Learning").RequireScope(Scope.Read).Describe(LearningDescriptions.Metrics);
        MapCalls(routes.MapGroup("/v1/streams/{stream}").WithTags("Streams"), predict, learn);
    }

    // What is called for every example holds what it needs, instead of a scope of services for each request. As delegates they are route handlers, which the documentation shows.
    private static void MapCalls(RouteGroupBuilder group, PredictEndpoint predict, LearnEndpoint learn)
    {
        group.MapPost("/predict", (Delegate)predict.HandleAsync).RequireScope(Scope.Predict).Describe(LearningDescriptions.Predict);
        group.MapPost("/learn", (Delegate)learn.LearnAsync).RequireScope(Scope.Learn).Describe(LearningDescriptions.Learn);
        group.MapPost("/feedback", (Delegate)learn.FeedbackAsync).RequireScope(Scope.Learn).Describe(LearningDescriptions.Feedback);
        group.MapPost("/stream", StreamEndpoint.HandleAsync).RequireScope(Scope.Learn).Describe(LearningDescriptions.Stream);

        // curl -T puts, and it is what sends rows as they are typed.
        group.MapPut("/stream", StreamEndpoint.HandleAsync).RequireScope(Scope.Learn).ExcludeFromDescription();
    }

    private static async Task<IResult> MetricsAsync(string model, HttpContext context, IModelHost host)
    {
        QueryRules.RequireKnown(context, "scenario");
        var metrics = await host.GetMetricsAsync(model, QueryRules.Flag(context, "scenario") ?? true, context.RequestAborted);
        Answers.SetPosition(context, metrics.Position);
        return Answers.Ok(metrics);
    }
}
