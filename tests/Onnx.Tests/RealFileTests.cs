using LifelongApi.Contracts.Models;
using LifelongApi.Learning.Recipes;
using LifelongApi.Onnx.Export;
using LifelongApi.Onnx.Files;
using LifelongApi.Onnx.Runtime;

namespace LifelongApi.Onnx.Tests;

/// <summary>Encoders as people have them, where LIFELONG_DATA names a folder that holds them.</summary>
public sealed class RealFileTests
{
    private static readonly EncoderOptions Bounds = new();

    [Fact]
    public void A_convolutional_network_of_digits_gives_its_scores_and_its_last_pooling_layer()
    {
        var file = Read("mnist-cnn.onnx");
        using var scores = Open(file, null);
        using var pooled = Open(file, "Pooling160_Output_0");

        Assert.Equal([1, 28, 28], scores.Spec.Shape);
        Assert.Equal((10, 256), (scores.FeatureCount, pooled.FeatureCount));
        Assert.Equal(256, pooled.Encode(Picture(784), 1).Length);
    }

    [Fact]
    public void A_network_of_photographs_in_half_precision_gives_its_last_pooling_layer()
    {
        var file = Read("squeezenet_fp16.onnx");
        var pool = file.Tensors.Last(tensor => tensor.Operator.Contains("Pool", StringComparison.Ordinal)).Tensor;
        using var session = Open(file, pool);

        Assert.Equal(TensorType.Float16, file.Input.Type);
        Assert.Equal([3, 224, 224], session.Spec.Shape);
        Assert.Equal("Softmax", file.Tensors.Last().Operator);
        Assert.InRange(session.FeatureCount, 512, 2048);
        var features = session.Encode(Picture(3 * 224 * 224), 1);
        Assert.All(features, feature => Assert.True(float.IsFinite(feature)));
        Assert.True(features.Distinct().Count() > session.FeatureCount / 4, "The features say nothing.");
    }

    [Theory]
    [InlineData("mnist-cnn.onnx", "Pooling160_Output_0")]
    [InlineData("squeezenet_fp16.onnx", null)]
    public void Encoder_and_readout_are_one_file_that_says_what_the_model_says(string name, string? tensor)
    {
        var file = Read(name);
        tensor ??= file.Tensors.Last(one => one.Operator.Contains("Pool", StringComparison.Ordinal)).Tensor;
        using var session = Open(file, tensor);
        foreach (var preset in new[] { "classifier", "regressor" })
        {
            using var learned = new Learned(Presets.Expand(new() { Preset = preset, Input = new() { Kind = InputKind.Vector, Size = session.FeatureCount, Encoder = session.Spec } }), session);
            learned.Teach(60);

            learned.Compare(ModelExport.Write(learned.Model, file, new Dictionary<string, string>()), learned.Inputs(5000, 8), 1e-5f);
        }
    }

    private static float[] Picture(int count) => [.. Enumerable.Range(0, count).Select(i => 128f + (100f * MathF.Sin(i * 0.37f)))];

    private static EncoderSession Open(OnnxFile file, string? tensor) =>
        EncoderSession.Open(file, EncoderPlan.Fill(file, new EncoderSpec { Name = "x", Features = tensor }, $"sha256:{new string('a', 64)}"), Bounds);

    private static OnnxFile Read(string name)
    {
        var folder = Environment.GetEnvironmentVariable("LIFELONG_DATA");
        var path = Path.Combine(folder ?? string.Empty, "onnx", name);
        Assert.SkipUnless(folder is not null && File.Exists(path), $"LIFELONG_DATA names no folder with onnx/{name}.");
        return OnnxFile.Read(File.ReadAllBytes(path));
    }
}
