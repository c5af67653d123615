using LifelongApi.Client;
using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Models;
using LifelongApi.EndToEnd.Tests.Harness;

namespace LifelongApi.EndToEnd.Tests;

/// <summary>The .NET example of the README: the same text, compiled and run.</summary>
public sealed class ReadmeExampleTests
{
    [Fact]
    public void The_readme_shows_what_is_compiled_here()
    {
        var shown = Between(File.ReadAllLines(Path.Combine(Folder(), "..", "..", "README.md")), line => line == "```csharp", line => line == "```");
        var compiled = Between(File.ReadAllLines(Path.Combine(Folder(), "ReadmeExampleTests.cs")), line => line.Trim() == "// README begins", line => line.Trim() == "// README ends");

        Assert.Equal(compiled.Select(line => line.Trim()), shown.Select(line => line.Trim()).SkipWhile(line => !line.StartsWith("using var client", StringComparison.Ordinal)));
        Assert.InRange(shown.Count, 10, 20);
    }

    [Theory]
    [ClassData(typeof(EveryStore))]
    public async Task The_example_runs(StoreKind kind)
    {
        await using var store = await TestStore.CreateAsync(kind);
        await using var server = await ServerProcess.StartAsync(store);
        var output = new StringWriter();

        await ExampleAsync(new LifelongClientOptions { Address = server.Address, Http2Address = server.Http2Address }, output);

        var lines = output.ToString().Split(output.NewLine, StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(101, lines.Length);
        Assert.Equal("fraud", lines[0]);
        Assert.Equal(101, (await server.Http.MetricsAsync("payments")).Total.Count);
    }

    private static async Task ExampleAsync(LifelongClientOptions options, TextWriter Console)
    {
        // README begins
        using var client = new LifelongClient(options);
        await client.CreateModelAsync("payments", new CreateModelRequest { Preset = "classifier" });
        var features = FeatureSet.Named(new Dictionary<string, object?> { ["amount"] = 912.5, ["country"] = "DE" });
        await client.LearnAsync("payments", new LearnEvent { EventId = "payment-1", Features = features, Label = "fraud" });
        Console.WriteLine((await client.PredictAsync("payments", features)).Label);

        await foreach (var result in client.StreamAsync("payments", Payments()))   // answers come while events still go out
        {
            Console.WriteLine($"{result.EventId}: {result.Prediction?.Label} before learning, loss {result.Loss}");
        }

        static async IAsyncEnumerable<LearnEvent> Payments()
        {
            for (var i = 0; i < 100; i++, await Task.Yield())
            {
                yield return new() { Features = FeatureSet.Named(new Dictionary<string, object?> { ["amount"] = i * 10 }), Label = i > 50 ? "fraud" : "fine" };
            }
        }

        // README ends
    }

    private static List<string> Between(string[] lines, Predicate<string> begins, Predicate<string> ends)
    {
        var start = Array.FindIndex(lines, begins) + 1;
        var found = lines[start..Array.FindIndex(lines, start, ends)].ToList();
        while (found.Count > 0 && found[^1].Trim().Length == 0)
        {
            found.RemoveAt(found.Count - 1);
        }

        return found;
    }

    // The tests run from tests/EndToEnd.Tests/bin/<configuration>/<framework>.
    private static string Folder() => Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", ".."));
}
