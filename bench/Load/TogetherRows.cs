using LifelongApi.Contracts.Models;
using LifelongApi.Kernels.Table;

namespace LifelongApi.Load;

/// <summary>Predicts of a model that learns at full rate beside predicts of the same model at rest.</summary>
internal static class TogetherRows
{
    public static async IAsyncEnumerable<Row> All(LoadSession session)
    {
        var service = await session.ServiceAsync();
        await LoadSession.CreateAsync(service, "both", Bodies.Network(Durability.None));
        await LoadRows.TeachAsync(service, "both", 784);
        var predicts = Bodies.Requests("/v1/models/both/predict", Bodies.Raw, Bodies.RawExamples(784));
        var learns = Bodies.Requests("/v1/models/both/learn?label=1", Bodies.Raw, Bodies.RawExamples(784));
        var (rates, tails) = (new LoadRounds(), new LoadRounds());
        for (var round = -1; round < session.RoundCount; round++)
        {
            var alone = await LoadRows.Run(session, service, predicts, 8);
            var learnsAlone = await LoadRows.Run(session, service, learns, 8);
            var learning = LoadRows.Run(session, service, learns, 8);
            var together = await LoadRows.Run(session, service, predicts, 8);
            var learned = await learning;
            if (round >= 0)
            {
                // What predicts lose beyond the share of the core that the learns took.
                var share = learned.Rate / learnsAlone.Rate;
                rates.Add([together.Rate, alone.Rate * Math.Max(0, 1 - share)]);
                tails.Add([1 / together.P99, 1 / (2 * alone.P99)]);
            }
        }

        yield return rates.Row("predict while learning at full rate", "rate at rest less the share of the core that learning takes", 1);
        yield return tails.Row("predict while learning: p99", "twice the p99 at rest", 1) with { Unit = "1 / seconds" };
        yield return new Row { Name = "snapshot and sleep pause a stream", Reference = "20 ms", Bar = 1, Missing = "not measured by this driver yet" };
    }
}
