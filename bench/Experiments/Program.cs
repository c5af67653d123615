using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using LifelongApi.Contracts;
using LifelongApi.Contracts.Journal;
using LifelongApi.Contracts.Models;
using LifelongApi.Experiments;
using LifelongApi.Learning;
using LifelongApi.Learning.Features;
using LifelongApi.Learning.Recipes;

string? Option(string name) => Array.IndexOf(args, name) is var at and >= 0 && at + 1 < args.Length ? args[at + 1] : null;
var data = Option("--data") ?? Environment.GetEnvironmentVariable("LIFELONG_DATA") ?? "data";
ModelSpec Spec(CreateModelRequest request) => Option("--spec-file") is { } file
    ? JsonSerializer.Deserialize<ModelSpec>(File.ReadAllText(file), ContractJson.Options)!
    : Presets.Expand(request);

switch (args.FirstOrDefault())
{
    case "streams":
        RunStream(Option("--csv")!, Option("--label")!);
        break;
    case "mnist-online":
        RunMnist(args.Contains("--vector"));
        break;
    default:
        Console.Error.WriteLine("Experiments: streams --csv FILE --label COLUMN | mnist-online --data DIR [--vector] [--limit N]. All take --spec-file FILE and --print-spec.");
        return 2;
}

return 0;

void RunStream(string path, string label)
{
    var csv = CsvStream.Read(path, label);
    using var model = Model.Create(Print(Spec(new CreateModelRequest { Preset = "classifier" })));
    var hashes = csv.Names.Select(FeatureHash.OfName).ToArray();
    var builder = new PayloadBuilder();
    var outcome = new Outcome();
    long right = 0, sequence = 0;
    var watch = Stopwatch.StartNew();
    var window = 0;
    foreach (var (values, target) in csv.Rows)
    {
        builder.Clear();
        builder.BeginNamed();
        for (var i = 0; i < values.Length; i++)
        {
            switch (values[i])
            {
                case double number: builder.Named(i, number); break;
                case string text: builder.Named(i, System.Text.Encoding.UTF8.GetBytes(text)); break;
            }
        }

        builder.EndNamed();
        builder.Label(System.Text.Encoding.UTF8.GetBytes(target));
        model.Apply(new EventInput { Kind = EventKind.Learned, Sequence = ++sequence, Payload = builder.Written.Span, NameHashes = hashes }, outcome);
        var hit = outcome.Prediction.Label >= 0 && outcome.Prediction.Label == outcome.TargetLabel ? 1 : 0;
        right += hit;
        window += hit;
        if (sequence % 5000 == 0)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{sequence} window {window / 5000.0:F4} modulators {string.Join(" ", outcome.Modulators.Select(level => level.ToString("F3", CultureInfo.InvariantCulture)))}"));
            window = 0;
        }
    }

    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"accuracy {right / (double)csv.Rows.Count:F4} of {csv.Rows.Count} rows in {watch.Elapsed.TotalSeconds:F1} s, {csv.Rows.Count / watch.Elapsed.TotalSeconds:F0}/s, state {model.StateByteCount} bytes, hash {Convert.ToHexString(model.Capture().StateHash())[..16]}"));
}

void RunMnist(bool asVector)
{
    var (images, labels) = (IdxFile.Read(Path.Combine(data, "mnist/train-images-idx3-ubyte")), IdxFile.Read(Path.Combine(data, "mnist/train-labels-idx1-ubyte")));
    var limit = int.Parse(Option("--limit") ?? "60000", CultureInfo.InvariantCulture);
    // Tuning looks at the last 10,000 training images; the test images only at the end, with --test.
    var test = args.Contains("--test");
    var train = test ? Math.Min(limit, images.Count) : Math.Min(limit, images.Count - 10_000);
    var input = asVector ? new InputSpec { Kind = InputKind.Vector, Size = 784 } : new InputSpec { Kind = InputKind.Image, Height = 28, Width = 28 };
    using var model = Model.Create(Print(Spec(new CreateModelRequest { Preset = "classifier", Input = input })));
    var builder = new PayloadBuilder();
    var outcome = new Outcome();
    var pixels = new float[784];
    void Encode(IdxFile from, int i)
    {
        for (var p = 0; p < pixels.Length; p++)
        {
            pixels[p] = from[i][p] / 255f;
        }

        builder.Clear();
        builder.Dense(pixels);
    }

    var watch = Stopwatch.StartNew();
    var right = 0;
    for (var i = 0; i < train; i++)
    {
        Encode(images, i);
        builder.Label([(byte)('0' + labels[i][0])]);
        model.Apply(new EventInput { Kind = EventKind.Learned, Sequence = i + 1, Payload = builder.Written.Span }, outcome);
        right += outcome.Prediction.Label >= 0 && outcome.Prediction.Label == outcome.TargetLabel ? 1 : 0;
        if ((i + 1) % 5000 == 0)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{i + 1} window {right / 5000.0:F4} modulators {string.Join(" ", outcome.Modulators.Select(level => level.ToString("F3", CultureInfo.InvariantCulture)))} {(i + 1) / watch.Elapsed.TotalSeconds:F0}/s"));
            right = 0;
        }
    }

    var (probeImages, probeLabels, from) = test
        ? (IdxFile.Read(Path.Combine(data, "mnist/t10k-images-idx3-ubyte")), IdxFile.Read(Path.Combine(data, "mnist/t10k-labels-idx1-ubyte")), 0)
        : (images, labels, images.Count - 10_000);
    using var workspace = model.CreateWorkspace();
    var prediction = new PredictionBuffer();
    var hits = 0;
    var predicting = Stopwatch.StartNew();
    for (var i = from; i < from + 10_000; i++)
    {
        Encode(probeImages, i);
        model.Predict(builder.Written.Span, [], workspace, prediction);
        hits += model.Labels[prediction.Label] == probeLabels[i][0].ToString(CultureInfo.InvariantCulture) ? 1 : 0;
    }

    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{(test ? "test" : "validation")} accuracy {hits / 10_000.0:F4} after {train} images; predict {10_000 / predicting.Elapsed.TotalSeconds:F0}/s; state {model.StateByteCount} bytes"));
}

ModelSpec Print(ModelSpec spec)
{
    if (args.Contains("--print-spec"))
    {
        Console.WriteLine(JsonSerializer.Serialize(spec, ContractJson.Options));
    }

    return spec;
}
