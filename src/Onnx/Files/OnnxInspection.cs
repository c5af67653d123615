using LifelongApi.Onnx.Schema;

namespace LifelongApi.Onnx.Files;

/// <summary>What a file must not hold: data outside its bytes, operators that are not standard, control flow, chance, absurd sizes.</summary>
internal static class OnnxInspection
{
    private const int MostNodes = 20_000;
    private const int MostInitializers = 20_000;
    private const int MostRank = 16;
    private const long MostElements = 1L << 28;
    private static readonly HashSet<string> Chance = ["RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike", "Multinomial", "Bernoulli"];

    /// <summary>Whether a domain is that of the standard operators.</summary>
    public static bool IsStandard(string domain) => domain is "" or "ai.onnx";

    /// <summary>Checks a file.</summary>
    /// <exception cref="OnnxRefusedException">It holds one of those.</exception>
    public static void Check(ModelProto model)
    {
        if (model.Graph is null || model.Graph.Node.Count == 0 || !model.OpsetImport.Any(import => IsStandard(import.Domain)))
        {
            throw new OnnxRefusedException("The file is not an ONNX model: it has no graph, or names no version of the ONNX operators.");
        }

        if (model.OpsetImport.FirstOrDefault(import => !IsAllowed(import.Domain)) is { } custom)
        {
            throw new OnnxRefusedException($"The file uses operators of '{custom.Domain}'. Only the standard operators (ai.onnx, ai.onnx.ml) run here; export without custom or fused operators.");
        }

        if (model.Functions.Count > 0)
        {
            throw new OnnxRefusedException("The file defines functions of its own; inline them when exporting.");
        }

        if (model.TrainingInfo.Count > 0)
        {
            throw new OnnxRefusedException("The file holds a training graph; export the network for inference.");
        }

        CheckGraph(model.Graph);
    }

    private static bool IsAllowed(string domain) => IsStandard(domain) || domain == "ai.onnx.ml";

    private static void CheckGraph(GraphProto graph)
    {
        if (graph.Node.Count > MostNodes || graph.Initializer.Count > MostInitializers)
        {
            throw new OnnxRefusedException(FormattableString.Invariant($"The graph has {graph.Node.Count} nodes and {graph.Initializer.Count} constants; at most {MostNodes} and {MostInitializers} are taken."));
        }

        if (graph.SparseInitializer.Count > 0)
        {
            throw new OnnxRefusedException("The file holds sparse constants; export them dense.");
        }

        foreach (var tensor in graph.Initializer)
        {
            CheckTensor(tensor, $"constant '{tensor.Name}'");
        }

        foreach (var value in graph.Input.Concat(graph.Output).Concat(graph.ValueInfo))
        {
            CheckShape(value);
        }

        var made = new HashSet<string>(StringComparer.Ordinal);
        foreach (var node in graph.Node)
        {
            CheckNode(node);
            if (node.Output.FirstOrDefault(output => output.Length > 0 && !made.Add(output)) is { } twice)
            {
                throw new OnnxRefusedException($"Two nodes give tensor '{twice}'; a graph gives every tensor once.");
            }
        }
    }

    private static void CheckNode(NodeProto node)
    {
        if (!IsAllowed(node.Domain))
        {
            throw new OnnxRefusedException($"Node '{node.Name}' is a custom operator ({node.Domain}.{node.OpType}). Only the standard operators run here.");
        }

        if (Chance.Contains(node.OpType))
        {
            throw new OnnxRefusedException($"Node '{node.Name}' draws at random ({node.OpType}); an encoder gives the same features for the same input.");
        }

        foreach (var attribute in node.Attribute)
        {
            if (attribute.G is not null || attribute.Graphs.Count > 0)
            {
                throw new OnnxRefusedException($"Node '{node.Name}' ({node.OpType}) holds a graph of its own (a loop or a branch), which might never end; export the network without control flow.");
            }

            if (attribute.SparseTensor is not null || attribute.SparseTensors.Count > 0)
            {
                throw new OnnxRefusedException($"Node '{node.Name}' holds a sparse constant; export it dense.");
            }

            foreach (var tensor in attribute.T is null ? attribute.Tensors : attribute.Tensors.Append(attribute.T))
            {
                CheckTensor(tensor, $"a constant of node '{node.Name}'");
            }
        }
    }

    private static void CheckTensor(TensorProto tensor, string what)
    {
        if (tensor.DataLocation == TensorProto.Types.DataLocation.External || tensor.ExternalData.Count > 0)
        {
            throw new OnnxRefusedException($"The file wants data from outside its own bytes ({what}); export the network as one file, without external data.");
        }

        var count = Count([.. tensor.Dims], what);
        var stored = Math.Max(tensor.RawData.Length, new[] { tensor.FloatData.Count, tensor.Int32Data.Count, tensor.Int64Data.Count, tensor.StringData.Count, tensor.DoubleData.Count, tensor.Uint64Data.Count }.Max());
        if (count > stored)
        {
            throw new OnnxRefusedException(FormattableString.Invariant($"The file is damaged: {what} should hold {count} numbers and does not."));
        }
    }

    private static void CheckShape(ValueInfoProto value)
    {
        var shape = value.Type?.TensorType?.Shape;
        if (shape is not null)
        {
            Count([.. shape.Dim.Select(size => size.ValueCase == TensorShapeProto.Types.Dimension.ValueOneofCase.DimValue ? size.DimValue : 1)], $"tensor '{value.Name}'");
        }
    }

    private static long Count(long[] sizes, string what)
    {
        var count = 1L;
        foreach (var size in sizes)
        {
            // Some exporters write 0 or −1 for an open size.
            count = Math.Min(count * Math.Clamp(size, 0, MostElements + 1), MostElements + 1);
        }

        return count <= MostElements && sizes.Length <= MostRank
            ? count
            : throw new OnnxRefusedException(FormattableString.Invariant($"{what} is declared with [{string.Join(", ", sizes)}]; at most {MostElements} numbers and {MostRank} sizes are taken."));
    }
}
