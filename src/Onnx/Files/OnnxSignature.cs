using LifelongApi.Contracts.Models;
using LifelongApi.Onnx.Schema;
using DataType = LifelongApi.Onnx.Schema.TensorProto.Types.DataType;
using SizeCase = LifelongApi.Onnx.Schema.TensorShapeProto.Types.Dimension.ValueOneofCase;

namespace LifelongApi.Onnx.Files;

/// <summary>What goes into a graph and what comes out.</summary>
internal static class OnnxSignature
{
    /// <summary>The one tensor that the graph wants; constants that are listed as inputs, as old files do, are none.</summary>
    /// <exception cref="OnnxRefusedException">There is none, more than one, or one that no event can carry.</exception>
    public static OnnxTensor InputOf(GraphProto graph)
    {
        var constants = graph.Initializer.Select(tensor => tensor.Name).ToHashSet(StringComparer.Ordinal);
        var inputs = graph.Input.Where(input => !constants.Contains(input.Name)).Select(Describe).ToList();
        if (inputs.Count != 1)
        {
            throw new OnnxRefusedException($"The graph has {inputs.Count} inputs ({string.Join(", ", inputs.Select(input => input.Name).Take(5))}); an encoder has one. Export it with one input, the others as constants.");
        }

        var input = inputs[0];
        return input switch
        {
            { Type: null } => throw new OnnxRefusedException($"Input '{input.Name}' has a type that events cannot carry; numbers are taken as float32, float16, float64, uint8, int32 and int64."),
            { Shape.Count: 0 } => throw new OnnxRefusedException($"Input '{input.Name}' has no shape; export the network with the sizes of its input."),
            _ => input,
        };
    }

    /// <summary>The tensors that the graph gives.</summary>
    /// <exception cref="OnnxRefusedException">There is none.</exception>
    public static IReadOnlyList<OnnxTensor> OutputsOf(GraphProto graph) =>
        graph.Output.Count > 0 ? [.. graph.Output.Select(Describe)] : throw new OnnxRefusedException("The graph gives nothing: it names no output.");

    /// <summary>Makes one tensor the only output and takes out every node that it does not need.</summary>
    public static void KeepOnly(GraphProto graph, string tensor)
    {
        var output = graph.Output.FirstOrDefault(output => output.Name == tensor) ?? new ValueInfoProto { Name = tensor };
        var wanted = new HashSet<string>(StringComparer.Ordinal) { tensor };
        var kept = new Stack<NodeProto>();
        for (var i = graph.Node.Count - 1; i >= 0; i--)
        {
            if (graph.Node[i].Output.Any(wanted.Contains))
            {
                kept.Push(graph.Node[i]);
                wanted.UnionWith(graph.Node[i].Input);
            }
        }

        graph.Node.Clear();
        graph.Node.AddRange(kept);
        graph.Output.Clear();
        graph.Output.Add(output);
        graph.ValueInfo.Clear();
        graph.QuantizationAnnotation.Clear();
        var constants = graph.Initializer.Select(initializer => initializer.Name).ToHashSet(StringComparer.Ordinal);
        Keep(graph.Initializer, initializer => wanted.Contains(initializer.Name));

        // A constant that is listed as an input could be overridden by a caller, which keeps runtimes from preparing it.
        Keep(graph.Input, input => !constants.Contains(input.Name));
    }

    /// <summary>The type as the wire names it, or null.</summary>
    public static TensorType? TypeOf(int type) => (DataType)type switch
    {
        DataType.Float => TensorType.Float32,
        DataType.Float16 => TensorType.Float16,
        DataType.Double => TensorType.Float64,
        DataType.Uint8 => TensorType.Uint8,
        DataType.Int32 => TensorType.Int32,
        DataType.Int64 => TensorType.Int64,
        _ => null,
    };

    private static OnnxTensor Describe(ValueInfoProto value)
    {
        var tensor = value.Type?.TensorType;
        return new OnnxTensor(
            value.Name,
            tensor is null ? null : TypeOf(tensor.ElemType),
            [.. tensor?.Shape?.Dim.Select(size => size.ValueCase == SizeCase.DimValue && size.DimValue > 0 ? (int)size.DimValue : -1) ?? []]);
    }

    private static void Keep<T>(Google.Protobuf.Collections.RepeatedField<T> items, Func<T, bool> isKept)
    {
        var kept = items.Where(isKept).ToList();
        items.Clear();
        items.AddRange(kept);
    }
}
