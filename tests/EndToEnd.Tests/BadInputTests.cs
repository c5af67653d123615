using System.Net;
using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Problems;
using LifelongApi.EndToEnd.Tests.Data;
using LifelongApi.EndToEnd.Tests.Harness;

namespace LifelongApi.EndToEnd.Tests;

/// <summary>What is refused is refused with a reason, and changes nothing.</summary>
public sealed class BadInputTests
{
    [Theory]
    [ClassData(typeof(EveryStore))]
    public async Task Bad_input_is_named_and_leaves_every_model_as_it_was(StoreKind kind)
    {
        await using var store = await TestStore.CreateAsync(kind);
        await using var server = await ServerProcess.StartAsync(store);
        var http = server.Http;
        await http.CreateClassifierAsync("market");
        await http.CreateAsync("pixels", new CreateModelRequest { Preset = "classifier", Input = new InputSpec { Kind = InputKind.Vector, Size = 3 } });
        await http.CreateAsync("demand", new CreateModelRequest { Preset = "regressor" });
        await http.LearnAsync("market", ElectricityStream.Events(50, "row"));
        string[] models = ["market", "pixels", "demand"];
        var before = await HashesAsync(http, models);

        (string Path, string Body, string Field)[] bad =
        [
            ("market/learn", """{"features":{"a":1},"label":"x","colour":"red"}""", "colour"),
            ("market/learn", """{"features":{"a":1e39},"label":"x"}""", "features.a"),
            ("market/learn", """{"features":{"a":1e400},"label":"x"}""", "features.a"),
            ("market/learn", """{"features":{"a":NaN},"label":"x"}""", "body"),
            ("market/learn", """{"features":{"a":[1]},"label":"x"}""", "features.a"),
            ("market/learn", """{"features":[1,2],"label":"x"}""", "features"),
            ("market/learn", """{"features":{"a":1},"label":"x","weight":-1}""", "weight"),
            ("market/learn", """{"features":{"a":1},"label":"x","occurredAt":"yesterday"}""", "occurredAt"),
            ("market/learn", """{"features":{"a":1},"label":"x","task":"a b"}""", "task"),
            ("market/learn", """{"features":{"a":1},"target":3}""", "target"),
            ("market/learn", """{"label":"x"}""", "features"),
            ("market/learn", "{", "body"),
            ("market/learn", "", "body"),
            ("pixels/learn", """{"features":[1,2],"label":"x"}""", "features"),
            ("pixels/learn", """{"features":[1,2,NaN],"label":"x"}""", "body"),
            ("pixels/learn", """{"features":[1,2,Infinity],"label":"x"}""", "body"),
            ("pixels/learn", """{"features":[1,2,-Infinity],"label":"x"}""", "body"),
            ("pixels/learn", """{"features":[1,2,1e39],"label":"x"}""", "features[2]"),
            ("pixels/learn", """{"features":[1,2,"3"],"label":"x"}""", "features[2]"),
            ("pixels/learn", """{"features":"AAAAAAAAAAAAAMB/","label":"x"}""", "features[2]"),
            ("pixels/learn", """{"events":[{"features":[1,2,3],"label":"x"},{"features":[1,2],"label":"x"}]}""", "events[1].features"),
            ("pixels/predict", """{"features":[1,2,3,4]}""", "features"),
            ("pixels/predict", """{"rows":[[1,2,3],[1,2]]}""", "rows[1]"),
            ("pixels/predict", """{"features":[1,2,3],"label":"x"}""", "label"),
            ("pixels/predict?version=first", """{"features":[1,2,3]}""", "version"),
            ("pixels/learn?learn=yes", """{"features":[1,2,3]}""", "learn"),
            ("demand/learn", """{"features":{"a":1},"label":"x"}""", "label"),
            ("demand/learn", """{"features":{"a":1},"target":[1,2]}""", "target"),
            ("demand/learn", """{"features":{"a":1},"target":1e39}""", "target"),
        ];
        foreach (var (path, body, field) in bad)
        {
            var problem = await http.RefusedAsync(HttpStatusCode.BadRequest, HttpMethod.Post, $"/v1/models/{path}", body);
            Assert.True(problem.Type == ProblemTypes.InvalidRequest && problem.Detail is { Length: > 0 }, $"{path} {body}: {problem}");
            Assert.Equal([field], problem.Errors!.Keys);
            Assert.Equal(before, await HashesAsync(http, models));
        }

        Assert.Equal(before, await HashesAsync(http, models));
        await server.RestartAsync();
        Assert.Equal(before, await HashesAsync(http, models));
    }

    [Theory]
    [ClassData(typeof(EveryStore))]
    public async Task What_does_not_exist_is_not_found(StoreKind kind)
    {
        await using var store = await TestStore.CreateAsync(kind);
        await using var server = await ServerProcess.StartAsync(store);
        await server.Http.CreateClassifierAsync("market");
        (HttpMethod Method, string Path, string? Body)[] calls =
        [
            (HttpMethod.Get, "/v1/models/nobody", null),
            (HttpMethod.Get, "/v1/models/nobody/metrics", null),
            (HttpMethod.Post, "/v1/models/nobody/predict", """{"features":{"a":1}}"""),
            (HttpMethod.Post, "/v1/models/nobody/learn", """{"features":{"a":1},"label":"x"}"""),
            (HttpMethod.Post, "/v1/models/market/predict?version=99", """{"features":{"a":1}}"""),
            (HttpMethod.Post, "/v1/models/nobody/learn", """{"features":{"a":1},"label":"x"}"""),
            (HttpMethod.Post, "/v1/models/market/predict?version=99", """{"features":{"a":1}}"""),
            (HttpMethod.Get, "/v1/streams/nobody", null),
            (HttpMethod.Post, "/v1/streams/nobody/tasks/january:begin", null),
            (HttpMethod.Get, "/v1/admin/models/market/snapshots/99", null),
            (HttpMethod.Post, "/v1/admin/models/market/snapshots/99:restore", null),
        ];
        foreach (var (method, path, body) in calls)
        {
            Assert.Equal(ProblemTypes.NotFound, (await server.Http.RefusedAsync(HttpStatusCode.NotFound, method, path, body)).Type);
        }
    }

