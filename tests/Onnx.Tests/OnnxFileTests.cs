using Google.Protobuf;
using LifelongApi.Contracts.Models;
using LifelongApi.Onnx.Files;
using LifelongApi.Onnx.Schema;
using LifelongApi.Testing;
using DataType = LifelongApi.Onnx.Schema.TensorProto.Types.DataType;

namespace LifelongApi.Onnx.Tests;

public sealed class OnnxFileTests
{
    [Fact]
    public void A_file_says_what_goes_in_and_what_comes_out()
    {
        var file = OnnxFile.Read(TinyNetwork.Bytes(DataType.Float16));

        Assert.Equal(("x", TensorType.Float16), (file.Input.Name, file.Input.Type));
        Assert.Equal([-1, 2, 3, 3], file.Input.Shape);
        Assert.Equal([2, 3, 3], file.Input.ExampleShape);
        Assert.True(file.Input.MayBatch);
        Assert.Equal("scores", Assert.Single(file.Outputs).Name);
        Assert.Equal(["flat", "drive", "hidden", "logits", "scores"], file.Tensors.Select(tensor => tensor.Tensor));
        Assert.Equal(("tests", 17L), (file.Producer, file.Opset));
        Assert.True(file.Has("hidden") && file.Has("scores") && !file.Has("W") && !file.Has("nothing"));
    }

    [Fact]
    public void An_inner_tensor_becomes_the_only_output_and_what_it_does_not_need_is_left_out()
    {
        var model = ModelProto.Parser.ParseFrom(OnnxFile.Read(TinyNetwork.Bytes()).WithOutput("hidden"));

        Assert.Equal("hidden", Assert.Single(model.Graph.Output).Name);
        Assert.Equal(["Flatten", "Gemm", "Relu"], model.Graph.Node.Select(node => node.OpType));
        Assert.Equal(["W", "b"], model.Graph.Initializer.Select(tensor => tensor.Name));
    }

    [Fact]
    public void Constants_that_old_files_list_as_inputs_are_no_inputs()
    {
        var model = TinyNetwork.Model();
        model.IrVersion = 3;
        model.Graph.Input.Insert(0, TinyNetwork.Value("W", DataType.Float, 18, 4));

        var file = OnnxFile.Read(model.ToByteArray());

        Assert.Equal("x", file.Input.Name);
        var written = ModelProto.Parser.ParseFrom(file.WithOutput("scores"));
        Assert.Equal("x", Assert.Single(written.Graph.Input).Name);
        Assert.Equal(4, written.IrVersion);
    }

    public static TheoryData<string, string> Mistakes => new()
    {
        { "external", "outside its own bytes" },
        { "external in a node", "outside its own bytes" },
        { "external by name alone", "outside its own bytes" },
        { "custom domain", "standard operators" },
        { "custom node", "custom operator" },
        { "function", "functions" },
        { "loop", "control flow" },
        { "chance", "at random" },
        { "training", "training" },
        { "two inputs", "2 inputs" },
        { "no input", "0 inputs" },
        { "text input", "type that events cannot carry" },
        { "no shape", "no shape" },
        { "no output", "names no output" },
        { "no nodes", "no graph" },
        { "no opset", "no version" },
        { "absurd shape", "at most" },
        { "overflowing shape", "at most" },
        { "too little data", "damaged" },
        { "twice", "every tensor once" },
        { "too many nodes", "at most" },
        { "sparse", "sparse" },
    };

