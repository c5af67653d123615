using System.Buffers;
using System.Text.Json;
using LifelongApi.Api.Configuration;
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
internal static class PredictEndpoint
{
    /// <summary>Handles a request.</summary>
    public static async Task HandleAsync(string model, HttpContext context, IModelHost host, ObjectPool<PredictCall> calls, TimeProvider time, IOptions<ApiOptions> options)
    {
        var isRaw = MediaTypes.IsRaw(context);
        QueryRules.RequireKnown(context, isRaw ? ["version", "entity", "occurredAt"] : ["version"]);
        var version = QueryRules.WholeNumber(context, "version", 1, int.MaxValue);
        using var lease = await host.AcquireAsync(model, context.RequestAborted);
        var call = calls.Get();
        try
        {
            using var body = await RequestBody.ReadAsync(context, options.Value.MaxBodyBytes);
            var shape = InputShape.Of(lease.Spec);
            long? now = shape.LooksAtTime ? time.Microseconds() : null;
            var input = isRaw
                ? new PredictBody(PredictMoment.OfQuery(context.Request.Query).Stamp(call.Events.ReadRawFeatures(body.Span, shape, lease.Names), null, now), null)
                : PredictBody.Read(body.Span, call.Events, shape, lease.Names, options.Value.MaxBatch, now);
            var position = version is { } number
                ? await AnswerFromVersionAsync(call, host, lease, input, number, context.RequestAborted)
                : Answer(call, lease, input);
            Answers.SetPosition(context, position);
            context.Response.ContentType = MediaTypes.Json;
            context.Response.ContentLength = call.Output.WrittenCount;
            await context.Response.Body.WriteAsync(call.Output.WrittenMemory, context.RequestAborted);
        }
        finally
        {
            calls.Return(call);
        }
    }

    private static string Answer(PredictCall call, ModelLease lease, PredictBody input)
    {
        if (input.Rows is null)
        {
            var position = lease.Predict(input.Single.Span, call.Prediction).ToString();
            var writer = call.Begin(lease.Name, position, version: null);
            WriteScores(writer, call.Prediction, lease, input.Labels);
            call.End();
            return position;
        }

        var buffers = new PredictionBuffer[input.Rows.Count];
        for (var i = 0; i < buffers.Length; i++)
        {
            buffers[i] = new PredictionBuffer();
        }

        var shared = lease.Predict(input.Rows, buffers).ToString();
        var rows = call.Begin(lease.Name, shared, version: null);
        rows.WriteStartArray("results"u8);
        foreach (var buffer in buffers)
        {
            rows.WriteStartObject();
            WriteScores(rows, buffer, lease, input.Labels);
            rows.WriteEndObject();
        }

        rows.WriteEndArray();
        call.End();
        return shared;
    }

    private static async Task<string> AnswerFromVersionAsync(PredictCall call, IModelHost host, ModelLease lease, PredictBody input, int version, CancellationToken cancellation)
    {
        var (predictions, position) = await host.PredictAtVersionAsync(lease.Name, version, input.Rows ?? [input.Single], cancellation);
        var writer = call.Begin(lease.Name, position, version);
        if (input.Rows is null)
        {
            WritePrediction(writer, Spoken(Among(predictions[0], input.Labels)));
        }
        else
        {
            writer.WritePropertyName("results"u8);
            JsonSerializer.Serialize(writer, predictions.Select(prediction => Spoken(Among(prediction, input.Labels))), AnswerJson.Options);
        }

        call.End();
        return position;
    }

    private static void WriteScores(Utf8JsonWriter writer, PredictionBuffer prediction, ModelLease lease, IReadOnlySet<string>? among)
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

        if (among is not null)
        {
            WritePrediction(writer, Spoken(Among(new Prediction { Probabilities = Enumerable.Range(0, scores.Length).ToDictionary(lease.LabelName, label => prediction.Scores[label]) }, among)));
            return;
        }

        writer.WriteString("label"u8, lease.LabelName(prediction.Label));
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
            return new Prediction();
        }

        // Classes far from the answer over all may each have a probability that float32 cannot hold; then none is better than another.
        var sum = some.Sum(pair => (double)pair.Value);
        var best = some.MaxBy(pair => pair.Value);
        float Share(float probability) => (float)(sum > 0d ? probability / sum : 1d / some.Length);
        return new Prediction { Label = best.Key, Probability = Share(best.Value), Probabilities = some.ToDictionary(pair => pair.Key, pair => Share(pair.Value)) };
    }

    // Before the first label there is nothing to say, from a version as from the present.
    private static Prediction Spoken(Prediction prediction) => prediction.Probabilities is { Count: 0 } ? prediction with { Probabilities = null } : prediction;

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
    private readonly Utf8JsonWriter _writer;

    /// <summary>Creates the parts.</summary>
    public PredictCall() => _writer = new Utf8JsonWriter(Output, AnswerJson.Writer);

    /// <summary>Reads the request.</summary>
    public EventReader Events { get; } = new();

    /// <summary>Takes the scores.</summary>
    public PredictionBuffer Prediction { get; } = new();

    /// <summary>The answer.</summary>
    public ArrayBufferWriter<byte> Output { get; } = new(1024);

    /// <summary>Begins the answer object.</summary>
    public Utf8JsonWriter Begin(string model, string position, int? version)
    {
        _writer.Reset();
        _writer.WriteStartObject();
        _writer.WriteString("model"u8, model);
        _writer.WriteString("position"u8, position);
        if (version is { } number)
        {
            _writer.WriteNumber("version"u8, number);
        }

        return _writer;
    }

    /// <summary>Ends it.</summary>
    public void End()
    {
        _writer.WriteEndObject();
        _writer.Flush();
    }

    /// <inheritdoc/>
    public void Dispose() => _writer.Dispose();

    /// <inheritdoc/>
    public bool TryReset()
    {
        Output.ResetWrittenCount();
        return true;
    }
}
