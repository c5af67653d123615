using System.Globalization;
using LifelongApi.Contracts.Models;
using LifelongApi.Bare;
using LifelongApi.Kernels.Table;

namespace LifelongApi.Load;

/// <summary>The network of the other rows and every default preset: events per second durable over HTTP beside the same events in a process without requests, bytes of state, and times of single calls.</summary>
internal static class PresetRows
{
    private const int Examples = 1000;

    public static IEnumerable<Measurement> All { get; } =
    [
        Preset("network", "784-256-10 by backprop", Bodies.Network(Durability.Sync), options => Bodies.Of(Digits(options))),
        Preset("image", "classifier, image 28×28", Default("classifier", new InputSpec { Kind = InputKind.Image, Height = 28, Width = 28, Channels = 1 }), options => Bodies.Of(Digits(options))),
        Preset("vector", "classifier, vector of 784", Default("classifier", Vector(784)), options => Bodies.Of(Digits(options))),
        Preset("vector-16", "classifier, vector of 16", Default("classifier", Vector(16)), _ => Bodies.Of(Workload.Generate(16, 4, Examples))),
        Preset("named", "classifier, 8 named features", Default("classifier"), _ => Bodies.Named(isLabelled: true)),
        Preset("regressor", "regressor, 8 named features", Default("regressor"), _ => Bodies.Named(isLabelled: true, isValue: true)),
        Preset("compact", "compact, vector of 12", Default("compact", Vector(12)), _ => Bodies.Of(Workload.Generate(12, 2, Examples))),
    ];

    private static Measurement Preset(string model, string name, CreateModelRequest request, Func<LoadOptions, byte[][]> examples)
    {
        var row = $"durable learn, {name}, SQLite";
        return new("presets", row, async session =>
        {
            var (service, bare, bodies) = (await session.ServiceAsync(), await session.BareAsync(), examples(session.Options));
            await session.CreateAsync(service, model, request);
            var alone = new List<InProcessResult>();
            var (rounds, last) = await session.RunAsync(
                result => result.Rate,
                async () =>
                {
                    alone.Add(await session.InProcessAsync(bare, request, bodies));
                    return alone[^1].Rate;
                },
                (service, Bodies.Requests($"/v1/models/{model}/learn", Bodies.Json, bodies), LoadRows.Connections));
            return [rounds.Row(row, "the same events in a process, without requests", null, string.Create(CultureInfo.InvariantCulture, $"p50 {1e3 * last[0].P50:F2} ms, p99 {1e3 * last[0].P99:F2} ms with {LoadRows.Connections} connections; in a process p50 {1e6 * alone[^1].P50:F1} µs, p99 {1e6 * alone[^1].P99:F1} µs; {alone[^1].StateByteCount:N0} bytes of state"))];
        });
    }

    private static CreateModelRequest Default(string preset, InputSpec? input = null) => new() { Preset = preset, Input = input };

    private static InputSpec Vector(int size) => new() { Kind = InputKind.Vector, Size = size };

    /// <summary>Digits, or what lies as they do.</summary>
    private static Workload Digits(LoadOptions options) => options.Data is { } data ? Workload.OfDigits(data, Examples) : Workload.Generate(784, 10, Examples, 0.19);
}
