using System.Buffers.Binary;
using LifelongApi.Contracts.Models;
using LifelongApi.Learning.Features;

namespace LifelongApi.Onnx.Runtime;

/// <summary>Turns the numbers of an event into those of an encoder's tensor: scaled, and in the tensor's order.</summary>
public sealed class InputTensor
{
    private readonly EncoderSpec _spec;
    private readonly int _channels;
    private readonly int _pixels;

    /// <summary>Prepares for an encoder.</summary>
    /// <param name="spec">The complete spec.</param>
    public InputTensor(EncoderSpec spec)
    {
        _spec = spec;
        Count = spec.Shape!.Aggregate(1, (product, size) => checked(product * size));
        _channels = spec.Shape!.Count == 3 ? spec.Shape[0] : 1;
        _pixels = Count / _channels;
    }

    /// <summary>Numbers of one example.</summary>
    public int Count { get; }

    /// <summary>Writes the tensor of one event, float32 as it goes in, before it is converted to the type of the tensor.</summary>
    /// <param name="received">The event, with dense features.</param>
    /// <param name="tensor">Overwritten; shape [<see cref="Count"/>].</param>
    /// <exception cref="EncoderInputException">The event has other numbers than the tensor takes.</exception>
    public void Fill(in PayloadReader received, Span<float> tensor)
    {
        if (received.FeatureCount != Count || received.Features is not (FeatureTag.DenseFloats or FeatureTag.DenseBytes))
        {
            throw new EncoderInputException(FormattableString.Invariant($"The encoder takes {Count} numbers, and the event has {received.FeatureCount}."));
        }

        var bytes = received.FeatureBytes;
        var isBytes = received.Features == FeatureTag.DenseBytes;
        var isTurned = _spec.Pixels == PixelOrder.ChannelsLast;
        var scale = _spec.Scale ?? 1f;
        for (var c = 0; c < _channels; c++)
        {
            var (mean, deviation) = (At(_spec.Mean, c, 0f), At(_spec.Deviation, c, 1f));
            for (var pixel = 0; pixel < _pixels; pixel++)
            {
                var to = (c * _pixels) + pixel;
                var from = isTurned ? (pixel * _channels) + c : to;
                var number = isBytes ? bytes[from] : BinaryPrimitives.ReadSingleLittleEndian(bytes[(from * sizeof(float))..]);
                var value = ((number * scale) - mean) / deviation;
                tensor[to] = Fits(value) ? value : throw new EncoderInputException(FormattableString.Invariant($"{number} becomes {value}, which is no {_spec.Type} number; give one that fits, or declare a scale."), from);
            }
        }
    }

    private static float At(IReadOnlyList<float>? values, int channel, float otherwise) =>
        values is null ? otherwise : values.Count == 1 ? values[0] : values[channel];

    private bool Fits(float value) => _spec.Type switch
    {
        TensorType.Float16 => float.IsFinite(value) && Math.Abs(value) <= (float)Half.MaxValue,
        TensorType.Uint8 => value is >= 0 and <= byte.MaxValue && value == MathF.Truncate(value),
        TensorType.Int32 => value is >= int.MinValue and < int.MaxValue && value == MathF.Truncate(value),
        TensorType.Int64 => value is >= long.MinValue and < long.MaxValue && value == MathF.Truncate(value),
        _ => float.IsFinite(value),
    };
}
