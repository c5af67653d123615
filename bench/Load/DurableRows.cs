using LifelongApi.Contracts.Models;
using LifelongApi.Kernels.Table;
using Npgsql;

namespace LifelongApi.Load;

/// <summary>Learns that are in Postgres when they are acknowledged, beside the same path without a journal, beside inserts in commits as large as its own, and beside one insert for each commit. Rates are by the clock: here it is waiting that counts.</summary>
internal static class DurableRows
{
    private const int Memory = 1;
    private const int Batched = 5;

    public static async Task<Row[]> RunAsync(LoadSession session)
    {
        var store = await session.StoreAsync("postgres");
        var service = await session.StartOnAsync(store);
        var insert = await session.InsertAsync();
        await session.CreateAsync(service, "durable", Bodies.Small(Durability.Sync));
        await session.CreateAsync(service, "memory", Bodies.Small(Durability.None));
        var bodies = Bodies.Examples(8, isLabelled: true);
        var (durable, memory, inserts) = (
            Bodies.Requests("/v1/models/durable/learn", Bodies.Json, bodies), Bodies.Requests("/v1/models/memory/learn", Bodies.Json, bodies), Bodies.Requests("/insert", Bodies.Json, bodies));
        var rowsOfCommit = 1;
        var (rounds, last) = await session.RunAsync(
            result => result.Rate, BatchedAsync, (service, durable, 64), (service, memory, 64), (insert, inserts, 16), (service, durable, 1), (insert, inserts, 1));
        return
        [
            new Row
            {
                Name = "durable learn, 8 features, 64 connections, Postgres",
                OursPerS = rounds.Rate(0),
                Reference = $"the slower of the same path in memory only ({rounds.Rate(Memory):N0}/s) and inserts of {rowsOfCommit} rows a commit ({rounds.Rate(Batched):N0}/s)",
                ReferencePerS = Math.Min(rounds.Rate(Memory), rounds.Rate(Batched)),
                Ratio = rounds.RatioToSlower(0, Memory, Batched),
                Bar = 0.75,
                Note = $"p50 {1e3 * last[0].P50:F2} ms, p99 {1e3 * last[0].P99:F2} ms",
            },
            Beside(rounds, "durable learn, 64 connections, beside one insert a commit by 16", 0, 2, 2),
            Beside(rounds, "durable learn, one client that waits, beside one insert a commit", 3, 4, 0.9),
        ];

        async Task<double> BatchedAsync()
        {
            rowsOfCommit = await RowsOfCommitAsync(store, session.Ending);
            return await session.BatchedAsync(insert, rowsOfCommit, bodies[0]);
        }
    }

    /// <summary>Events that one commit took with it, on average over the last thousand commits of 64 connections: events of one transaction share their xmin.</summary>
    private static async Task<int> RowsOfCommitAsync(string store, CancellationToken ending)
    {
        await using var source = NpgsqlDataSource.Create(store);
        await using var command = source.CreateCommand(
            "SELECT round(avg(rows))::int FROM (SELECT count(*) AS rows FROM events GROUP BY xmin::text HAVING count(*) > 1 ORDER BY max(sequence) DESC LIMIT 1000) AS commits");
        return await command.ExecuteScalarAsync(ending) is int rows ? rows : 1;
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
