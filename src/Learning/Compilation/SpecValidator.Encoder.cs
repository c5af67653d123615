using System.Text.RegularExpressions;
using LifelongApi.Contracts.Models;

namespace LifelongApi.Learning.Compilation;

/// <content>Encoders in front of a model. What they are is known to who runs them; here it only has to fit together.</content>
internal sealed partial class SpecValidator
{
    private const long MostTensorNumbers = 1L << 24;

    [GeneratedRegex("^sha256:[0-9a-f]{64}$")]
    private static partial Regex HashPattern();

    private void CheckEncoder(InputSpec input)
    {
        if (input.Encoder is not { } encoder)
        {
            return;
        }

        if (input.Kind != InputKind.Vector)
        {
            Add("input.kind", "a model behind an encoder learns from the vector that it gives; use kind 'vector'");
        }

        if (encoder.Hash is null || !HashPattern().IsMatch(encoder.Hash))
        {
            Add("input.encoder.hash", "is missing or no hash; name an uploaded encoder, and the service fills it in");
        }

        if (string.IsNullOrEmpty(encoder.Features))
        {
            Add("input.encoder.features", "is missing; name a tensor of the encoder");
        }

        if (encoder.Type is null)
        {
            Add("input.encoder.type", "is missing; name an uploaded encoder, and the service fills it in");
        }

        if (encoder.Shape is not { Count: >= 1 and <= 8 } shape || shape.Any(size => size < 1) || shape.Aggregate(1L, (product, size) => Math.Min(product * size, MostTensorNumbers + 1)) > MostTensorNumbers)
        {
            Add("input.encoder.shape", "is missing or out of range; give 1 to 8 sizes of 1 or more, with at most 2^24 numbers in all");
            return;
        }

        if (encoder.Pixels == PixelOrder.ChannelsLast && shape.Count != 3)
        {
            Add("input.encoder.pixels", "'channelsLast' fits a tensor of shape [channels, height, width]; leave it out");
        }

        Range("input.encoder.scale", encoder.Scale, 1e-9, 1e9);
        CheckPerChannel("input.encoder.mean", encoder.Mean, shape, -1e9f);
        CheckPerChannel("input.encoder.deviation", encoder.Deviation, shape, 1e-9f);
    }

    private void CheckPerChannel(string field, IReadOnlyList<float>? values, IReadOnlyList<int> shape, float low)
    {
        if (values is null)
        {
            return;
        }

        if (values.Count != 1 && (shape.Count != 3 || values.Count != shape[0]))
        {
            Add(field, $"has {values.Count} numbers; give one, or one for each of the channels of a tensor of shape [channels, height, width]");
        }

        if (values.Any(value => !(value >= low && value <= 1e9f)))
        {
            Add(field, $"holds a number out of range; give numbers from {low} to 1E+09");
        }
    }
}
