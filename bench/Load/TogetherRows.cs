using System.Globalization;
using LifelongApi.Contracts.Models;
using LifelongApi.Kernels.Table;

namespace LifelongApi.Load;

/// <summary>Predicts of a model that learns at full rate beside predicts of the same model at rest.</summary>
internal static class TogetherRows
{
    private const int Connections = 8;

    public static async Task<Row[]> RunAsync(LoadSession session)
    {
        var service = await session.ServiceAsync();
        await session.CreateAsync(service, "both", Bodies.Network(Durability.None));
        await LoadRows.TeachAsync(session, service, "both", 784);
        var predicts = Bodies.Requests("/v1/models/both/predict", Bodies.Raw, Bodies.RawExamples(784));
        var learns = Bodies.Requests("/v1/models/both/learn?label=1", Bodies.Raw, Bodies.RawExamples(784));
        var (rates, tails) = (new LoadRounds(), new LoadRounds());
        var times = string.Empty;
        await session.WarmUpAsync(service, () => StretchAsync(predicts));
        await session.WarmUpAsync(service, () => StretchAsync(learns));
        for (var round = 0; round < session.Options.RoundCount; round++)
        {
            var alone = await StretchAsync(predicts);
            var learnsAlone = await StretchAsync(learns);
            var learning = StretchAsync(learns);
            var together = await StretchAsync(predicts);
            var learned = await learning;

            // What predicts lose beyond the share of the core that the learns took.
            var share = learned.Rate / learnsAlone.Rate;
            rates.Add([together.Rate, alone.Rate * Math.Max(0, 1 - share)]);
            tails.Add([1 / together.P99, 1 / (2 * alone.P99)]);
            times = string.Create(CultureInfo.InvariantCulture, $"p50 {1e3 * together.P50:F2} ms, p99 {1e3 * together.P99:F2} ms beside {learned.Rate:N0} learns/s; at rest {1e3 * alone.P50:F2} and {1e3 * alone.P99:F2} ms; learns alone {learnsAlone.Rate:N0}/s");
        }

        return
        [
            rates.Row("predict while learning at full rate", "rate at rest less the share of the core that learning takes", 1, times),
            tails.Row("predict while learning: p99", "twice the p99 at rest", 1) with { Unit = "1 / seconds" },
        ];

        Task<LoadResult> StretchAsync(byte[][] requests) => LoadRows.RunAsync(session, service, requests, Connections);
    }
}
