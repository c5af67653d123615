using Google.Protobuf;
using LifelongApi.Learning;
using LifelongApi.Onnx.Schema;
using AttributeType = LifelongApi.Onnx.Schema.AttributeProto.Types.AttributeType;
using DataType = LifelongApi.Onnx.Schema.TensorProto.Types.DataType;

namespace LifelongApi.Onnx.Export;

/// <summary>
/// Writes nodes and constants into a graph. Uses operators that mean the same in every version from 7 on, and where they do not, the form of the graph's own version:
/// behind an encoder that version is the encoder's. Constants are stored as float32 and used as doubles: sums of large terms of opposite sign then round nowhere but at the end.
/// </summary>
/// <param name="graph">The graph.</param>
/// <param name="opset">Version of the operators.</param>
internal sealed class GraphWriter(GraphProto graph, long opset)
{
    private int _names;

    /// <summary>Version of the operators.</summary>
    public long Opset => opset;

    /// <summary>A constant of numbers, as doubles.</summary>
    public string Constant(IReadOnlyList<float> values, params ReadOnlySpan<int> dims) => Cast(Single(values, dims), DataType.Double);

    /// <summary>A constant of numbers in single precision.</summary>
    public string Single(IReadOnlyList<float> values, params ReadOnlySpan<int> dims)
    {
        var tensor = Tensor(DataType.Float, dims);
        var bytes = new byte[values.Count * sizeof(float)];
        for (var i = 0; i < values.Count; i++)
        {
            BitConverter.TryWriteBytes(bytes.AsSpan(i * sizeof(float)), values[i]);
        }

        tensor.RawData = ByteString.CopyFrom(bytes);
        return tensor.Name;
    }

    /// <summary>A constant matrix.</summary>
    public string Constant(LearnedMatrix matrix) => Constant(matrix.Values, matrix.Rows, matrix.Columns);

    /// <summary>One number, or one for every column, in double precision.</summary>
    public string Exact(params IReadOnlyList<double> values)
    {
        var tensor = Tensor(DataType.Double, [values.Count]);
        tensor.DoubleData.AddRange(values);
        return tensor.Name;
    }

    /// <summary>A constant of whole numbers.</summary>
    public string Whole(IEnumerable<long> values)
    {
        var tensor = Tensor(DataType.Int64, []);
        tensor.Int64Data.AddRange(values);
        tensor.Dims.Add(tensor.Int64Data.Count);
        return tensor.Name;
    }

    /// <summary>A constant of texts.</summary>
    public string Texts(IEnumerable<string> values)
    {
        var tensor = Tensor(DataType.String, []);
        tensor.StringData.AddRange(values.Select(ByteString.CopyFromUtf8));
        tensor.Dims.Add(tensor.StringData.Count);
        return tensor.Name;
    }

    /// <summary>A node with one output.</summary>
    /// <returns>Name of the output.</returns>
    public string Node(string type, params ReadOnlySpan<string> inputs) => Append(type, inputs).Output[0];

    /// <summary>Cast to a type.</summary>
    public string Cast(string x, DataType to)
    {
        var node = Append("Cast", [x]);
        node.Attribute.Add(Attribute("to", (long)to));
        return node.Output[0];
    }

    /// <summary>x in another shape; −1 once for what follows from the rest.</summary>
    public string Reshape(string x, params long[] shape) => Node("Reshape", x, Whole(shape));

    /// <summary>Entries along axis 1.</summary>
    public string Pick(string x, IEnumerable<long> indices)
    {
        var node = Append("Gather", [x, Whole(indices)]);
        node.Attribute.Add(Attribute("axis", 1));
        return node.Output[0];
    }

    /// <summary>Entries of a list.</summary>
    public string Lookup(string list, string indices) => Node("Gather", list, indices);

    /// <summary>Joined along axis 1.</summary>
    public string Join(IReadOnlyList<string> parts)
    {
        if (parts.Count == 1)
        {
            return parts[0];
        }

        var node = Append("Concat", [.. parts]);
        node.Attribute.Add(Attribute("axis", 1));
        return node.Output[0];
    }

    /// <summary>Other order of axes.</summary>
    public string Transpose(string x, params ReadOnlySpan<long> order)
    {
        var node = Append("Transpose", [x]);
        node.Attribute.Add(Attribute("perm", order));
        return node.Output[0];
    }

    /// <summary>Doubles limited to low … high, by two rectifications, which every version has for doubles.</summary>
    public string Clip(string x, double low, double high) =>
        Node("Sub", Node("Add", Node("Relu", Node("Sub", x, Exact(low))), Exact(low)), Node("Relu", Node("Sub", x, Exact(high))));

    /// <summary>Single-precision numbers limited to low … high.</summary>
    public string ClipSingle(string x, float low, float high)
    {
        if (opset >= 11)
        {
            return Node("Clip", x, Number(low), Number(high));
        }

        var node = Append("Clip", [x]);
        node.Attribute.Add(new AttributeProto { Name = "min", F = low, Type = AttributeType.Float });
        node.Attribute.Add(new AttributeProto { Name = "max", F = high, Type = AttributeType.Float });
        return node.Output[0];
    }

