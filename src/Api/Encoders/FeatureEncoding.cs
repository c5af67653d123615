using LifelongApi.Api.Hosting;
using LifelongApi.Api.Requests;
using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Models;
using LifelongApi.Learning.Features;
using LifelongApi.Onnx;
using LifelongApi.Onnx.Runtime;

namespace LifelongApi.Api.Encoders;

/// <summary>
/// Puts the output of a model's encoder into payloads, between reading a request and whatever is done with it. Models without an encoder pass through.
/// Predicts that wait at the same time share inferences; events to learn never do, so that what the journal holds does not depend on who else asked.
/// </summary>
/// <param name="library">The encoders.</param>
internal sealed class FeatureEncoding(EncoderLibrary library)
{
    /// <summary>Encodes one example to predict.</summary>
    /// <exception cref="ProblemException">400 where the encoder fails on it.</exception>
    public async ValueTask<PredictBody> EncodeAsync(ModelSpec spec, PredictBody body, CancellationToken cancellation)
    {
        if (spec.Input.Encoder is not { } encoder)
        {
            return body;
        }

        using var lease = await library.TakeAsync(encoder, cancellation);
        return body.Rows is null
            ? body with { Single = await EncodeAsync(lease, encoder, body.Single, mayShare: true, FieldPath.Root) }
            : body with { Rows = await AllAsync([.. body.Rows.Select((row, i) => EncodeAsync(lease, encoder, row, mayShare: true, FieldPath.Row(i)))]) };
    }

    /// <summary>Encodes one event. Feedback has no features of its own: the host takes those of the event it is about, encoded as they are.</summary>
    /// <exception cref="ProblemException">400 where the encoder fails on it.</exception>
    public async ValueTask<LearnInput> EncodeAsync(ModelSpec spec, LearnInput input, CancellationToken cancellation)
    {
        if (spec.Input.Encoder is not { } encoder || input.Feedback is not null)
        {
            return input;
        }

        using var lease = await library.TakeAsync(encoder, cancellation);
        return input with { Said = input.Payload, Payload = await EncodeAsync(lease, encoder, input.Payload, mayShare: false, FieldPath.Root) };
    }

    /// <summary>Encodes several events; all or none.</summary>
    /// <exception cref="ProblemException">400 that names the first event that the encoder fails on.</exception>
    public async ValueTask<IReadOnlyList<LearnInput>> EncodeAsync(ModelSpec spec, IReadOnlyList<LearnInput> inputs, Func<int, FieldPath> path, CancellationToken cancellation)
    {
        if (spec.Input.Encoder is not { } encoder)
        {
            return inputs;
        }

        using var lease = await library.TakeAsync(encoder, cancellation);
        var payloads = await AllAsync([.. inputs.Select((input, i) => input.Feedback is null ? EncodeAsync(lease, encoder, input.Payload, mayShare: false, path(i)) : Task.FromResult(input.Payload))]);
        return [.. inputs.Zip(payloads, (input, payload) => input.Feedback is null ? input with { Said = input.Payload, Payload = payload } : input)];
    }

    /// <summary>Encodes one example with regions of its input covered, to explain its answer by.</summary>
    /// <exception cref="ProblemException">400 where the encoder fails on it.</exception>
    public async ValueTask<CoveredInput> CoverAsync(EncoderSpec encoder, ReadOnlyMemory<byte> payload, CancellationToken cancellation)
    {
        using var lease = await library.TakeAsync(encoder, cancellation);
        try
        {
            var input = new InputRegions(encoder.Shape!, Tensor(encoder, payload));
            var tensors = input.Regions.Select(region => input.Covered([region])).Append(input.Covered(input.Regions));
            var encoded = await AllAsync([.. tensors.Select(EncodeAsync)]);
            return new CoveredInput(input.Regions, [.. encoded.SkipLast(1)], encoded[^1]);
        }
        catch (EncoderInputException refused)
        {
            throw ProblemException.Invalid(refused.Index < 0 ? FieldPath.Root.Features : FieldPath.Root.Feature(refused.Index), refused.Message);
        }

        async Task<ReadOnlyMemory<byte>> EncodeAsync(float[] tensor)
        {
            var features = await lease.Encoder.EncodeAsync(tensor, mayShare: true);
            return Payloads.Encoded(encoder, lease.Encoder.Session.Runtime, payload.Span, features);
        }
    }

    private static async Task<IReadOnlyList<ReadOnlyMemory<byte>>> AllAsync(Task<ReadOnlyMemory<byte>>[] encoding)
    {
        // The lease ends with the last of them, not with the first that fails.
        await ((Task)Task.WhenAll(encoding)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return await Task.WhenAll(encoding);
    }

    private static async Task<ReadOnlyMemory<byte>> EncodeAsync(EncoderLease lease, EncoderSpec encoder, ReadOnlyMemory<byte> payload, bool mayShare, FieldPath path)
    {
        try
        {
            var features = await lease.Encoder.EncodeAsync(Tensor(encoder, payload), mayShare);
            return Payloads.Encoded(encoder, lease.Encoder.Session.Runtime, payload.Span, features);
        }
        catch (EncoderInputException refused)
        {
            throw ProblemException.Invalid(refused.Index < 0 ? path.Features : path.Feature(refused.Index), refused.Message);
        }
    }

    private static float[] Tensor(EncoderSpec encoder, ReadOnlyMemory<byte> payload)
    {
        var input = new InputTensor(encoder);
        var tensor = new float[input.Count];
        input.Fill(PayloadReader.Read(payload.Span), tensor);
        return tensor;
    }
}

/// <summary>What an encoder makes of an input that is covered in part.</summary>
/// <param name="Regions">The regions.</param>
/// <param name="Without">A payload for each, with it covered.</param>
/// <param name="WithoutAny">The payload with all of them covered.</param>
internal sealed record CoveredInput(IReadOnlyList<InputRegion> Regions, IReadOnlyList<ReadOnlyMemory<byte>> Without, ReadOnlyMemory<byte> WithoutAny);
