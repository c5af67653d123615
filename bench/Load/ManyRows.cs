using System.Globalization;
using LifelongApi.Contracts.Models;
using LifelongApi.Kernels.Table;

namespace LifelongApi.Load;

/// <summary>Mixed load on many models of the named default beside the same load on one.</summary>
internal static class ManyRows
{
    // A thousand of them hold more than the four GiB that open models may by default; beyond that the service would close and open them in turn.
    private const long StateByteBudget = 12L << 30;

    public static async Task<Row[]> RunAsync(LoadSession session)
    {
        var service = await session.StartOnAsync(await session.StoreAsync("sqlite"), settings: ["--Lifelong:StateByteBudget", StateByteBudget.ToString(CultureInfo.InvariantCulture)]);
        var count = session.Options.IsQuick ? 100 : 1000;
        var one = new List<byte[]>();
        var many = new List<byte[]>();
        for (var i = 0; i < count; i++)
        {
            await session.CreateAsync(service, $"model-{i}", new CreateModelRequest { Preset = "classifier" });
        }

        var (learns, predicts) = (Bodies.Named(isLabelled: true), Bodies.Named(isLabelled: false));
        for (var n = 0; n < Math.Max(count, learns.Length); n++)
        {
            // One learn and one predict in turn, models in an order without rhythm.
            var model = (int)(n * 7919L % count);
            Add(one, 0, n);
            Add(many, model, n);
        }

        var (rounds, last) = await session.RunAsync(
            result => result.Rate, (service, [.. many], LoadRows.Connections), (service, [.. one], LoadRows.Connections));
        return [rounds.Row($"{count} models (named default), learn and predict in turn", "one model with the same load", 0.8, $"p99 {1e3 * last[0].P99:F1} ms, one model {1e3 * last[1].P99:F1} ms")];

        void Add(List<byte[]> requests, int model, int n)
        {
            requests.Add(HttpConnection.Post($"/v1/models/model-{model}/learn", Bodies.Json, learns[n % learns.Length]));
            requests.Add(HttpConnection.Post($"/v1/models/model-{model}/predict", Bodies.Json, predicts[n % predicts.Length]));
        }
    }
}
