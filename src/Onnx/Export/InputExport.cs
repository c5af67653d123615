using LifelongApi.Contracts.Models;
using LifelongApi.Learning;
using DataType = LifelongApi.Onnx.Schema.TensorProto.Types.DataType;

namespace LifelongApi.Onnx.Export;

/// <summary>The input and its standardisation, with the running statistics as constants.</summary>
internal static class InputExport
{
    private const float LargestDeviation = 8f;
    private const float LargestScaled = 32f;

    /// <summary>Declares the input of a model without an encoder.</summary>
    public static string Declare(GraphWriter writer, InputSpec input)
    {
        writer.Input("features", DataType.Float, 0, (int)ModelExport.Size(input));
        return "features";
    }

    /// <summary>The activity of the input population.</summary>
    public static string Standardise(GraphWriter writer, string numbers, Model model)
    {
        switch (model.Spec.Input.Standardise ?? Standardisation.None)
        {
            case Standardisation.PerFeature:
                var mean = model.ReadSlot("input.mean").Values;
                var variance = model.ReadSlot("input.variance").Values;
                var count = model.ReadSlot("input.count").Values;
                var isKnown = mean.Select((_, i) => count[i] >= 2f && variance[i] > 0f).ToArray();
                var centred = writer.Node("Sub", numbers, writer.Constant(mean, mean.Length));
                var scaled = writer.Node("Div", centred, writer.Constant([.. variance.Select((value, i) => isKnown[i] ? MathF.Sqrt(value) : 1f)], mean.Length));
                var limited = writer.Clip(scaled, -LargestDeviation, LargestDeviation);
                return Array.TrueForAll(isKnown, known => known) ? limited : writer.Node("Mul", limited, writer.Constant([.. isKnown.Select(known => known ? 1f : 0f)], mean.Length));
            case Standardisation.Scale:
                var square = model.ReadSlot("input.scale").Values[0];
                return writer.Clip(writer.Node("Mul", numbers, writer.Scalar(square > 0f ? 1f / MathF.Sqrt(square) : 1f)), -LargestScaled, LargestScaled);
            default:
                return numbers;
        }
    }
}
