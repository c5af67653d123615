using System.Globalization;
using System.Text;
using LifelongApi.Contracts.Models;
using LifelongApi.Kernels.Table;

namespace LifelongApi.Load;

/// <summary>Rows of NDJSON in and answers out on one connection, durable, with both cores for the server and its store.</summary>
internal static class StreamRows
{
    private const int RowsOfChunk = 128;

    public static IEnumerable<Measurement> All { get; } =
    [
        Stream("sqlite", "ids of the service", 100_000, _ => null, isBar: true),
        Stream("sqlite", "ids of row numbers", 100_000, row => string.Create(CultureInfo.InvariantCulture, $"file:{row}"), isBar: true),
        Stream("sqlite", "random ids", 100_000, _ => Guid.NewGuid().ToString(), isBar: false),
        Stream("postgres", "ids of the service", 60_000, _ => null, isBar: true),
        Stream("postgres", "ids of row numbers", 60_000, row => string.Create(CultureInfo.InvariantCulture, $"file:{row}"), isBar: true),
        Stream("postgres", "random ids", 60_000, _ => Guid.NewGuid().ToString(), isBar: false),
        new("raw", "raw float32 stream of 784", RawAsync),
    ];

    private static Measurement Stream(string provider, string ids, double least, Func<long, string?> id, bool isBar)
    {
        var name = $"NDJSON stream, 8 features, durable, {provider}, {ids}";
        return new("stream", name, async session =>
        {
            var service = await session.StartAsync(provider, onBothCores: true);
            await session.CreateAsync(service, "stream", Bodies.Small(Durability.Sync));
            var chunks = Chunks(id);
            await session.WarmUpAsync(service, StretchAsync);
            var results = new List<LoadResult>();
            for (var round = 0; round < session.Options.RoundCount; round++)
            {
                results.Add(await StretchAsync());
            }

            var rate = Rounds.Median(results.Select(result => result.Rate));
            var late = Rounds.Median(results.Select(result => result.P99));
            return
            [
                new Row
                {
                    Name = name,
                    OursPerS = rate,
                    Reference = "events per second, acknowledged within 100 ms",
                    ReferencePerS = least,
                    Ratio = late <= 0.1 ? rate / least : 0,
                    Bar = isBar ? 1 : null,
                    Note = $"acknowledged within {1e3 * late:F0} ms (99 %); {Rounds.Median(results.Select(result => result.CoreRate)):N0} events per second of the service's cores",
                },
            ];

            Task<LoadResult> StretchAsync() => RowStream.RunAsync(service, RowProtocol.Http("/v1/models/stream/stream", "application/x-ndjson"), chunks, session.Options.Slice, session.Ending);
        });
    }

    /// <summary>784-256-10 in memory only from a stream of raw rows, beside the same model that learns in a process without one.</summary>
    private static async Task<Row[]> RawAsync(LoadSession session)
    {
        var (service, bare) = (await session.StartAsync("sqlite", onBothCores: true), await session.BareAsync());
        var request = Bodies.Network(Durability.None);
        await session.CreateAsync(service, "raw", request);
        var rows = Bodies.RawRows(784);
        var examples = Bodies.Examples(784, isLabelled: true);
        var chunks = Enumerable.Repeat(RowChunk.Of(rows, rows.Length / (785 * sizeof(float))), int.MaxValue);
        var rounds = new LoadRounds();
        await session.WarmUpAsync(service, StretchAsync);
        for (var round = 0; round < session.Options.RoundCount; round++)
        {
            var stream = await StretchAsync();
            var inProcess = await session.InProcessAsync(bare, request, examples);
            rounds.Add([stream.Rate, inProcess.Rate]);
        }

        Task<LoadResult> StretchAsync() => RowStream.RunAsync(service, RowProtocol.Http("/v1/models/raw/stream", Bodies.Raw), chunks, session.Options.Slice, session.Ending);
        return [rounds.Row("raw float32 stream of 784, memory only", "the same model in a process, without requests", 0.6)];
    }

    /// <summary>Chunks of rows with ids that go up, one enumeration after the other.</summary>
    private static IEnumerable<RowChunk> Chunks(Func<long, string?> id)
    {
        var bodies = Bodies.Examples(8, isLabelled: true).Select(body => Encoding.UTF8.GetString(body)).ToArray();
        return Endless(bodies, id, new Counter());
    }

    private static IEnumerable<RowChunk> Endless(string[] bodies, Func<long, string?> id, Counter rows)
    {
        var isFixed = id(0) is null;
        RowChunk? last = null;
        while (true)
        {
            if (last is null || !isFixed)
            {
                var text = new StringBuilder();
                for (var n = 0; n < RowsOfChunk; n++)
                {
                    var row = rows.Next();
                    var body = bodies[row % bodies.Length];
                    text.Append(id(row) is { } given ? $$"""{"eventId":"{{given}}",{{body[1..]}}""" : body).Append('\n');
                }

                last = RowChunk.Of(Encoding.UTF8.GetBytes(text.ToString()), RowsOfChunk);
            }

            yield return last.Value;
        }
    }

    private sealed class Counter
    {
        private long _row;

        public long Next() => _row++;
    }
}
