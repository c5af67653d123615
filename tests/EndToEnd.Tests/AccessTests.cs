using System.Net;
using LifelongApi.Contracts.Journal;
using LifelongApi.Contracts.Problems;
using LifelongApi.EndToEnd.Tests.Data;
using LifelongApi.EndToEnd.Tests.Harness;

namespace LifelongApi.EndToEnd.Tests;

/// <summary>API keys from the configuration.</summary>
public sealed class AccessTests
{
    private static readonly string[] Keys =
    [
        "--Lifelong:ApiKeys:0:Name", "operator", "--Lifelong:ApiKeys:0:Key", "operator-key-0123456789", "--Lifelong:ApiKeys:0:Scopes", "predict learn read admin",
        "--Lifelong:ApiKeys:1:Name", "shop", "--Lifelong:ApiKeys:1:Key", "shop-key-0123456789", "--Lifelong:ApiKeys:1:Scopes", "predict",
    ];

    [Theory]
    [ClassData(typeof(EveryStore))]
    public async Task A_key_opens_what_its_scopes_name_and_is_the_actor_of_its_events(StoreKind kind)
    {
        await using var store = await TestStore.CreateAsync(kind);
        await using var server = await ServerProcess.StartAsync(store, Keys);
        using var asOperator = new LifelongHttp(() => server.Address, "operator-key-0123456789");
        using var asShop = new LifelongHttp(() => server.Address, "shop-key-0123456789");
        using var asStranger = new LifelongHttp(() => server.Address, "nobody-key-0123456789");
        var learnEvent = ElectricityStream.Events(1, "row")[0];
        await asOperator.CreateClassifierAsync("market");
        await asOperator.LearnAsync("market", learnEvent);
        await asShop.PredictAsync("market", learnEvent.Features!);

        var noKey = await server.Http.RefusedAsync(HttpStatusCode.Unauthorized, HttpMethod.Get, "/v1/models/market");
        Assert.Equal(ProblemTypes.Unauthenticated, noKey.Type);
        var unknown = await asStranger.RefusedAsync(HttpStatusCode.Unauthorized, HttpMethod.Get, "/v1/models/market");
        Assert.Equal(ProblemTypes.Unauthenticated, unknown.Type);
        var beyond = await asShop.RefusedAsync(HttpStatusCode.Forbidden, HttpMethod.Post, "/v1/models/market/learn", LifelongHttp.Json(learnEvent));
        Assert.Equal(ProblemTypes.Forbidden, beyond.Type);
        Assert.Equal(ProblemTypes.Forbidden, (await asShop.RefusedAsync(HttpStatusCode.Forbidden, HttpMethod.Post, "/v1/admin/models/market/snapshots", "{}")).Type);

        var entry = Assert.Single(await asOperator.HistoryAsync("market"), entry => entry.Kind == EventKind.Learned);
        Assert.Equal("operator", entry.Actor);
        Assert.Equal(1, (await asOperator.MetricsAsync("market")).Total.Count);
    }

    [Theory]
    [ClassData(typeof(EveryStore))]
    public async Task Health_needs_no_key(StoreKind kind)
    {
        await using var store = await TestStore.CreateAsync(kind);
        await using var server = await ServerProcess.StartAsync(store, Keys);
        foreach (var path in new[] { "/livez", "/readyz" })
        {
            using var response = await server.Http.SendAsync(HttpMethod.Get, path);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }
    }
}
