using System.Net;
using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Models;
using LifelongApi.EndToEnd.Tests.Data;
using LifelongApi.EndToEnd.Tests.Harness;

namespace LifelongApi.EndToEnd.Tests;

/// <summary>Labels that come after the prediction, over kills, through every door.</summary>
public sealed class FeedbackTests
{
    [Theory]
    [ClassData(typeof(EveryStore))]
    public async Task A_label_that_comes_after_a_kill_is_learned_once_and_a_follower_learns_the_same(StoreKind kind)
    {
        await using var store = await TestStore.CreateAsync(kind);
        await using var server = await ServerProcess.StartAsync(store);
        await server.Http.CreateClassifierAsync("market");
        var events = ElectricityStream.Events(120, "row");
        await server.Http.LearnAsync("market", [.. events.Take(60)]);

        // The wire knows the question with its names, and the answer comes to another process.
        var asked = new List<PredictResponse>();
        foreach (var row in events.Skip(60).Take(40))
        {
            asked.Add(await server.Http.PostAsync<PredictResponse>("/v1/models/market/predict", new PredictRequest { Features = row.Features, Remember = true, EventId = row.EventId }));
        }

        await server.RestartAsync();
        var answers = events.Skip(60).Take(40).Select(row => new FeedbackRequest { EventId = row.EventId!, Label = row.Label }).ToList();
        var first = await server.Http.PostAsync<LearnResult>("/v1/models/market/feedback", answers[0]);
        Assert.Equal((LearnStatus.Learned, "recomputed", asked[0].EventId), (first.Status, first.Feedback!.Eligibility, first.Feedback.EventId));
        var batch = await server.Http.PostAsync<LearnBatchResponse>("/v1/models/market/feedback", new FeedbackBatchRequest { Feedback = answers });
        Assert.Equal(LearnStatus.Duplicate, batch.Results[0].Status);
        Assert.All(batch.Results.Skip(1), result => Assert.Equal(LearnStatus.Learned, result.Status));
        await server.RestartAsync();
        batch = await server.Http.PostAsync<LearnBatchResponse>("/v1/models/market/feedback", new FeedbackBatchRequest { Feedback = answers });
        Assert.All(batch.Results, result => Assert.Equal(LearnStatus.Duplicate, result.Status));
        await server.Http.RefusedAsync(HttpStatusCode.NotFound, HttpMethod.Post, "/v1/models/market/feedback", """{"eventId":"nobody","label":"UP"}""");
        await server.Http.RefusedAsync(HttpStatusCode.Conflict, HttpMethod.Post, "/v1/models/market/feedback", $$"""{"eventId":"{{asked[0].EventId}}","label":"neither"}""");

        var metrics = await server.Http.MetricsAsync("market");
        Assert.Equal((100L, 40L, 0L, 40L), (metrics.Events["learned"], metrics.LabelDelay!.Predicted, metrics.LabelDelay.Pending, metrics.LabelDelay.Labelled));
        Assert.True(metrics.LabelDelay.DelaySeconds!.Mean > 0);
        var leader = await server.Http.ModelAsync("market");
        await server.Http.CreateAsync("twin", new CreateModelRequest { Preset = "classifier", Follow = "market" });
        var twin = await server.Http.ModelAsync("twin");
        while (twin.Sequence < leader.Sequence)
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            twin = await server.Http.ModelAsync("twin");
        }

        Assert.Equal(leader.StateHash, twin.StateHash);
    }

    [Theory]
    [ClassData(typeof(EveryStore))]
    public async Task The_default_is_learned_by_the_process_that_comes_after_a_kill(StoreKind kind)
    {
        await using var store = await TestStore.CreateAsync(kind);
        await using var server = await ServerProcess.StartAsync(store);
        await server.Http.CreateAsync("clicks", new CreateModelRequest { Preset = "classifier", Feedback = new FeedbackSpec { WindowSeconds = 1, DefaultLabel = "none" } });
        await server.Http.PostJsonAsync<PredictResponse>("/v1/models/clicks/predict", """{"eventId":"shown","features":{"page":"home","hour":9},"remember":true}""");
        await server.RestartAsync();

        var metrics = await server.Http.MetricsAsync("clicks");
        while (metrics.LabelDelay!.Pending > 0)
        {
            await Task.Delay(50, TestContext.Current.CancellationToken);
            metrics = await server.Http.MetricsAsync("clicks");
        }

        Assert.Equal((1L, 0L), (metrics.LabelDelay.Defaulted, metrics.LabelDelay.Labelled));
        var late = await server.Http.PostJsonAsync<LearnResult>("/v1/models/clicks/feedback", """{"eventId":"shown","label":"click"}""");
        Assert.Equal(("givenAfterDefault", "none"), (late.Feedback!.Cause, late.Prediction!.Label));
    }

    [Fact]
    public async Task Rows_of_a_stream_ask_and_answer_and_so_does_the_command()
    {
        await using var store = await TestStore.CreateAsync(StoreKind.Sqlite);
        await using var server = await ServerProcess.StartAsync(store);
        await server.Http.CreateClassifierAsync("market");
        using var http = new HttpClient();
        const string rows = """
            {"eventId":"a","features":{"x":1},"label":"up"}
            {"eventId":"q","features":{"x":2},"remember":true}
            {"feedback":"q","label":"down"}
            {"feedback":"nobody","label":"down"}
            """;
        using var content = new StringContent(rows, System.Text.Encoding.UTF8, "application/x-ndjson");
        using var response = await http.PostAsync(new Uri(server.Address, "/v1/models/market/stream"), content, TestContext.Current.CancellationToken);
        var results = (await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(LifelongHttp.Read<LearnResult>).ToList();
        Assert.Equal([LearnStatus.Learned, LearnStatus.Predicted, LearnStatus.Learned, LearnStatus.Rejected], results.Select(result => result.Status));

        var asked = await CliRun.RunAsync("predict", "market", "--features", """{"x":3}""", "--remember", "--json", "--url", server.Address.ToString());
        var id = asked.Json().GetProperty("eventId").GetString()!;
        var answered = await CliRun.RunAsync("feedback", "market", "--event-id", id, "--label", "up", "--url", server.Address.ToString());
        Assert.StartsWith("Learned at 1:", answered.Output, StringComparison.Ordinal);
    }
}
