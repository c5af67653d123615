using System.Text;
using LifelongApi.Contracts.Journal;
using LifelongApi.Contracts.Models;
using LifelongApi.Learning;
using LifelongApi.Learning.Features;
using LifelongApi.Learning.Recipes;
using LifelongApi.Onnx.Export;
using Microsoft.ML.OnnxRuntime;

namespace LifelongApi.Onnx.Tests;

/// <summary>Models of named features as files with a column for each number, boolean and text.</summary>
public sealed class NamedExportTests
{
    private const float Tolerance = 1e-5f;
    private static readonly string[] Names = ["amount", "country", "night", "level", "only", "zone", "never"];
    private static readonly ulong[] Hashes = [.. Names.Select(FeatureHash.OfName)];
    private static readonly string[] Countries = ["DE", "FR", "Österreich", "US"];

    public static TheoryData<string, bool> Cases => new()
    {
        { "classifier", true }, { "regressor", false }, { "compact", true }, { "compact", false }, { "analytic", true }, { "classifier-large", true },
    };

    [Theory, MemberData(nameof(Cases))]
    public void The_file_says_what_the_model_says(string preset, bool isClassifier)
    {
        using var model = Taught(preset, isClassifier, null, 600);
        var named = Complete(model);
        using var session = new InferenceSession(ModelExport.Write(model, null, new Dictionary<string, string>(), named));
        using var workspace = model.CreateWorkspace();
        using var run = new RunOptions();
        var prediction = new PredictionBuffer();
        var largest = 0f;
        for (var i = 5000; i < 5060; i++)
        {
            using var row = OrtValue.CreateTensorValueFromMemory([.. named.Columns.Select(column => Cell(column, i))], [1, named.Columns.Count]);
            using var results = session.Run(run, ["features"], [row], [isClassifier ? "probabilities" : "values"]);
            model.Predict(Payload(i, label: null), Hashes, workspace, prediction);
            var said = results[0].GetTensorDataAsSpan<float>();
            Assert.Equal(prediction.Count, said.Length);
            for (var k = 0; k < said.Length; k++)
            {
                largest = Math.Max(largest, Math.Abs(said[k] - prediction.Scores[k]));
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"largest difference {largest}");
        Assert.True(largest <= Tolerance, $"The file and the model differ by {largest}.");
    }

    [Fact]
    public void Columns_are_what_the_model_has_seen_in_an_order_that_the_file_says()
    {
        using var model = Taught("classifier", isClassifier: true, null, 300);
        var named = Complete(model);

        Assert.Equal(["amount", "night", "level", "only", "country=DE", "country=FR", "country=US", "country=Österreich", .. Enumerable.Range(0, 9).Select(i => $"zone=z{i}")], named.Columns.Select(column => column.Feature + (column.Text is null ? "" : "=" + column.Text)));
        var file = Onnx.Schema.ModelProto.Parser.ParseFrom(ModelExport.Write(model, null, new Dictionary<string, string>(), named));
        var columns = file.MetadataProps.Single(entry => entry.Key == "columns").Value;
        Assert.StartsWith("""[{"feature":"amount"},{"feature":"night"},""", columns, StringComparison.Ordinal);
        Assert.Contains("""{"feature":"country","text":"DE"}""", columns, StringComparison.Ordinal);
    }

    [Fact]
    public void Texts_that_nobody_shows_and_histories_are_refused_with_the_reason()
    {
        using var model = Taught("classifier", isClassifier: true, null, 100);
        Assert.Contains("13 texts", Refused(model), StringComparison.Ordinal);
        using var full = Taught("classifier", isClassifier: true, 4, 100);
        Assert.Contains("16 places (hashBits) is full", Refused(full), StringComparison.Ordinal);
        using var empty = Model.Create(Presets.Expand(new() { Preset = "classifier" }));
        Assert.Contains("no feature yet", Refused(empty), StringComparison.Ordinal);
        using var lagged = Model.Create(Presets.Expand(new() { Preset = "classifier", Input = new() { Kind = InputKind.Named, Lags = [new() { Feature = "amount" }] } }));
        Assert.Contains("lags", Refused(lagged), StringComparison.Ordinal);

        static string Refused(Model model) => Assert.Throws<ExportRefusedException>(() => ModelExport.Write(model, null, new Dictionary<string, string>(), new NamedColumns(model, Names))).Message;
    }

    private static NamedColumns Complete(Model model)
    {
        var named = new NamedColumns(model, Names);
        for (var i = 1; !named.IsComplete; i++)
        {
            named.See(Payload(i, label: null));
        }

        return named;
    }

    private static Model Taught(string preset, bool isClassifier, int? hashBits, int count)
    {
        var model = Model.Create(Presets.Expand(new CreateModelRequest
        {
            Preset = preset,
            Input = new InputSpec { Kind = InputKind.Named, HashBits = hashBits },
            Target = new TargetSpec { Kind = isClassifier ? TargetKind.Label : TargetKind.Value },
        }));
        var outcome = new Outcome();
        for (var i = 1; i <= count; i++)
        {
            model.Apply(new EventInput { Kind = EventKind.Learned, Sequence = i, NameHashes = Hashes, Payload = Payload(i, isClassifier ? i % 3 == 0 ? "low" : i % 5 == 0 ? "high" : "mid" : "") }, outcome);
            Assert.Null(outcome.Reason);
        }

        return model;
    }

    private static float Amount(int i) => ((i * 37) % 101) - 30f + (0.25f * (i % 7));

    /// <summary>What an event has of a feature; null: nothing.</summary>
    private static object? Value(string feature, int i) => feature switch
    {
        "amount" => i % 11 == 0 ? null : (double)Amount(i),
        "country" => i % 13 == 0 ? null : Countries[i % 4],
        "night" => i % 2 == 0,
        "level" => i % 6 == 0 ? null : (double)(i % 5),
        "only" => 3d,
        "zone" => $"z{i % 9}",
        _ => null,
    };

    private static float Cell(NamedColumn column, int i) => Value(column.Feature, i) switch
    {
        string text => text == column.Text ? 1f : 0f,
        bool flag => flag ? 1f : -1f,
        double number => (float)number,
        _ => float.NaN,
    };

    /// <param name="i">Number of the event.</param>
    /// <param name="label">Its class; empty: a number; null: neither.</param>
    private static byte[] Payload(int i, string? label)
    {
        var builder = new PayloadBuilder();
        builder.BeginNamed();
        for (var id = 0; id < Names.Length; id++)
        {
            switch (Value(Names[id], i))
            {
                case double number: builder.Named(id, number); break;
                case bool flag: builder.Named(id, flag); break;
                case string text: builder.Named(id, Encoding.UTF8.GetBytes(text)); break;
                default: break;
            }
        }

        builder.EndNamed();
        if (label is { Length: > 0 })
        {
            builder.Label(Encoding.UTF8.GetBytes(label));
        }
        else if (label is not null)
        {
            builder.Target([(0.3 * Amount(i)) + (i % 5)]);
        }

        return builder.Written.ToArray();
    }
}
