using System.Text.Json;
using LifelongApi.Api.Access;
using LifelongApi.Api.Configuration;
using LifelongApi.Api.Encoders;
using LifelongApi.Api.Hosting;
using LifelongApi.Api.Requests;
using LifelongApi.Contracts.Journal;
using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Models;
using LifelongApi.Learning;
using Microsoft.Extensions.ObjectPool;
using Microsoft.Extensions.Options;

namespace LifelongApi.Api.Learning;

/// <summary>
/// <c>POST …/predict</c>. The answer is written straight from the scores: no dictionaries, no intermediate objects.
/// </summary>
/// <param name="host">Where models live.</param>
/// <param name="calls">What calls need, pooled.</param>
/// <param name="encoding">What stands between a request and the model.</param>
/// <param name="time">The time.</param>
/// <param name="options">Bounds.</param>
internal sealed class PredictEndpoint(IModelHost host, ObjectPool<PredictCall> calls, FeatureEncoding encoding, TimeProvider time, IOptions<ApiOptions> options)
{
    private readonly ApiOptions _options = options.Value;

    /// <summary>Handles a request.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        QueryRules.RequireKnown(context, MediaTypes.IsRaw(context) ? RawLearnQuery.NamesOfPredict : ["version"]);
        using var body = new RequestBody();
        await Addressee.Of(context, host).UseAsync((this, body, context), static (call, lease) => call.Item1.AnswerAsync(call.body, lease, call.context), context.RequestAborted);
    }

    private async Task AnswerAsync(RequestBody body, ModelLease lease, HttpContext context)
    {
        var isRaw = MediaTypes.IsRaw(context);
        var version = QueryRules.WholeNumber(context, "version", 1, int.MaxValue);
        var call = calls.Get();
        try
        {
            await body.FillAsync(context, _options.MaxBodyBytes);
            var shape = InputShape.Of(lease.Spec);
            if (isRaw && RememberCall.IsAsked(context))
            {
                var asked = RememberCall.ReadRaw(context, body.Span, call.Events, lease);
                await RememberCall.AnswerAsync(context, lease, await encoding.EncodeAsync(lease.Spec, asked, FieldPath.Row, context.RequestAborted), isBatch: false);
                return;
            }

            long? now = shape.LooksAtTime ? time.Microseconds() : null;
            var input = isRaw
                ? new PredictBody(PredictMoment.OfQuery(context.Request.Query).Stamp(call.Events.ReadRawFeatures(body.Span, shape, lease.Names), null, now), null)
                : PredictBody.Read(body.Span, call.Events, shape, lease.Names, _options.MaxBatch, now);
            if (input.Remember)
            {
                RememberCall.RefuseVersion(version);
                var questions = RememberBody.Read(body.Span, call.Events, shape, lease.Names, _options.MaxBatch, Caller.ActorOf(context), IdempotencyKey.Of(context));
                await RememberCall.AnswerAsync(context, lease, await encoding.EncodeAsync(lease.Spec, questions, FieldPath.Row, context.RequestAborted), isBatch: input.Rows is not null);
                return;
            }

            if (input.Top is not null)
            {
                CheckExplains(lease.Spec, version);
            }

            var covered = input.Top is not null && lease.Spec.Input.Encoder is { } encoder ? await encoding.CoverAsync(encoder, input.Single, context.RequestAborted) : null;
            input = await encoding.EncodeAsync(lease.Spec, input, context.RequestAborted);
            var position = version is { } number
                ? await AnswerFromVersionAsync(call, lease, input, number, context.RequestAborted)
                : await AnswerAsync(call, lease, input, covered, context.RequestAborted);
            Answers.SetPosition(context, position);
            call.Answer.Json.WriteEndObject();
            await call.Answer.SendAsync(context, MediaTypes.Json);
        }
        finally
        {
            calls.Return(call);
        }
    }

    /// <summary>Most features that an explanation looks at: each costs a predict.</summary>
    private const int MostExplained = 1024;

    private static void CheckExplains(ModelSpec spec, int? version)
    {
        if (version is not null)
        {
            throw ProblemException.Invalid("explain", "explains the present state; leave version out, or fork the version and ask the fork.");
        }

        if (spec.Target is { Kind: TargetKind.Value, Size: > 1 })
        {
            throw ProblemException.Invalid("explain", "explains one number; the model predicts several.");
        }
    }

    private static async ValueTask<string> AnswerAsync(PredictCall call, ModelLease lease, PredictBody input, CoveredInput? covered, CancellationToken cancellation)
    {
        if (input.Rows is null)
        {
            var (position, explanation) = input.Top is { } top
                ? await ExplainAsync(call, lease, input.Single, covered, top, cancellation)
                : ((await lease.PredictAsync(input.Single, call.Prediction, cancellation)).ToString(), null);
            var writer = call.Begin(lease.Name, position, version: null);
            WriteAnswer(writer, call.Prediction, lease, input);
            if (explanation is not null)
            {
                writer.WritePropertyName("explanation"u8);
                JsonSerializer.Serialize(writer, explanation, AnswerJson.Options);
            }

            return position;
        }

        var buffers = new PredictionBuffer[input.Rows.Count];
        for (var i = 0; i < buffers.Length; i++)
        {
            buffers[i] = new PredictionBuffer();
        }

        var shared = (await lease.PredictAsync(input.Rows, buffers, cancellation)).ToString();
        var rows = call.Begin(lease.Name, shared, version: null);
        rows.WriteStartArray("results"u8);
        foreach (var buffer in buffers)
        {
            rows.WriteStartObject();
            WriteAnswer(rows, buffer, lease, input);
            rows.WriteEndObject();
        }

        rows.WriteEndArray();
        return shared;
    }

    /// <summary>Answer and explanation from one copy of the state: learning waits for the copy only.</summary>
    private static async ValueTask<(string Position, Explanation? Explanation)> ExplainAsync(PredictCall call, ModelLease lease, ReadOnlyMemory<byte> payload, CoveredInput? covered, int top, CancellationToken cancellation)
    {
        var (model, position) = await lease.CopyAsync(payload, cancellation);
        using (model)
        {
            using var workspace = model.CreateWorkspace();
            model.Predict(payload.Span, lease.NameHashes, workspace, call.Prediction);
            var occlusion = new Occlusion(model);
            var explanation = covered is null
                ? occlusion.Explain(payload.Span, lease.NameHashes, lease.Names.Name, top, MostExplained)
                : occlusion.Explain(payload.Span, covered.Regions, covered.Without, covered.WithoutAny, top);
            return (position.ToString(), explanation);
        }
    }

    private async Task<string> AnswerFromVersionAsync(PredictCall call, ModelLease lease, PredictBody input, int version, CancellationToken cancellation)
    {
        var (predictions, position) = await host.PredictAtVersionAsync(lease.Name, version, input.Rows ?? [input.Single], cancellation);
        var writer = call.Begin(lease.Name, position, version);
        if (input.Rows is null)
        {
            WritePrediction(writer, Spoken(Among(predictions[0], input.Labels), Threshold(lease, input)));
        }
        else
        {
            writer.WritePropertyName("results"u8);
            JsonSerializer.Serialize(writer, predictions.Select(prediction => Spoken(Among(prediction, input.Labels), Threshold(lease, input))), AnswerJson.Options);
        }

        return position;
    }

    private static void WriteAnswer(Utf8JsonWriter writer, PredictionBuffer prediction, ModelLease lease, in PredictBody input)
    {
        WriteScores(writer, prediction, lease, input);
        if (prediction.Context >= 0)
        {
            writer.WriteNumber("context"u8, prediction.Context);
        }

        if (prediction.KnowsEntity is { } knows)
        {
            writer.WriteBoolean("entityKnown"u8, knows);
        }
    }

    private static void WriteScores(Utf8JsonWriter writer, PredictionBuffer prediction, ModelLease lease, in PredictBody input)
    {
        var scores = prediction.Scores.AsSpan(0, prediction.Count);
        if (prediction.IsNovelty)
        {
            if (!scores.IsEmpty)
            {
                WritePrediction(writer, OutcomeCodec.Novelty(scores));
            }

            return;
        }

        if (lease.Spec.Target.Kind == TargetKind.Value)
        {
            writer.WriteStartArray("values"u8);
            foreach (var value in scores)
            {
                writer.WriteNumberValue(value);
            }

            writer.WriteEndArray();
            return;
        }

        if (prediction.Label < 0)
        {
            return;
        }

        var threshold = Threshold(lease, input);
        if (input.Labels is { } among)
        {
            WritePrediction(writer, Spoken(Among(new Prediction { Probabilities = Enumerable.Range(0, scores.Length).ToDictionary(lease.LabelName, label => prediction.Scores[label]) }, among), threshold));
            return;
        }

        if (scores[prediction.Label] < threshold)
        {
            writer.WriteBoolean("abstained"u8, true);
        }
        else
        {
            writer.WriteString("label"u8, lease.LabelName(prediction.Label));
        }

        writer.WriteNumber("probability"u8, scores[prediction.Label]);
        writer.WriteStartObject("probabilities"u8);
        for (var label = 0; label < scores.Length; label++)
        {
            writer.WriteNumber(lease.LabelName(label), scores[label]);
        }

        writer.WriteEndObject();
    }

    /// <summary>The answer among some classes only; their probabilities add up to 1. Where the model knows none of them there is nothing to say.</summary>
    private static Prediction Among(Prediction prediction, IReadOnlySet<string>? among)
    {
        if (among is null || prediction.Probabilities is null)
        {
            return prediction;
        }

        var some = prediction.Probabilities.Where(pair => among.Contains(pair.Key)).ToArray();
        if (some.Length == 0)
        {
            return new Prediction { Context = prediction.Context };
        }

        // Classes far from the answer over all may each have a probability that float32 cannot hold; then none is better than another.
        var sum = some.Sum(pair => (double)pair.Value);
        var best = some.MaxBy(pair => pair.Value);
        float Share(float probability) => (float)(sum > 0d ? probability / sum : 1d / some.Length);
        return new Prediction { Context = prediction.Context, Label = best.Key, Probability = Share(best.Value), Probabilities = some.ToDictionary(pair => pair.Key, pair => Share(pair.Value)) };
    }

    // Before the first label there is nothing to say, from a version as from the present.
    private static Prediction Spoken(Prediction prediction, float threshold) => prediction switch
    {
        { Probabilities.Count: 0 } => prediction with { Probabilities = null },
        { Probability: { } probability } when probability < threshold => prediction with { Label = null, Abstained = true },
        _ => prediction,
    };

    private static float Threshold(ModelLease lease, in PredictBody input) => input.AbstainBelow ?? lease.Spec.AbstainBelow ?? 0f;

    private static void WritePrediction(Utf8JsonWriter writer, Prediction prediction)
    {
        foreach (var property in JsonSerializer.SerializeToElement(prediction, AnswerJson.Options).EnumerateObject())
        {
            property.WriteTo(writer);
        }
    }
}

/// <summary>Everything one predict call needs, pooled.</summary>
internal sealed class PredictCall : IResettable, IDisposable
{
    /// <summary>Reads the request.</summary>
    public EventReader Events { get; } = new();

    /// <summary>Takes the scores.</summary>
    public PredictionBuffer Prediction { get; } = new();

    /// <summary>The answer.</summary>
    public JsonAnswer Answer { get; } = new();

    /// <summary>Begins the answer object.</summary>
    public Utf8JsonWriter Begin(string model, string position, int? version)
    {
        var writer = Answer.Json;
        writer.WriteStartObject();
        writer.WriteString("model"u8, model);
        writer.WriteString("position"u8, position);
        if (version is { } number)
        {
            writer.WriteNumber("version"u8, number);
        }

        return writer;
    }

    /// <inheritdoc/>
    public void Dispose() => Answer.Dispose();

    /// <inheritdoc/>
    public bool TryReset() => Answer.TryReset();
}
