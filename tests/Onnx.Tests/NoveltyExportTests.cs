using LifelongApi.Contracts.Journal;
using LifelongApi.Contracts.Models;
using LifelongApi.Learning;
using LifelongApi.Learning.Features;
using LifelongApi.Learning.Recipes;
using LifelongApi.Onnx.Export;
using Microsoft.ML.OnnxRuntime;

namespace LifelongApi.Onnx.Tests;

/// <summary>Models that tell how unusual an event is, as files.</summary>
public sealed class NoveltyExportTests
{
    private const float Tolerance = 1e-5f;

    [Theory]
    [InlineData(3, 400)]
    [InlineData(6, 400)]
    [InlineData(60, 400)]
    [InlineData(6, 30)]
    public void Usual_and_unusual_events_are_as_surprising_in_the_file(int size, int events)
    {
        using var model = Model.Create(Presets.Expand(new() { Preset = "anomaly", Input = new() { Kind = InputKind.Vector, Size = size } }));
        var outcome = new Outcome();
        for (var i = 1; i <= events; i++)
        {
            model.Apply(new EventInput { Kind = EventKind.Observed, Sequence = i, Payload = Payload(Input(i, size, 1f)) }, outcome);
        }

        using var session = new InferenceSession(ModelExport.Write(model, null, new Dictionary<string, string>()));
        Assert.Equal(events < 50 ? ["surprise"] : ["surprise", "score"], session.OutputNames);
        using var workspace = model.CreateWorkspace();
        using var run = new RunOptions();
        var prediction = new PredictionBuffer();
        var largest = 0f;
        for (var i = 5000; i < 5080; i++)
        {
            var input = Input(i, size, i % 4 == 0 ? 3f : 1f);
            using var row = OrtValue.CreateTensorValueFromMemory(input, [1, size]);
            using var results = session.Run(run, ["features"], [row], session.OutputNames);
            model.Predict(Payload(input), [], workspace, prediction);
            Assert.Equal(session.OutputNames.Count, prediction.Count);
            for (var k = 0; k < prediction.Count; k++)
            {
                var said = results[k].GetTensorDataAsSpan<float>()[0];
                largest = Math.Max(largest, Math.Abs(said - prediction.Scores[k]) / Math.Max(1f, Math.Abs(said)));
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"largest difference {largest}");
        Assert.True(largest <= Tolerance, $"The file and the model differ by {largest}.");
    }

    [Fact]
    public void A_model_that_has_seen_nothing_is_refused()
    {
        using var model = Model.Create(Presets.Expand(new() { Preset = "anomaly", Input = new() { Kind = InputKind.Vector, Size = 3 } }));
        Assert.Contains("seen nothing", Assert.Throws<ExportRefusedException>(() => ModelExport.Write(model, null, new Dictionary<string, string>())).Message, StringComparison.Ordinal);
    }

    private static float[] Input(int number, int size, float scale) =>
        [.. Enumerable.Range(0, size).Select(i => scale * (MathF.Sin(((number % 3) + 1) * (i + 1) * 0.7f) + (0.5f * MathF.Cos((number * 1.3f) + (i * i)))))];

    private static byte[] Payload(float[] input)
    {
        var builder = new PayloadBuilder();
        builder.Dense(input);
        return builder.Written.ToArray();
    }
}
