using System.Net;
using System.Text.Json;
using LifelongApi.Client;
using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Models;
using LifelongApi.EndToEnd.Tests.Harness;
using LifelongApi.Testing;
using Microsoft.ML.OnnxRuntime;

namespace LifelongApi.EndToEnd.Tests;

/// <summary>Models of the real process as ONNX files, run without it.</summary>
public sealed class OnnxExportTests
{
    private const int Asked = 40;

    [Theory]
    [ClassData(typeof(EveryStore))]
    public async Task A_file_says_what_the_service_says(StoreKind kind)
    {
        await using var store = await TestStore.CreateAsync(kind);
        await using var server = await ServerProcess.StartAsync(store);
        using var client = new LifelongClient(new LifelongClientOptions { Address = server.Address });
        await client.PutEncoderAsync("tiny", TinyNetwork.Bytes(), TestContext.Current.CancellationToken);
        await CompareAsync(server, client, "pictures", TinyNetwork.InputCount, new() { Preset = "classifier", Input = new() { Kind = InputKind.Vector, Encoder = new() { Name = "tiny", Features = "hidden" } } });
        await CompareAsync(server, client, "table", 6, new() { Preset = "classifier", Input = new() { Kind = InputKind.Vector, Size = 6 } });
        await CompareAsync(server, client, "images", 14 * 14, new() { Preset = "classifier", Input = new() { Kind = InputKind.Image, Height = 14, Width = 14 } });
        await CompareAsync(server, client, "numbers", 6, new() { Preset = "regressor", Input = new() { Kind = InputKind.Vector, Size = 6 } });

        // The command writes the same bytes; what no file can say is refused.
        var file = Path.Combine(Directory.CreateTempSubdirectory("onnx").FullName, "table.onnx");
        var run = await CliRun.RunAsync("onnx", "table", file, "--url", server.Address.ToString());
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Equal(await client.ExportOnnxAsync("table", TestContext.Current.CancellationToken), await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken));
        Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
        await CompareNamedAsync(server, client);
        await CompareNoveltyAsync(server, client);
        await server.Http.CreateAsync("lagged", new() { Preset = "classifier", Input = new() { Kind = InputKind.Named, Lags = [new() { Feature = "a" }] } });
        var refusal = await server.Http.RefusedAsync(HttpStatusCode.Conflict, HttpMethod.Get, "/v1/admin/models/lagged/onnx");
        Assert.Contains("lags", refusal.Detail, StringComparison.Ordinal);
    }

    /// <summary>The default model, on numbers, texts and booleans. After a kill, so that nothing of the texts is in memory.</summary>
    private static async Task CompareNamedAsync(ServerProcess server, LifelongClient client)
    {
        await server.Http.CreateClassifierAsync("named");
        await server.Http.LearnAsync("named", [.. Enumerable.Range(0, 150).Select(i => new LearnEvent { EventId = $"named-{i}", Features = Named(i), Label = Label(i) })]);
        await server.RestartAsync();
        using var session = new InferenceSession(await client.ExportOnnxAsync("named", TestContext.Current.CancellationToken));
        var columns = JsonDocument.Parse(session.ModelMetadata.CustomMetadataMap["columns"]).RootElement.EnumerateArray()
            .Select(column => (Feature: column.GetProperty("feature").GetString()!, Text: column.TryGetProperty("text", out var text) ? text.GetString() : null)).ToList();
        Assert.Equal([("night", null), ("amount", null), ("country", "DE"), ("country", "FR"), ("country", "US")], columns);
        int[] asked = [.. Enumerable.Range(500, Asked)];
        var cells = asked.SelectMany(i => columns.Select(column => column.Feature switch
        {
            "amount" => Amount(i) is { } amount ? (float)amount : float.NaN,
            "night" => i % 2 == 0 ? 1f : -1f,
            _ => column.Text == Country(i) ? 1f : 0f,
        })).ToArray();
        using var tensor = OrtValue.CreateTensorValueFromMemory(cells, [Asked, columns.Count]);
        using var options = new RunOptions();
        using var results = session.Run(options, ["features"], [tensor], ["probabilities"]);
        var said = results[0].GetTensorDataAsSpan<float>().ToArray();
        var answers = await server.Http.PredictAsync("named", [.. asked.Select(Named)]);
        var labels = (await server.Http.ModelAsync("named")).Classes;
        for (var i = 0; i < Asked; i++)
        {
            Assert.All(labels, (label, k) => Assert.Equal(answers[i].Probabilities![label], said[(i * labels.Count) + k], 1e-5f));
        }
    }

    private static async Task CompareNoveltyAsync(ServerProcess server, LifelongClient client)
    {
        await server.Http.CreateAsync("pumps", new() { Preset = "anomaly", Input = new() { Kind = InputKind.Vector, Size = 6 } });
        await server.Http.LearnAsync("pumps", [.. Enumerable.Range(0, 150).Select(i => new LearnEvent { EventId = $"pump-{i}", Features = FeatureSet.Dense(Input(i, 6)) })]);
        using var session = new InferenceSession(await client.ExportOnnxAsync("pumps", TestContext.Current.CancellationToken));
        float[][] asked = [.. Enumerable.Range(500, Asked).Select(i => Input(i, 6))];
        using var tensor = OrtValue.CreateTensorValueFromMemory(asked.SelectMany(input => input).ToArray(), [Asked, 6]);
        using var options = new RunOptions();
        using var results = session.Run(options, ["features"], [tensor], ["surprise", "score"]);
        var (surprises, scores) = (results[0].GetTensorDataAsSpan<float>().ToArray(), results[1].GetTensorDataAsSpan<float>().ToArray());
        var answers = await server.Http.PredictAsync("pumps", [.. asked.Select(input => FeatureSet.Dense(input))]);
        for (var i = 0; i < Asked; i++)
        {
            Assert.Equal((float)answers[i].Surprise!.Value, surprises[i], 1e-5f);
            Assert.Equal((float)answers[i].Score!.Value, scores[i], 1e-5f);
        }
    }

    private static FeatureSet Named(int i)
    {
        var features = new Dictionary<string, object?> { ["night"] = i % 2 == 0, ["country"] = Country(i) };
        if (Amount(i) is { } amount)
        {
            features["amount"] = amount;
        }

        return FeatureSet.Named(features);
    }

    private static double? Amount(int i) => i % 7 == 0 ? null : (i % 3 * 10) + (i * 37 % 11);

    private static string Country(int i) => i % 3 == 0 ? "DE" : i % 5 == 0 ? "FR" : "US";

    private static async Task CompareAsync(ServerProcess server, LifelongClient client, string model, int size, CreateModelRequest request)
    {
        var isClassifier = request.Preset == "classifier";
        await server.Http.CreateAsync(model, request);
        await server.Http.LearnAsync(model, [.. Enumerable.Range(0, 150).Select(i => new LearnEvent
        {
            EventId = $"{model}-{i}",
            Features = FeatureSet.Dense(Input(i, size)),
            Label = isClassifier ? Label(i) : null,
            Target = isClassifier ? null : [Input(i, size)[0] - Input(i, size)[2]],
        })]);

        using var session = new InferenceSession(await client.ExportOnnxAsync(model, TestContext.Current.CancellationToken));
        float[][] asked = [.. Enumerable.Range(500, Asked).Select(i => Input(i, size))];
        using var tensor = OrtValue.CreateTensorValueFromMemory(asked.SelectMany(input => input).ToArray(), [Asked, size]);
        using var options = new RunOptions();
        using var results = session.Run(options, ["features"], [tensor], isClassifier ? ["probabilities", "label"] : ["values"]);
        var said = results[0].GetTensorDataAsSpan<float>().ToArray();
        var answers = await server.Http.PredictAsync(model, [.. asked.Select(input => FeatureSet.Dense(input))]);
        var labels = (await server.Http.ModelAsync(model)).Classes;
        Assert.Equal(Asked * (isClassifier ? labels.Count : 1), said.Length);
        for (var i = 0; i < answers.Count; i++)
        {
            float[] mine = isClassifier ? [.. labels.Select(label => answers[i].Probabilities![label])] : [answers[i].Values![0]];
            for (var k = 0; k < mine.Length; k++)
            {
                Assert.Equal(mine[k], said[(i * mine.Length) + k], 1e-5f);
            }

            if (isClassifier && mine.Order().TakeLast(2).ToArray() is [var second, var first] && first - second > 2e-5f)
            {
                Assert.Equal(answers[i].Label, results[1].GetStringElement(i));
            }
        }
    }

    private static string Label(int number) => number % 3 == 0 ? "cat" : number % 3 == 1 ? "dog" : "horse";

    /// <summary>Three patterns under a ripple.</summary>
    private static float[] Input(int number, int size) =>
        [.. Enumerable.Range(0, size).Select(i => MathF.Sin(((number % 3) + 1) * (i + 1) * 0.7f) + (0.5f * MathF.Cos((number * 1.3f) + (i * i))))];
}
