using LifelongApi.Contracts.Models;
using LifelongApi.Learning;
using DataType = LifelongApi.Onnx.Schema.TensorProto.Types.DataType;

namespace LifelongApi.Onnx.Export;

/// <summary>The input and its standardisation, with the running statistics as constants. In single precision and in the order of the service, so that what is compared with thresholds later is the same to the last bit.</summary>
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

    /// <summary>The activity of the input population, as doubles.</summary>
    public static string Standardise(GraphWriter writer, string numbers, Model model) => writer.Cast(Scaled(writer, numbers, model), DataType.Double);

    private static string Scaled(GraphWriter writer, string numbers, Model model)
    {
        switch (model.Spec.Input.Standardise ?? Standardisation.None)
        {
            case Standardisation.PerFeature:
                var mean = model.ReadSlot("input.mean").Values;
                var variance = model.ReadSlot("input.variance").Values;
                var count = model.ReadSlot("input.count").Values;
                var isKnown = mean.Select((_, i) => count[i] >= 2f && variance[i] > 0f).ToArray();
                var centred = writer.Node("Sub", numbers, writer.Single(mean, mean.Length));
                var scaled = writer.Node("Div", centred, writer.Single([.. variance.Select((value, i) => isKnown[i] ? MathF.Sqrt(value) : 1f)], mean.Length));
                var limited = writer.ClipSingle(scaled, -LargestDeviation, LargestDeviation);
                return Array.TrueForAll(isKnown, known => known) ? limited : writer.Node("Mul", limited, writer.Single([.. isKnown.Select(known => known ? 1f : 0f)], mean.Length));
            case Standardisation.Scale:
                var square = model.ReadSlot("input.scale").Values[0];
                return writer.ClipSingle(writer.Node("Mul", numbers, writer.Single([square > 0f ? 1f / MathF.Sqrt(square) : 1f], 1)), -LargestScaled, LargestScaled);
            default:
                return numbers;
        }
    }
}
