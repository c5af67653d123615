using LifelongApi.Contracts.Models;
using LifelongApi.Onnx.Files;
using LifelongApi.Onnx.Schema;
using DataType = LifelongApi.Onnx.Schema.TensorProto.Types.DataType;

namespace LifelongApi.Onnx.Export;

/// <summary>The encoder in front: its own nodes, between the numbers that events carry and the vector that the model reads.</summary>
internal static class EncoderExport
{
    private const int OldestOpset = 7;
    private const string Prefix = "encoder/";

    /// <summary>Writes the encoder.</summary>
    /// <returns>Its features; shape [N, features].</returns>
    public static string Write(GraphWriter writer, ModelProto file, OnnxFile encoder, InputSpec input)
    {
        if (encoder.Opset < OldestOpset)
        {
            throw new ExportRefusedException(FormattableString.Invariant($"The encoder is written in operators of version {encoder.Opset}; a readout can be put behind version {OldestOpset} and later."));
        }

        var spec = input.Encoder!;
        var model = encoder.ToModel();
        var isHalf = IsHalf(model.Graph, spec);
        OnnxSignature.KeepOnly(model.Graph, spec.Features!);
        file.IrVersion = Math.Max(file.IrVersion, model.IrVersion);
        file.OpsetImport.AddRange(model.OpsetImport);
        var count = spec.Shape!.Aggregate(1, (product, size) => product * size);
        writer.Input("features", DataType.Float, encoder.Input.MayBatch ? 0 : 1, count);
        Rename(model.Graph, encoder.Input.Name, Tensor(writer, encoder.Input, spec, count));
        file.Graph.Initializer.AddRange(model.Graph.Initializer);
        file.Graph.Node.AddRange(model.Graph.Node);
        var features = writer.Cast(writer.Reshape(Prefix + spec.Features, -1, input.Size!.Value), DataType.Float);
        return isHalf ? RoundedToHalf(writer, features) : features;
    }

    /// <summary>Whether the features are half-precision numbers: as the file says of them, else as its input where nothing in between casts.</summary>
    private static bool IsHalf(GraphProto graph, EncoderSpec spec) =>
        graph.Output.Concat(graph.ValueInfo).FirstOrDefault(value => value.Name == spec.Features)?.Type?.TensorType is { ElemType: > 0 } declared
            ? declared.ElemType == (int)DataType.Float16
            : spec.Type == TensorType.Float16 && graph.Node.All(node => node.OpType != "Cast");

    /// <summary>Scaled, in the tensor's order, shape and type.</summary>
    private static string Tensor(GraphWriter writer, OnnxTensor input, EncoderSpec spec, int count)
    {
        var channels = spec.Shape!.Count == 3 ? spec.Shape[0] : 1;
        var isTurned = spec.Pixels == PixelOrder.ChannelsLast;
        var x = isTurned ? writer.Transpose(writer.Reshape("features", -1, count / channels, channels), 0, 2, 1) : writer.Reshape("features", -1, channels, count / channels);
        x = spec.Scale is { } scale ? writer.Node("Mul", x, writer.Single([scale], 1)) : x;
        x = spec.Mean is { } mean ? writer.Node("Sub", x, PerChannel(writer, mean)) : x;
        x = spec.Deviation is { } deviation ? writer.Node("Div", x, PerChannel(writer, deviation)) : x;
        long[] shape = input.HasBatch ? [-1, .. spec.Shape.Select(size => (long)size)] : [.. spec.Shape.Select(size => (long)size)];
        x = writer.Reshape(x, shape);
        return spec.Type switch
        {
            TensorType.Float16 => writer.Cast(RoundedToHalf(writer, x), DataType.Float16),
            TensorType.Float64 => writer.Cast(x, DataType.Double),
            TensorType.Uint8 => writer.Cast(x, DataType.Uint8),
            TensorType.Int32 => writer.Cast(x, DataType.Int32),
            TensorType.Int64 => writer.Cast(x, DataType.Int64),
            _ => x,
        };
    }

    /// <summary>
    /// Numbers with the 11 bits of half precision (the splitting of Veltkamp; Dekker 1971): a runtime without half-precision operators runs them in single precision and leaves out the casts
    /// between, so that a cast alone does not round what goes in and comes out as it is rounded where the encoder runs alone.
    /// </summary>
    private static string RoundedToHalf(GraphWriter writer, string x)
    {
        const float Shift = 0.75f;
        var spread = writer.Node("Mul", x, writer.Single([(1 << 13) + 1f], 1));
        var rounded = writer.Node("Sub", spread, writer.Node("Sub", spread, x));

        // All of them are multiples of 2^-24, which is the last bit of numbers around 3/4: so the smallest ones round as well.
        return writer.Node("Sub", writer.Node("Add", rounded, writer.Single([Shift], 1)), writer.Single([Shift], 1));
    }

    private static string PerChannel(GraphWriter writer, IReadOnlyList<float> values) => writer.Single(values, values.Count, 1);

    /// <summary>Names of the encoder may be those of the readout too.</summary>
    private static void Rename(GraphProto graph, string input, string tensor)
    {
        foreach (var constant in graph.Initializer)
        {
            constant.Name = Prefix + constant.Name;
        }

        foreach (var node in graph.Node)
        {
            node.Name = node.Name.Length == 0 ? string.Empty : Prefix + node.Name;
            for (var i = 0; i < node.Input.Count; i++)
            {
                node.Input[i] = node.Input[i].Length == 0 ? string.Empty : node.Input[i] == input ? tensor : Prefix + node.Input[i];
            }

            for (var i = 0; i < node.Output.Count; i++)
            {
                node.Output[i] = node.Output[i].Length == 0 ? string.Empty : Prefix + node.Output[i];
            }
        }
    }
}
