using LifelongApi.Api.Access;
using LifelongApi.Api.Hosting;
using LifelongApi.Api.Requests;
using LifelongApi.Contracts.Learning;

namespace LifelongApi.Api.Learning;

/// <summary>
/// A predict that is remembered: it goes through the stream like an event that is learned, and its answer is the outcome of that event, the same in every replay.
/// </summary>
internal static class RememberCall
{
    /// <summary>Whether the query of a raw body asks for it.</summary>
    /// <exception cref="ProblemException">400 where only its other parameters are given.</exception>
    public static bool IsAsked(HttpContext context)
    {
        if (QueryRules.Flag(context, "remember") == true)
        {
            RefuseVersion(QueryRules.WholeNumber(context, "version", 1, int.MaxValue));
            return true;
        }

        return context.Request.Query.Keys.FirstOrDefault(name => name is not ("version" or "remember" or "entity" or "occurredAt")) is { } own
            ? throw ProblemException.Invalid(own, "goes with remember=true only; a prediction that is not remembered leaves no event.")
            : false;
    }

    /// <summary>Reads a raw body.</summary>
    public static IReadOnlyList<LearnInput> ReadRaw(HttpContext context, ReadOnlySpan<byte> body, EventReader events, ModelLease lease) =>
        [events.ReadRaw(body, new RawLearnQuery(context.Request.Query), InputShape.Of(lease.Spec), lease.Names, Caller.ActorOf(context), IdempotencyKey.Of(context), remember: true)];

    /// <summary>The past is asked, not remembered.</summary>
    public static void RefuseVersion(int? version)
    {
        if (version is not null)
        {
            throw ProblemException.Invalid("version", "cannot be combined with remember; a stored version takes no events.");
        }
    }

    /// <summary>Journals and answers.</summary>
    public static async Task AnswerAsync(HttpContext context, ModelLease lease, IReadOnlyList<LearnInput> questions, bool isBatch)
    {
        Caller.Require(context, Scope.Learn, "A remembered prediction is an event of the stream.");
        if (!isBatch)
        {
            var result = await lease.LearnAsync(questions[0], context.RequestAborted);
            var prediction = result.Prediction ?? new Prediction();
            Answers.SetPosition(context, result.Position);
            await Answers.Ok(new PredictResponse
            {
                Model = lease.Name,
                Position = result.Position!,
                Label = prediction.Label,
                Probability = prediction.Probability,
                Probabilities = prediction.Probabilities,
                Values = prediction.Values,
                Abstained = prediction.Abstained,
                Context = prediction.Context,
                Score = prediction.Score,
                IsAnomaly = prediction.IsAnomaly,
                Surprise = prediction.Surprise,
                EntityKnown = result.EntityKnown,
                EventId = result.EventId,
                Status = result.Status,
            }).ExecuteAsync(context);
            return;
        }

        var results = await lease.LearnManyAsync(questions, context.RequestAborted);
        if (results.FirstOrDefault(result => result.Error is not null) is { Error: { } error })
        {
            // The others are journalled: sent again, they answer what they answered.
            throw new ProblemException(error.Status ?? StatusCodes.Status409Conflict, error.Type, error.Title, error.Detail ?? error.Title);
        }

        var position = results[^1].Position!;
        Answers.SetPosition(context, position);
        await Answers.Ok(new PredictBatchResponse
        {
            Model = lease.Name,
            Position = position,
            Results = [.. results.Select(result => (result.Prediction ?? new Prediction()) with { EntityKnown = result.EntityKnown })],
            EventIds = [.. results.Select(result => result.EventId!)],
        }).ExecuteAsync(context);
    }
}