    [Theory, MemberData(nameof(Mistakes))]
    public void A_file_that_cannot_serve_is_refused_with_the_reason(string mistake, string reason)
    {
        var refusal = Assert.Throws<OnnxRefusedException>(() => OnnxFile.Read(With(mistake).ToByteArray()));
        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_not_ONNX_is_refused_whatever_it_is()
    {
        var random = new Random(7);
        var noise = new byte[5000];
        random.NextBytes(noise);
        var file = TinyNetwork.Bytes();
        byte[][] others = [[], [0], "not onnx at all"u8.ToArray(), [.. "\u007fELF"u8, .. noise], noise, file[..(file.Length / 2)], [.. Enumerable.Repeat((byte)0x3A, 100_000)]];
        foreach (var bytes in others)
        {
            Assert.Throws<OnnxRefusedException>(() => OnnxFile.Read(bytes));
        }
    }

    [Fact]
    public void A_file_with_any_byte_changed_is_read_or_refused_and_nothing_else()
    {
        var file = TinyNetwork.Bytes();
        for (var i = 0; i < file.Length; i++)
        {
            foreach (var change in new byte[] { 0x01, 0x80, 0xFF })
            {
                var changed = file.ToArray();
                changed[i] ^= change;
                try
                {
                    OnnxFile.Read(changed).WithOutput("hidden");
                }
                catch (OnnxRefusedException refusal)
                {
                    Assert.NotEmpty(refusal.Message);
                }
            }
        }
    }

    [Fact]
    public void What_nobody_inspects_does_not_reach_the_runtime()
    {
        var model = TinyNetwork.Model();
        model.MetadataProps.Add(new StringStringEntryProto { Key = "ort_config", Value = "{}" });

        // A field that the specification does not know, with the bytes of one that it knows elsewhere.
        byte[] unknown = [.. model.ToByteArray(), 0xA2, 0x06, 0x03, 1, 2, 3];
        var written = OnnxFile.Read(unknown).WithOutput("scores");

        Assert.Equal(-1, written.AsSpan().IndexOf("ort_config"u8));
        Assert.True(written.Length < unknown.Length);
        Assert.Equal(written, ModelProto.Parser.WithDiscardUnknownFields(true).ParseFrom(written).ToByteArray());
    }

    private static ModelProto With(string mistake)
    {
        var model = TinyNetwork.Model();
        var graph = model.Graph;
        var node = graph.Node[0];
        switch (mistake)
        {
            case "external":
                graph.Initializer[0].DataLocation = TensorProto.Types.DataLocation.External;
                graph.Initializer[0].ExternalData.Add(new StringStringEntryProto { Key = "location", Value = "/etc/passwd" });
                graph.Initializer[0].RawData = ByteString.Empty;
                break;
            case "external by name alone":
                graph.Initializer[0].ExternalData.Add(new StringStringEntryProto { Key = "location", Value = "../../secret" });
                break;
            case "external in a node":
                var tensor = TinyNetwork.Tensor("c", DataType.Float, [1], [1f]);
                tensor.DataLocation = TensorProto.Types.DataLocation.External;
                node.Attribute.Add(new AttributeProto { Name = "value", T = tensor, Type = AttributeProto.Types.AttributeType.Tensor });
                break;
            case "custom domain": model.OpsetImport.Add(new OperatorSetIdProto { Domain = "com.example", Version = 1 }); break;
            case "custom node": node.Domain = "com.example"; break;
            case "function": model.Functions.Add(new FunctionProto { Name = "f" }); break;
            case "loop": node.Attribute.Add(new AttributeProto { Name = "body", G = new GraphProto() }); break;
            case "chance": node.OpType = "RandomNormalLike"; break;
            case "training": model.TrainingInfo.Add(new TrainingInfoProto()); break;
            case "two inputs": graph.Input.Add(TinyNetwork.Value("y", DataType.Float, 1)); break;
            case "no input": graph.Input.Clear(); break;
            case "text input": graph.Input[0].Type.TensorType.ElemType = (int)DataType.String; break;
            case "no shape": graph.Input[0].Type.TensorType.Shape = null; break;
            case "no output": graph.Output.Clear(); break;
            case "no nodes": graph.Node.Clear(); break;
            case "no opset": model.OpsetImport.Clear(); break;
            case "absurd shape": graph.Input[0].Type.TensorType.Shape.Dim[1].DimValue = 1L << 40; break;
            case "overflowing shape":
                graph.Initializer[0].Dims.Clear();
                graph.Initializer[0].Dims.AddRange([1L << 62, 1L << 62, 16]);
                break;
            case "too little data": graph.Initializer[0].Dims[0] = 1800; break;
            case "twice": graph.Node.Add(node.Clone()); break;
            case "too many nodes": graph.Node.AddRange(Enumerable.Range(0, 20_001).Select(i => TinyNetwork.Node("Relu", ["x"], $"r{i}"))); break;
            case "sparse": graph.SparseInitializer.Add(new SparseTensorProto()); break;
            default: throw new ArgumentException(mistake);
        }

        return model;
    }
}
