using Google.Protobuf;
using LifelongApi.Contracts.Models;
using LifelongApi.Onnx.Schema;

namespace LifelongApi.Onnx.Files;

/// <summary>
/// An ONNX file that was read and inspected here before any runtime sees it. What the runtime is given is written anew from what was read,
/// so there is nothing in it that was not looked at.
/// </summary>
public sealed class OnnxFile
{
    private readonly ModelProto _model;

    private OnnxFile(ModelProto model)
    {
        _model = model;
        Input = OnnxSignature.InputOf(model.Graph);
        Outputs = OnnxSignature.OutputsOf(model.Graph);
    }

    /// <summary>The one tensor that it wants.</summary>
    public OnnxTensor Input { get; }

    /// <summary>What it gives.</summary>
    public IReadOnlyList<OnnxTensor> Outputs { get; }

    /// <summary>Who wrote it, as it says.</summary>
    public string Producer => _model.ProducerName;

    /// <summary>Version of the standard operators.</summary>
    public long Opset => _model.OpsetImport.Where(import => OnnxInspection.IsStandard(import.Domain)).Max(import => import.Version);

    /// <summary>Tensors inside the graph in the order of computation, with the operator that gives them.</summary>
    public IEnumerable<(string Tensor, string Operator)> Tensors =>
        from node in _model.Graph.Node from output in node.Output where output.Length > 0 select (output, node.OpType);

    /// <summary>Reads and inspects a file.</summary>
    /// <param name="bytes">The file.</param>
    /// <returns>The file.</returns>
    /// <exception cref="OnnxRefusedException">It is not ONNX, or may not or cannot serve as an encoder.</exception>
    public static OnnxFile Read(ReadOnlySpan<byte> bytes)
    {
        ModelProto model;
        try
        {
            // Fields that the specification does not name are dropped: nobody inspects them.
            model = ModelProto.Parser.WithDiscardUnknownFields(true).ParseFrom(bytes);
        }
        catch (InvalidProtocolBufferException reason)
        {
            throw new OnnxRefusedException("The file is not ONNX: it does not parse. Export the network in the ONNX format and send the bytes of that file.", reason);
        }

        OnnxInspection.Check(model);
        return new OnnxFile(model);
    }

    /// <summary>Whether a name is an output or a tensor inside the graph.</summary>
    public bool Has(string tensor) => Outputs.Any(output => output.Name == tensor) || Tensors.Any(inner => inner.Tensor == tensor);

    /// <summary>The inspected graph, for an export that puts a readout behind it. A copy.</summary>
    /// <returns>The model.</returns>
    public ModelProto ToModel() => _model.Clone();

    /// <summary>Writes the file with one tensor as its only output. What that tensor does not need is left out.</summary>
    /// <param name="tensor">An output or a tensor inside the graph.</param>
    /// <returns>A file for the runtime.</returns>
    public byte[] WithOutput(string tensor)
    {
        var model = _model.Clone();
        OnnxSignature.KeepOnly(model.Graph, tensor);
        model.MetadataProps.Clear();

        // Before version 4 every constant had to be listed as an input too.
        model.IrVersion = Math.Max(model.IrVersion, 4);
        return model.ToByteArray();
    }
}

/// <summary>A tensor at the edge of a graph.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Type of its numbers; null: one that no event can carry.</param>
/// <param name="Shape">Its sizes, the batch included; −1: open.</param>
public sealed record OnnxTensor(string Name, TensorType? Type, IReadOnlyList<int> Shape)
{
    /// <summary>Whether the first size is a batch: open, or 1 before others.</summary>
    public bool HasBatch => Shape.Count > 1 && Shape[0] is -1 or 1 || (Shape.Count == 1 && Shape[0] == -1);

    /// <summary>Whether several examples may go in at once.</summary>
    public bool MayBatch => Shape.Count > 1 && Shape[0] == -1;

    /// <summary>Sizes of one example.</summary>
    public IReadOnlyList<int> ExampleShape => HasBatch ? [.. Shape.Skip(1)] : Shape;
}
