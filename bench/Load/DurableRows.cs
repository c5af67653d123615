using LifelongApi.Contracts.Models;
using LifelongApi.Kernels.Table;

namespace LifelongApi.Load;

/// <summary>Learns that are in Postgres when they are acknowledged, beside the same path without a journal and beside one insert for each commit. Rates are by the clock: here it is waiting that counts.</summary>
internal static class DurableRows
{
    public static async Task<Row[]> RunAsync(LoadSession session)
    {
        var service = await session.StartAsync("postgres");
        var insert = await session.InsertAsync();
        await session.CreateAsync(service, "durable", Bodies.Small(Durability.Sync));
        await session.CreateAsync(service, "memory", Bodies.Small(Durability.None));
        var bodies = Bodies.Examples(8, isLabelled: true);
        var (durable, memory, inserts) = (
            Bodies.Requests("/v1/models/durable/learn", Bodies.Json, bodies), Bodies.Requests("/v1/models/memory/learn", Bodies.Json, bodies), Bodies.Requests("/insert", Bodies.Json, bodies));
        var (rounds, last) = await session.RunAsync(
            result => result.Rate, (service, durable, 64), (service, memory, 64), (insert, inserts, 16), (service, durable, 1), (insert, inserts, 1));
        return
        [
            rounds.Row("durable learn, 8 features, 64 connections, Postgres", "the same path in memory only", 0.75, $"p50 {1e3 * last[0].P50:F2} ms, p99 {1e3 * last[0].P99:F2} ms"),
            Beside(rounds, "durable learn, 64 connections, beside one insert a commit by 16", 0, 2, 2),
            Beside(rounds, "durable learn, one client that waits, beside one insert a commit", 3, 4, 0.9),
        ];
    }

    private static Row Beside(LoadRounds rounds, string name, int ours, int theirs, double bar) => new()
    {
        Name = name,
        OursPerS = rounds.Rate(ours),
        Reference = "an endpoint that inserts a row for each request",
        ReferencePerS = rounds.Rate(theirs),
        Ratio = rounds.Ratio(ours, theirs),
        Bar = bar,
    };
}