    [Theory]
    [ClassData(typeof(EveryStore))]
    public async Task A_body_or_row_that_is_too_large_is_refused_and_what_is_beside_it_is_learned(StoreKind kind)
    {
        await using var store = await TestStore.CreateAsync(kind);
        await using var server = await ServerProcess.StartAsync(store, "--Lifelong:MaxBodyBytes", "20000", "--Lifelong:MaxRowBytes", "2000");
        await server.Http.CreateClassifierAsync("market");
        var before = (await server.Http.ModelAsync("market")).StateHash;
        var events = ElectricityStream.Events(2, "row");
        var large = $$$"""{"features":{"a":"{{{new string('x', 30_000)}}}"}}""";

        foreach (var route in new[] { "learn", "predict" })
        {
            var problem = await server.Http.RefusedAsync(HttpStatusCode.RequestEntityTooLarge, HttpMethod.Post, $"/v1/models/market/{route}", large);
            Assert.Equal(ProblemTypes.TooLarge, problem.Type);
            Assert.Contains("20000", problem.Detail, StringComparison.Ordinal);
        }

        Assert.Equal(before, (await server.Http.ModelAsync("market")).StateHash);
        await using var exchange = await Http1RowExchange.OpenAsync(server.Address, "market");
        await exchange.SendAsync(LifelongHttp.Json(events[0]));
        Assert.Equal(LearnStatus.Learned, (await exchange.NextAsync()).Status);
        var learned = (await server.Http.ModelAsync("market")).StateHash;
        await exchange.SendAsync(large);
        var refused = await exchange.NextAsync();
        Assert.Equal((LearnStatus.Rejected, 413, ProblemTypes.TooLarge), (refused.Status, refused.Error!.Status!.Value, refused.Error.Type));
        Assert.Equal(learned, (await server.Http.ModelAsync("market")).StateHash);
        await exchange.SendAsync(LifelongHttp.Json(events[1]));
        Assert.Equal(LearnStatus.Learned, (await exchange.NextAsync()).Status);
        await exchange.CompleteAsync();
    }

    [Theory]
    [ClassData(typeof(EveryStore))]
    public async Task The_same_id_with_another_payload_is_a_conflict(StoreKind kind)
    {
        await using var store = await TestStore.CreateAsync(kind);
        await using var server = await ServerProcess.StartAsync(store);
        await server.Http.CreateClassifierAsync("market");
        var rows = ElectricityStream.Rows(2);
        await server.Http.LearnAsync("market", rows[0].Event("row"));
        var before = (await server.Http.ModelAsync("market")).StateHash;

        var problem = await server.Http.RefusedAsync(HttpStatusCode.Conflict, HttpMethod.Post, "/v1/models/market/learn", LifelongHttp.Json(rows[1].Event("row")));

        Assert.Equal(ProblemTypes.EventIdReused, problem.Type);
        Assert.Equal(before, (await server.Http.ModelAsync("market")).StateHash);
    }

    [Theory]
    [ClassData(typeof(EveryStore))]
    public async Task A_full_queue_refuses_and_says_when_to_come_back(StoreKind kind)
    {
        await using var store = await TestStore.CreateAsync(kind);
        await using var server = await ServerProcess.StartAsync(WriteLock.Patient(store), "--Lifelong:QueueCapacity", "2");
        await server.Http.CreateClassifierAsync("market");
        var events = ElectricityStream.Events(12, "row");

        // Nothing can be committed: at most one batch is under way and two events wait behind it.
        var calls = new List<Task<HttpResponseMessage>>();
        await using (await WriteLock.TakeAsync(store))
        {
            calls.AddRange(events.Select(learnEvent => server.Http.SendAsync(HttpMethod.Post, "/v1/models/market/learn", LifelongHttp.Json(learnEvent))));
            var refused = await await Task.WhenAny(calls);
            Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
            Assert.NotNull(refused.Headers.RetryAfter);
            var problem = LifelongHttp.Read<Problem>(await refused.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
            Assert.Equal(ProblemTypes.QueueFull, problem.Type);
        }

        var answers = await Task.WhenAll(calls);
        var learned = answers.Count(answer => answer.StatusCode == HttpStatusCode.OK);
        Assert.InRange(learned, 1, 4);
        Assert.Equal(events.Count - learned, answers.Count(answer => answer.StatusCode == HttpStatusCode.TooManyRequests));
        Assert.Equal(learned, (await server.Http.MetricsAsync("market")).Total.Count);
        foreach (var answer in answers)
        {
            answer.Dispose();
        }
    }

    private static async Task<IReadOnlyList<string>> HashesAsync(LifelongHttp http, string[] models)
    {
        var hashes = new List<string>();
        foreach (var model in models)
        {
            hashes.Add((await http.ModelAsync(model)).StateHash);
        }

        return hashes;
    }
}
