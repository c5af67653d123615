using Google.Protobuf;
using LifelongApi.Contracts.Models;
using LifelongApi.Learning.Features;
using LifelongApi.Onnx.Files;
using LifelongApi.Onnx.Runtime;
using LifelongApi.Onnx.Schema;
using LifelongApi.Testing;
using DataType = LifelongApi.Onnx.Schema.TensorProto.Types.DataType;

namespace LifelongApi.Onnx.Tests;

public sealed class EncoderSessionTests
{
    private static readonly EncoderOptions Bounds = new() { MemoryBytes = 256u << 20, Timeout = TimeSpan.FromSeconds(20) };

    [Theory]
    [InlineData(DataType.Float, 1e-5)]
    [InlineData(DataType.Float16, 2e-2)]
    public void An_inner_tensor_is_what_the_formula_says(DataType type, double tolerance)
    {
        using var session = Open(TinyNetwork.Bytes(type), "hidden");
        var input = TinyNetwork.Input(3);

        Assert.Equal(TinyNetwork.HiddenCount, session.FeatureCount);
        var features = session.Encode(input, 1);
        Assert.All(features.Zip(TinyNetwork.Hidden(input)), pair => Assert.Equal(pair.Second, pair.First, tolerance));
        Assert.StartsWith("onnxruntime 1.", session.Runtime, StringComparison.Ordinal);
    }

    [Fact]
    public void The_first_output_is_the_default_and_the_same_input_gives_the_same_bits()
    {
        using var session = Open(TinyNetwork.Bytes(), null);
        var first = session.Encode(TinyNetwork.Input(1), 1);

        Assert.Equal(TinyNetwork.ScoreCount, first.Length);
        Assert.Equal(1d, first.Sum(), 1e-6);
        Assert.Equal(first, session.Encode(TinyNetwork.Input(1), 1));
    }

    [Fact]
    public void Several_examples_share_an_inference_where_the_batch_is_open()
    {
        using var open = Open(TinyNetwork.Bytes(), "hidden");
        using var single = Open(TinyNetwork.Bytes(batch: 1), "hidden");

        Assert.InRange(open.BatchLimit, 2, 64);
        Assert.Equal(1, single.BatchLimit);
        float[] two = [.. TinyNetwork.Input(1), .. TinyNetwork.Input(2)];
        float[] apart = [.. single.Encode(TinyNetwork.Input(1), 1), .. single.Encode(TinyNetwork.Input(2), 1)];
        Assert.All(open.Encode(two, 2).Zip(apart), pair => Assert.Equal(pair.Second, pair.First, 1e-5));
    }

    [Fact]
    public void A_graph_that_says_open_and_means_one_takes_one_at_a_time()
    {
        var model = TinyNetwork.Model();
        var shape = new TensorProto { Name = "shape", DataType = (int)DataType.Int64, Dims = { 2 }, Int64Data = { 1, TinyNetwork.InputCount } };
        model.Graph.Initializer.Add(shape);
        model.Graph.Node[0] = TinyNetwork.Node("Reshape", ["x", "shape"], "flat");

        using var session = Open(model.ToByteArray(), "hidden");

        Assert.Equal(1, session.BatchLimit);
        Assert.Equal(TinyNetwork.HiddenCount, session.Encode(TinyNetwork.Input(1), 1).Length);
    }

