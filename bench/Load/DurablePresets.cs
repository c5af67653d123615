using System.Globalization;
using System.Text;
using LifelongApi.Contracts.Models;
using LifelongApi.Kernels.Table;

namespace LifelongApi.Load;

/// <summary>Every default preset over HTTP, durable on SQLite, beside nothing: events per second and times of single calls, shown without a bar.</summary>
internal static class DurablePresets
{
    public static async IAsyncEnumerable<Row> All(LoadSession session)
    {
        var service = await session.ServiceAsync();
        var image = new InputSpec { Kind = InputKind.Image, Height = 28, Width = 28, Channels = 1 };
        var vector = new InputSpec { Kind = InputKind.Vector, Size = 784 };
        foreach (var (name, request, bodies) in new (string, CreateModelRequest, byte[][])[]
        {
            ("classifier, image 28×28", new CreateModelRequest { Preset = "classifier", Input = image }, Bodies.Examples(784, isLabelled: true)),
            ("classifier, 8 named features", new CreateModelRequest { Preset = "classifier" }, Named(isLabelled: true)),
            ("classifier, vector of 784", new CreateModelRequest { Preset = "classifier", Input = vector }, Bodies.Examples(784, isLabelled: true)),
            ("regressor, 8 named features", new CreateModelRequest { Preset = "regressor" }, Named(isLabelled: true, isValue: true)),
        })
        {
            var model = $"preset-{Math.Abs(name.GetHashCode(StringComparison.Ordinal)).ToString(CultureInfo.InvariantCulture)}";
            await LoadSession.CreateAsync(service, model, request);
            var requests = Bodies.Requests($"/v1/models/{model}/learn", Bodies.Json, bodies);
            var (rounds, last) = await session.RunAsync(result => result.Rate, () => LoadRows.Run(session, service, requests));
            yield return new Row
            {
                Name = $"durable learn, preset {name}, SQLite",
                OursPerS = rounds.Rate(0),
                Reference = "none",
                Note = $"p50 {1e3 * last[0].P50:F2} ms, p99 {1e3 * last[0].P99:F2} ms with 16 connections",
            };
        }
    }

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
}
