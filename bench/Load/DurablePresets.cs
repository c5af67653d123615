using System.Globalization;
using System.Text;
using LifelongApi.Contracts.Models;
using LifelongApi.Kernels.Table;

namespace LifelongApi.Load;

/// <summary>Every default preset over HTTP, durable on SQLite, beside nothing: events per second and times of single calls, shown without a bar.</summary>
internal static class DurablePresets
{
    public static IEnumerable<Measurement> All { get; } =
    [
        Preset("image", "classifier, image 28×28", new CreateModelRequest { Preset = "classifier", Input = new InputSpec { Kind = InputKind.Image, Height = 28, Width = 28, Channels = 1 } }, Bodies.Examples(784, isLabelled: true)),
        Preset("named", "classifier, 8 named features", new CreateModelRequest { Preset = "classifier" }, Named(isLabelled: true)),
        Preset("vector", "classifier, vector of 784", new CreateModelRequest { Preset = "classifier", Input = new InputSpec { Kind = InputKind.Vector, Size = 784 } }, Bodies.Examples(784, isLabelled: true)),
        Preset("regressor", "regressor, 8 named features", new CreateModelRequest { Preset = "regressor" }, Named(isLabelled: true, isValue: true)),
        Preset("compact", "compact, vector of 12", new CreateModelRequest { Preset = "compact", Input = new InputSpec { Kind = InputKind.Vector, Size = 12 } }, Bodies.Examples(12, isLabelled: true)),
    ];

    /// <summary>Six numbers and two texts.</summary>
    public static byte[][] Named(bool isLabelled, bool isValue = false)
    {
        var random = new Random(1);
        string[] countries = ["DE", "FR", "US", "CZ", "PL"];
        return [.. Enumerable.Range(0, 256).Select(_ =>
        {
            var numbers = Enumerable.Range(0, 6).Select(i => random.NextDouble() * (i + 1)).ToArray();
            var country = random.Next(countries.Length);
            var features = string.Create(CultureInfo.InvariantCulture, $"\"amount\":{numbers[0]:R},\"age\":{numbers[1]:R},\"hour\":{numbers[2]:R},\"balance\":{numbers[3]:R},\"ratio\":{numbers[4]:R},\"count\":{numbers[5]:R},\"country\":\"{countries[country]}\",\"kind\":\"{random.Next(3)}\"");
            var target = isValue ? string.Create(CultureInfo.InvariantCulture, $",\"target\":{numbers.Sum():R}") : $",\"label\":\"{(numbers.Sum() + country > 12 ? 1 : 0)}\"";
            return Encoding.UTF8.GetBytes($"{{\"features\":{{{features}}}{(isLabelled ? target : string.Empty)}}}");
        })];
    }

    private static Measurement Preset(string model, string name, CreateModelRequest request, byte[][] bodies) => new("presets", $"durable learn, preset {name}, SQLite", async session =>
    {
        var service = await session.ServiceAsync();
        await session.CreateAsync(service, model, request);
        var (rounds, last) = await session.RunAsync(result => result.Rate, (service, Bodies.Requests($"/v1/models/{model}/learn", Bodies.Json, bodies), LoadRows.Connections));
        return
        [
            new Row
            {
                Name = $"durable learn, preset {name}, SQLite",
                OursPerS = rounds.Rate(0),
                Reference = "none",
                Note = $"p50 {1e3 * last[0].P50:F2} ms, p99 {1e3 * last[0].P99:F2} ms with {LoadRows.Connections} connections",
            },
        ];
    });
}
