using LifelongApi.Contracts.Learning;
using LifelongApi.EndToEnd.Tests.Data;
using LifelongApi.EndToEnd.Tests.Harness;

namespace LifelongApi.EndToEnd.Tests;

/// <summary>Rows in, answers out, in one request that is still open.</summary>
public sealed class StreamTests
{
    public static TheoryData<StoreKind, int> StoresAndVersions() => new()
    {
        { StoreKind.Sqlite, 1 },
        { StoreKind.Sqlite, 2 },
        { StoreKind.Postgres, 1 },
        { StoreKind.Postgres, 2 },
    };

    [Theory]
    [MemberData(nameof(StoresAndVersions))]
    public async Task Every_row_is_answered_while_the_request_still_runs(StoreKind kind, int httpVersion)
    {
        await using var store = await TestStore.CreateAsync(kind);
        await using var server = await ServerProcess.StartAsync(store);
        await server.Http.CreateClassifierAsync("market");
        await using var exchange = await OpenAsync(server, httpVersion);

        // The next row is not sent before the last one was answered: a server that waits for the end would wait for ever.
        foreach (var learnEvent in ElectricityStream.Events(50, "row"))
        {
            await exchange.SendAsync(LifelongHttp.Json(learnEvent));
            var answer = await exchange.NextAsync();
            Assert.Equal(learnEvent.EventId, answer.EventId);
            Assert.Equal(LearnStatus.Learned, answer.Status);
        }

        await exchange.CompleteAsync();
        Assert.Null(await exchange.ReceiveAsync());
        Assert.Equal(50, (await server.Http.MetricsAsync("market")).Total.Count);
    }

    [Theory]
    [MemberData(nameof(StoresAndVersions))]
    public async Task A_bad_row_gets_its_own_error_and_the_rest_goes_on_in_order(StoreKind kind, int httpVersion)
    {
        await using var store = await TestStore.CreateAsync(kind);
        await using var server = await ServerProcess.StartAsync(store);
        await server.Http.CreateClassifierAsync("market");
        await using var exchange = await OpenAsync(server, httpVersion);
        var events = ElectricityStream.Events(300, "row");
        string[] bad =
        [
            "this is not JSON",
            """{"features":{"a":1},"label":"x","colour":"red"}""",
            """{"features":{"a":1e400},"label":"x"}""",
            """{"label":"x"}""",
        ];
        foreach (var learnEvent in events.Take(150))
        {
            await exchange.SendAsync(LifelongHttp.Json(learnEvent));
        }

        foreach (var row in bad)
        {
            await exchange.SendAsync(row);
        }

        foreach (var learnEvent in events.Skip(150))
        {
            await exchange.SendAsync(LifelongHttp.Json(learnEvent));
        }

        await exchange.CompleteAsync();
        foreach (var learnEvent in events.Take(150))
        {
            Assert.Equal(learnEvent.EventId, (await exchange.NextAsync()).EventId);
        }

        foreach (var _ in bad)
        {
            var answer = await exchange.NextAsync();
            Assert.Equal(LearnStatus.Rejected, answer.Status);
            Assert.Equal(400, answer.Error!.Status);
            Assert.NotNull(answer.Error.Detail);
        }

        foreach (var learnEvent in events.Skip(150))
        {
            Assert.Equal(learnEvent.EventId, (await exchange.NextAsync()).EventId);
        }

        Assert.Null(await exchange.ReceiveAsync());
        Assert.Equal(300, (await server.Http.MetricsAsync("market")).Total.Count);
    }

    [Theory]
    [ClassData(typeof(EveryStore))]
    public async Task The_same_rows_give_the_same_state_whichever_door_they_take(StoreKind kind)
    {
        await using var store = await TestStore.CreateAsync(kind);
        await using var server = await ServerProcess.StartAsync(store);
        var events = ElectricityStream.Events(400, "row");
        var hashes = new List<string>();
        foreach (var model in new[] { "one-by-one", "batches" })
        {
            await server.Http.CreateClassifierAsync(model);
        }

        foreach (var learnEvent in events)
        {
            await server.Http.LearnAsync("one-by-one", learnEvent);
        }

        await server.Http.LearnAsync("batches", events);
        await server.Http.CreateClassifierAsync("market");
        await using var exchange = await OpenAsync(server, 1);
        foreach (var learnEvent in events)
        {
            await exchange.SendAsync(LifelongHttp.Json(learnEvent));
        }

        await exchange.CompleteAsync();
        while (await exchange.ReceiveAsync() is not null)
        {
        }

        foreach (var model in new[] { "one-by-one", "batches", "market" })
        {
            hashes.Add((await server.Http.ModelAsync(model)).StateHash);
        }

        Assert.Single(hashes.Distinct());
    }

    private static async Task<RowExchange> OpenAsync(ServerProcess server, int httpVersion) =>
        httpVersion == 1 ? await Http1RowExchange.OpenAsync(server.Address, "market") : new Http2RowExchange(server.Http2Address, "market");
}