    /// <summary>Largest along the last of three axes, or along the one given.</summary>
    public string Largest(string x, int axis)
    {
        var node = Append("ReduceMax", opset >= 18 ? [x, Whole([axis])] : [x]);
        if (opset < 18)
        {
            node.Attribute.Add(Attribute("axes", [axis]));
        }

        node.Attribute.Add(Attribute("keepdims", 0));
        return node.Output[0];
    }

    /// <summary>Sum over the last axis, which has <paramref name="count"/> numbers and stays as one: a product with ones, for sums have changed their form between versions.</summary>
    public string RowSum(string x, int count) => Node("MatMul", x, Constant([.. Enumerable.Repeat(1f, count)], count, 1));

    /// <summary>As many zeros as x has rows, in so many columns.</summary>
    public string Zeros(string x, int columns) => Node("Mul", Pick(x, Enumerable.Repeat(0L, columns)), Exact(0d));

    /// <summary>Softmax over the second of two axes.</summary>
    public string Softmax(string x)
    {
        var node = Append("Softmax", [x]);
        node.Attribute.Add(Attribute("axis", 1));
        return node.Output[0];
    }

    /// <summary>Number of the first largest entry of every row.</summary>
    public string ArgMax(string x)
    {
        var node = Append("ArgMax", [Cast(x, DataType.Float)]);
        node.Attribute.Add(Attribute("axis", 1));
        node.Attribute.Add(Attribute("keepdims", 0));
        return node.Output[0];
    }

    /// <summary>1 where x ≥ y, else 0.</summary>
    public string AtLeast(string x, string y) => Cast(Node("Not", Node("Less", x, y)), DataType.Double);

    /// <summary>1 where x > y, else 0.</summary>
    public string Above(string x, string y) => Cast(Node("Greater", x, y), DataType.Double);

    /// <summary>The k largest entries of every row in their places, 0 elsewhere.</summary>
    public string KeepLargest(string x, int k)
    {
        if (opset < 11)
        {
            throw new ExportRefusedException(FormattableString.Invariant($"A population of kind 'winners' needs operators of version 11, and the encoder is written in version {opset}. Export the encoder in a later version."));
        }

        var top = Append("TopK", [x, Whole([k])]);
        top.Output.Add(NewName());
        top.Attribute.Add(Attribute("axis", 1));
        var scatter = Append("ScatterElements", [Node("Mul", x, Exact(0d)), top.Output[1], top.Output[0]]);
        scatter.Attribute.Add(Attribute("axis", 1));
        return scatter.Output[0];
    }

    /// <summary>Gives a tensor the name that callers know.</summary>
    public void Output(string tensor, string name, DataType type, params ReadOnlySpan<int> sizes)
    {
        var node = Append("Identity", [type == DataType.Float ? Cast(tensor, type) : tensor]);
        node.Output[0] = name;
        graph.Output.Add(Edge(name, type, sizes));
    }

    /// <summary>Declares what callers give; a size of 0 is open.</summary>
    public void Input(string name, DataType type, params ReadOnlySpan<int> sizes) => graph.Input.Add(Edge(name, type, sizes));

    private static ValueInfoProto Edge(string name, DataType type, ReadOnlySpan<int> sizes)
    {
        var shape = new TensorShapeProto();
        foreach (var size in sizes)
        {
            shape.Dim.Add(size == 0 ? new TensorShapeProto.Types.Dimension { DimParam = "N" } : new TensorShapeProto.Types.Dimension { DimValue = size });
        }

        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)type, Shape = shape } } };
    }

    private static AttributeProto Attribute(string name, long value) => new() { Name = name, I = value, Type = AttributeType.Int };

    private static AttributeProto Attribute(string name, ReadOnlySpan<long> values)
    {
        var attribute = new AttributeProto { Name = name, Type = AttributeType.Ints };
        foreach (var value in values)
        {
            attribute.Ints.Add(value);
        }

        return attribute;
    }

    private string Number(float value)
    {
        var tensor = Tensor(DataType.Float, []);
        tensor.FloatData.Add(value);
        return tensor.Name;
    }

    private TensorProto Tensor(DataType type, ReadOnlySpan<int> dims)
    {
        var tensor = new TensorProto { Name = NewName(), DataType = (int)type };
        foreach (var size in dims)
        {
            tensor.Dims.Add(size);
        }

        graph.Initializer.Add(tensor);
        return tensor;
    }

    private NodeProto Append(string type, ReadOnlySpan<string> inputs)
    {
        var node = new NodeProto { OpType = type };
        foreach (var input in inputs)
        {
            node.Input.Add(input);
        }

        node.Output.Add(NewName());
        node.Name = node.Output[0];
        graph.Node.Add(node);
        return node;
    }

    private string NewName() => FormattableString.Invariant($"t{_names++}");
}
