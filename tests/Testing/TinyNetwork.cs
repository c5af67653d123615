using Google.Protobuf;
using LifelongApi.Onnx.Schema;
using DataType = LifelongApi.Onnx.Schema.TensorProto.Types.DataType;

namespace LifelongApi.Testing;

/// <summary>
/// A small network as an ONNX file: x [batch, 2, 3, 3] → flat [18] → drive = flat · W + b [4] → hidden = max(drive, 0) → logits = hidden · V [3] → scores = softmax(logits).
/// Weights follow a formula, so that a test can compute what comes out.
/// </summary>
internal static class TinyNetwork
{
    /// <summary>Numbers of one input.</summary>
    public const int InputCount = 18;

    /// <summary>Units of <c>hidden</c>.</summary>
    public const int HiddenCount = 4;

    /// <summary>Numbers of <c>scores</c>, the only output.</summary>
    public const int ScoreCount = 3;

    /// <summary>The graph.</summary>
    /// <param name="type">Type of input, weights and output.</param>
    /// <param name="batch">Examples at a time; 0: open.</param>
    public static ModelProto Model(DataType type = DataType.Float, int batch = 0)
    {
        var graph = new GraphProto { Name = "tiny" };
        graph.Input.Add(Value("x", type, batch, 2, 3, 3));
        graph.Output.Add(Value("scores", type, batch, ScoreCount));
        graph.Initializer.Add(Tensor("W", type, [InputCount, HiddenCount], Enumerable.Range(0, InputCount * HiddenCount).Select(i => W(i / HiddenCount, i % HiddenCount))));
        graph.Initializer.Add(Tensor("b", type, [HiddenCount], Enumerable.Range(0, HiddenCount).Select(B)));
        graph.Initializer.Add(Tensor("V", type, [HiddenCount, ScoreCount], Enumerable.Range(0, HiddenCount * ScoreCount).Select(i => ((i % 5) - 2f) / 4f)));
        graph.Node.Add(Node("Flatten", ["x"], "flat"));
        graph.Node.Add(Node("Gemm", ["flat", "W", "b"], "drive"));
        graph.Node.Add(Node("Relu", ["drive"], "hidden"));
        graph.Node.Add(Node("MatMul", ["hidden", "V"], "logits"));
        graph.Node.Add(Node("Softmax", ["logits"], "scores"));
        return new ModelProto { IrVersion = 8, ProducerName = "tests", Graph = graph, OpsetImport = { new OperatorSetIdProto { Version = 17 } } };
    }

    /// <summary>The file.</summary>
    public static byte[] Bytes(DataType type = DataType.Float, int batch = 0) => Model(type, batch).ToByteArray();

    /// <summary>What <c>hidden</c> is for an input, in double precision.</summary>
    public static double[] Hidden(IReadOnlyList<float> x) =>
        [.. Enumerable.Range(0, HiddenCount).Select(unit => Math.Max(0d, B(unit) + Enumerable.Range(0, InputCount).Sum(i => (double)x[i] * W(i, unit))))];

    /// <summary>An input that is different for every number.</summary>
    public static float[] Input(int number) => [.. Enumerable.Range(0, InputCount).Select(i => ((((number + 1) * (i + 3)) % 17) - 8) / 8f)];

    /// <summary>A node.</summary>
    public static NodeProto Node(string type, IEnumerable<string> inputs, string output, params AttributeProto[] attributes)
    {
        var node = new NodeProto { OpType = type, Name = output };
        node.Input.AddRange(inputs);
        node.Output.Add(output);
        node.Attribute.AddRange(attributes);
        return node;
    }

    /// <summary>A tensor at the edge; a size of 0 is open.</summary>
    public static ValueInfoProto Value(string name, DataType type, params int[] sizes)
    {
        var shape = new TensorShapeProto();
        shape.Dim.AddRange(sizes.Select(size => size == 0 ? new TensorShapeProto.Types.Dimension { DimParam = "N" } : new TensorShapeProto.Types.Dimension { DimValue = size }));
        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)type, Shape = shape } } };
    }

    /// <summary>A constant of float32 or float16.</summary>
    public static TensorProto Tensor(string name, DataType type, IReadOnlyList<int> dims, IEnumerable<float> values)
    {
        var tensor = new TensorProto { Name = name, DataType = (int)type };
        tensor.Dims.AddRange(dims.Select(size => (long)size));
        tensor.RawData = ByteString.CopyFrom([.. values.SelectMany(value => type == DataType.Float16 ? BitConverter.GetBytes((Half)value) : BitConverter.GetBytes(value))]);
        return tensor;
    }

    private static float W(int input, int unit) => (((input * 7) + (unit * 5)) % 11 - 5) / 8f;

    private static float B(int unit) => (unit - 1) / 4f;
}
