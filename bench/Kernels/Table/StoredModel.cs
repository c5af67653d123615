using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using LifelongApi.Contracts;
using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning;
using LifelongApi.Learning.Features;
using LifelongApi.Learning.State;

namespace LifelongApi.Kernels.Table;

/// <summary>A model in a file of its own, opened by a fresh process that says how long that took.</summary>
internal static class StoredModel
{
    /// <summary>What a child process is started with.</summary>
    public const string Verb = "open-stored";

    private const int Inputs = 2200;

    /// <summary>Least squares over 2,200 features: P has 9.7 MB.</summary>
    public static void Write(string path)
    {
        var work = Workload.Generate(Inputs, 10, 64);
        using var subject = Subject.Of(Specs.Linear(Specs.Vector(Inputs), 10, new RecursiveLeastSquaresRuleSpec(), new LeastSquaresHeadSpec()), work);
        subject.FirstPass();
        var image = subject.Model.Capture();
        var spec = JsonSerializer.SerializeToUtf8Bytes(subject.Model.Spec, ContractJson.Options);
        using var file = File.Create(path);
        Span<byte> head = stackalloc byte[8];
        BinaryPrimitives.WriteInt32LittleEndian(head, spec.Length);
        BinaryPrimitives.WriteInt32LittleEndian(head[4..], image.Manifest.Length);
        file.Write(head);
        file.Write(spec);
        file.Write(image.Manifest.Span);
        file.Write(image.Bytes.Span);
    }

    /// <summary>Seconds of a fresh process to the first answer, and of the same once more.</summary>
    public static (double First, double Again) Measure(string path)
    {
        using var process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, [typeof(StoredModel).Assembly.Location, Verb, path]) { RedirectStandardOutput = true })!;
        var words = process.StandardOutput.ReadToEnd().Trim().Split(' ');
        process.WaitForExit();
        return (double.Parse(words[0], CultureInfo.InvariantCulture), double.Parse(words[1], CultureInfo.InvariantCulture));
    }

    /// <summary>The child: prints two numbers of seconds.</summary>
    public static int Open(string path)
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Once(path):F6} {Once(path):F6}"));
        return 0;
    }

    private static double Once(string path)
    {
        var builder = new PayloadBuilder();
        builder.Dense(new float[Inputs]);
        var start = CoreClock.Now;
        var bytes = File.ReadAllBytes(path);
        var (spec, manifest) = (BinaryPrimitives.ReadInt32LittleEndian(bytes), BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(4)));
        using var model = Model.Open(
            JsonSerializer.Deserialize<ModelSpec>(bytes.AsSpan(8, spec), ContractJson.Options)!,
            new ModelImage(bytes.AsMemory(8 + spec, manifest), bytes[(8 + spec + manifest)..]));
        using var workspace = model.CreateWorkspace();
        var prediction = new PredictionBuffer();
        model.Predict(builder.Written.Span, [], workspace, prediction);
        return prediction.Count > 0 ? CoreClock.Now - start : throw new InvalidOperationException("The stored model does not answer.");
    }
}
