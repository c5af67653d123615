using LifelongApi.Api.Access;
using LifelongApi.Api.Configuration;
using LifelongApi.Api.Encoders;
using LifelongApi.Api.Hosting;
using LifelongApi.Api.Requests;
using LifelongApi.Contracts.Journal;
using LifelongApi.Contracts.Learning;
using Microsoft.Extensions.ObjectPool;
using Microsoft.Extensions.Options;

namespace LifelongApi.Api.Learning;

/// <summary><c>POST …/learn</c> and <c>POST …/feedback</c>.</summary>
/// <param name="host">Where models live.</param>
/// <param name="readers">Readers of events, pooled.</param>
/// <param name="answers">Answers, pooled.</param>
/// <param name="encoding">What stands between a request and the model.</param>
/// <param name="options">Bounds.</param>
internal sealed class LearnEndpoint(IModelHost host, ObjectPool<EventReader> readers, ObjectPool<JsonAnswer> answers, FeatureEncoding encoding, IOptions<ApiOptions> options)
{
    private const string MediaType = "application/json; charset=utf-8";
    private readonly ApiOptions _options = options.Value;

    /// <summary>Handles a request to learn.</summary>
    public async Task LearnAsync(HttpContext context)
    {
        QueryRules.RequireKnown(context, MediaTypes.IsRaw(context) ? RawLearnQuery.Names : []);
        using var body = new RequestBody();
        await Addressee.Of(context, host).UseAsync((this, body, context), static (call, lease) => call.Item1.LearnAsync(call.body, lease, call.context), context.RequestAborted);
    }

    /// <summary>Handles feedback.</summary>
    public async Task FeedbackAsync(HttpContext context)
    {
        QueryRules.RequireKnown(context);
        MediaTypes.RequireJson(context);
        using var body = new RequestBody();
        await Addressee.Of(context, host).UseAsync((this, body, context), static (call, lease) => call.Item1.FeedbackAsync(call.body, lease, call.context), context.RequestAborted);
    }

    private async Task LearnAsync(RequestBody body, ModelLease lease, HttpContext context)
    {
        await body.FillAsync(context, _options.MaxBodyBytes);
        var input = Read(body.Span, context, lease);
        if (input.Single is { } single)
        {
            await TakeAsync(context, lease, await encoding.EncodeAsync(lease.Spec, single, context.RequestAborted));
        }
        else
        {
            await TakeAsync(context, lease, await encoding.EncodeAsync(lease.Spec, input.Batch!, FieldPath.Event, context.RequestAborted));
        }
    }

    private async Task FeedbackAsync(RequestBody body, ModelLease lease, HttpContext context)
    {
        await body.FillAsync(context, _options.MaxBodyBytes);
        var input = ReadFeedback(body.Span, context, lease);
        await (input.Single is { } single ? TakeAsync(context, lease, single) : TakeAsync(context, lease, input.Batch!));
    }

    private async Task TakeAsync(HttpContext context, ModelLease lease, LearnInput single)
    {
        var result = await lease.LearnAsync(single, context.RequestAborted);
        Answers.SetPosition(context, result.Position);
        var answer = answers.Get();
        try
        {
            LearnResultJson.Write(answer.Json, result);
            await answer.SendAsync(context, MediaType);
        }
        finally
        {
            answers.Return(answer);
        }
    }

    private async Task TakeAsync(HttpContext context, ModelLease lease, IReadOnlyList<LearnInput> batch)
    {
        var results = await lease.LearnManyAsync(batch, context.RequestAborted);
        var position = Last(results);
        Answers.SetPosition(context, position);
        var answer = answers.Get();
        try
        {
            LearnResultJson.Write(answer.Json, new LearnBatchResponse { Results = results, Position = position });
            await answer.SendAsync(context, MediaType);
        }
        finally
        {
            answers.Return(answer);
        }
    }

    private FeedbackBody ReadFeedback(ReadOnlySpan<byte> body, HttpContext context, ModelLease lease)
    {
        var reader = readers.Get();
        try
        {
            return FeedbackBody.Read(body, reader, InputShape.Of(lease.Spec), lease.Names, Caller.ActorOf(context), _options.MaxBatch);
        }
        finally
        {
            readers.Return(reader);
        }
    }

    private LearnBody Read(ReadOnlySpan<byte> body, HttpContext context, ModelLease lease)
    {
        var key = IdempotencyKey.Of(context);
        var actor = Caller.ActorOf(context);
        var shape = InputShape.Of(lease.Spec);
        var reader = readers.Get();
        try
        {
            return MediaTypes.IsRaw(context)
                ? new LearnBody(reader.ReadRaw(body, new RawLearnQuery(context.Request.Query), shape, lease.Names, actor, key), null)
                : LearnBody.Read(body, reader, shape, lease.Names, actor, key, _options.MaxBatch);
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
}