    [Fact]
    public async Task Predicts_that_wait_share_and_events_to_learn_do_not()
    {
        using var session = Open(TinyNetwork.Bytes(), "hidden");
        var shared = new SharedEncoder(session, 1);
        var predicts = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => shared.EncodeAsync(TinyNetwork.Input(i), mayShare: true)));
        var inferences = shared.InferenceCount;
        await Task.WhenAll(Enumerable.Range(0, 50).Select(i => shared.EncodeAsync(TinyNetwork.Input(i), mayShare: false)));

        // Two hundred put in a row while one at most is running: far fewer inferences than examples.
        Assert.InRange(inferences, 4, 150);
        Assert.Equal(50, shared.InferenceCount - inferences);
        for (var i = 0; i < predicts.Length; i++)
        {
            Assert.All(predicts[i].Zip(TinyNetwork.Hidden(TinyNetwork.Input(i))), pair => Assert.Equal(pair.Second, pair.First, 1e-5));
        }
    }

    [Fact]
    public async Task One_bad_example_does_not_fail_the_others_of_its_inference()
    {
        using var session = Open(WithLogarithm(), "log");
        var shared = new SharedEncoder(session, 1);
        var bad = Enumerable.Repeat(-1f, TinyNetwork.InputCount).ToArray();
        var good = Enumerable.Repeat(1f, TinyNetwork.InputCount).ToArray();

        Task<float[]>[] tasks = [.. Enumerable.Range(0, 40).Select(i => shared.EncodeAsync(i == 20 ? bad : good, mayShare: true))];
        await ((Task)Task.WhenAll(tasks)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);

        Assert.Contains("not finite", Assert.IsType<EncoderInputException>(tasks[20].Exception!.InnerException).Message, StringComparison.Ordinal);
        Assert.All(tasks.Where((_, i) => i != 20), task => Assert.True(task.IsCompletedSuccessfully));
    }

    [Fact]
    public void A_graph_that_the_runtime_does_not_take_is_refused_with_what_it_says()
    {
        var unknown = TinyNetwork.Model();
        unknown.Graph.Node[2].OpType = "NoSuchOperator";
        var unfit = TinyNetwork.Model();
        unfit.Graph.Node[3] = TinyNetwork.Node("MatMul", ["hidden", "W"], "logits");
        var text = TinyNetwork.Model();
        text.Graph.Node.Add(TinyNetwork.Node("Cast", ["hidden"], "text", new AttributeProto { Name = "to", I = (long)DataType.String, Type = AttributeProto.Types.AttributeType.Int }));

        Assert.Contains("does not run this graph", Refused(unknown, "scores"), StringComparison.Ordinal);
        Assert.Contains("does not run this graph", Refused(unfit, "scores"), StringComparison.Ordinal);
        Assert.Contains("choose another tensor", Refused(text, "text"), StringComparison.OrdinalIgnoreCase);
        Assert.Contains("no tensor 'nothing'", Refused(TinyNetwork.Model(), "nothing"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_graph_that_wants_more_memory_than_there_is_to_have_is_refused_and_the_process_lives()
    {
        // Two small constants and 64 GiB of ones: the shape stands nowhere as that of a tensor.
        var model = TinyNetwork.Model();
        model.Graph.Initializer.Add(new TensorProto { Name = "huge", DataType = (int)DataType.Int64, Dims = { 2 }, Int64Data = { 1 << 17, 1 << 17 } });
        model.Graph.Node.Insert(0, TinyNetwork.Node("ConstantOfShape", ["huge"], "zeros"));
        model.Graph.Node.Add(TinyNetwork.Node("ReduceSum", ["zeros"], "sum"));
        model.Graph.Node.Add(TinyNetwork.Node("Add", ["hidden", "sum"], "more"));

        Assert.Contains("does not run this graph", Refused(model, "more"), StringComparison.Ordinal);
        using var session = Open(TinyNetwork.Bytes(), "hidden");
        Assert.Equal(TinyNetwork.HiddenCount, session.Encode(TinyNetwork.Input(1), 1).Length);
    }

    [Fact]
    public void An_inference_that_does_not_end_is_stopped()
    {
        // A chain of products of large matrices, far longer than the time it is given.
        var model = TinyNetwork.Model();
        model.Graph.Initializer.Add(new TensorProto { Name = "size", DataType = (int)DataType.Int64, Dims = { 2 }, Int64Data = { 1500, 1500 } });
        model.Graph.Node.Insert(0, TinyNetwork.Node("ConstantOfShape", ["size"], "m0"));
        for (var i = 1; i <= 2000; i++)
        {
            model.Graph.Node.Insert(i, TinyNetwork.Node("MatMul", [$"m{i - 1}", "m0"], $"m{i}"));
        }

        model.Graph.Node.Add(TinyNetwork.Node("ReduceSum", ["m2000"], "sum"));
        model.Graph.Node.Add(TinyNetwork.Node("Add", ["hidden", "sum"], "late"));
        var began = System.Diagnostics.Stopwatch.StartNew();

        var file = OnnxFile.Read(model.ToByteArray());
        Assert.Throws<OnnxRefusedException>(() => EncoderSession.Open(file, EncoderPlan.Fill(file, new EncoderSpec { Name = "late", Features = "late" }, Hash), Bounds with { Timeout = TimeSpan.FromMilliseconds(200) }).Dispose());
        Assert.True(began.Elapsed < TimeSpan.FromSeconds(60), $"It took {began.Elapsed}.");
    }

    [Theory]
    [InlineData(PixelOrder.AsFile)]
    [InlineData(PixelOrder.ChannelsLast)]
    public void Pixels_are_scaled_and_put_in_the_order_of_the_tensor(PixelOrder order)
    {
        var spec = new EncoderSpec { Name = "x", Shape = [2, 1, 3], Type = TensorType.Float32, Pixels = order, Scale = 0.5f, Mean = [1f, 2f], Deviation = [2f, 4f] };
        float[] pixels = order == PixelOrder.AsFile ? [10, 20, 30, 40, 50, 60] : [10, 40, 20, 50, 30, 60];
        var tensor = new float[6];

        new InputTensor(spec).Fill(Payload(pixels), tensor);

        Assert.Equal([2f, 4.5f, 7f, 4.5f, 5.75f, 7f], tensor);
    }

    [Theory]
    [InlineData(TensorType.Uint8, 256f)]
    [InlineData(TensorType.Uint8, 1.5f)]
    [InlineData(TensorType.Int32, 3e9f)]
    [InlineData(TensorType.Int64, 0.25f)]
    [InlineData(TensorType.Float16, 70_000f)]
    public void A_number_that_the_tensor_cannot_hold_is_named(TensorType type, float number)
    {
        var input = new InputTensor(new EncoderSpec { Name = "x", Shape = [3], Type = type });

        var refusal = Assert.Throws<EncoderInputException>(() => input.Fill(Payload([1f, number, 2f]), new float[3]));

        Assert.Equal(1, refusal.Index);
        Assert.Throws<EncoderInputException>(() => input.Fill(Payload([1f]), new float[3]));
    }

    [Fact]
    public void Sizes_that_the_file_leaves_open_come_with_the_request()
    {
        var model = TinyNetwork.Model();
        model.Graph.Input[0].Type.TensorType.Shape.Dim[2] = new TensorShapeProto.Types.Dimension { DimParam = "height" };
        var file = OnnxFile.Read(model.ToByteArray());

        Assert.Contains("open", Assert.Throws<OnnxRefusedException>(() => EncoderPlan.Fill(file, new EncoderSpec { Name = "x" }, Hash)).Message, StringComparison.Ordinal);
        Assert.Throws<OnnxRefusedException>(() => EncoderPlan.Fill(file, new EncoderSpec { Name = "x", Shape = [2, 3, 4] }, Hash));
        Assert.Equal([2, 3, 3], EncoderPlan.Fill(file, new EncoderSpec { Name = "x", Shape = [2, 3, 3] }, Hash).Shape);
    }

    [Fact]
    public async Task The_shelf_opens_an_encoder_once_and_closes_what_was_used_longest_ago()
    {
        var reads = 0;
        using var shelf = new EncoderShelf((_, _) => Task.FromResult<byte[]?>(Interlocked.Increment(ref reads) > 0 ? TinyNetwork.Bytes() : null), Bounds, limit: 1);
        var file = OnnxFile.Read(TinyNetwork.Bytes());
        var hidden = EncoderPlan.Fill(file, new EncoderSpec { Name = "x", Features = "hidden" }, Hash);
        var scores = EncoderPlan.Fill(file, new EncoderSpec { Name = "x", Features = "scores" }, Hash);

        var leases = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => shelf.TakeAsync(hidden, TestContext.Current.CancellationToken).AsTask()));
        Assert.Equal(1, reads);
        Assert.Single(leases.Select(lease => lease.Encoder).Distinct());
        Array.ForEach(leases, lease => lease.Dispose());
        (await shelf.TakeAsync(scores, TestContext.Current.CancellationToken)).Dispose();
        (await shelf.TakeAsync(scores, TestContext.Current.CancellationToken)).Dispose();
        Assert.Equal(2, reads);
        (await shelf.TakeAsync(hidden, TestContext.Current.CancellationToken)).Dispose();
        Assert.Equal(3, reads);
    }

    [Fact]
    public async Task A_file_that_is_gone_is_told_and_looked_for_again()
    {
        byte[]? file = null;
        using var shelf = new EncoderShelf((_, _) => Task.FromResult(file), Bounds, limit: 1);
        var spec = EncoderPlan.Fill(OnnxFile.Read(TinyNetwork.Bytes()), new EncoderSpec { Name = "x" }, Hash);

        await Assert.ThrowsAsync<OnnxRefusedException>(() => shelf.TakeAsync(spec, TestContext.Current.CancellationToken).AsTask());
        file = TinyNetwork.Bytes();
        using var lease = await shelf.TakeAsync(spec, TestContext.Current.CancellationToken);
        Assert.Equal(TinyNetwork.ScoreCount, lease.Encoder.Session.FeatureCount);
    }

    private static string Hash { get; } = $"sha256:{new string('a', 64)}";

    private static EncoderSession Open(byte[] bytes, string? tensor)
    {
        var file = OnnxFile.Read(bytes);
        return EncoderSession.Open(file, EncoderPlan.Fill(file, new EncoderSpec { Name = "x", Features = tensor }, Hash), Bounds);
    }

    private static string Refused(ModelProto model, string tensor) =>
        Assert.Throws<OnnxRefusedException>(() => Open(model.ToByteArray(), tensor).Dispose()).Message;

    private static byte[] WithLogarithm()
    {
        // log(1 + x): not finite at −1.
        var model = TinyNetwork.Model();
        model.Graph.Initializer.Add(TinyNetwork.Tensor("one", DataType.Float, [1], [1f]));
        model.Graph.Node.Add(TinyNetwork.Node("Add", ["flat", "one"], "above"));
        model.Graph.Node.Add(TinyNetwork.Node("Log", ["above"], "log"));
        return model.ToByteArray();
    }

    private static PayloadReader Payload(float[] numbers)
    {
        var builder = new PayloadBuilder();
        builder.Dense(numbers);
        return PayloadReader.Read(builder.Written.Span);
    }
}
