using System.Net;
using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Models;
using LifelongApi.EndToEnd.Tests.Harness;

namespace LifelongApi.EndToEnd.Tests;

/// <summary>A model that balances classes, withholds what it is not sure of and says why it answers as it does.</summary>
public sealed class AbstentionTests
{
    [Theory]
    [ClassData(typeof(EveryStore))]
    public async Task Unsure_answers_are_withheld_rare_classes_weigh_more_and_answers_are_explained(StoreKind kind)
    {
        await using var store = await TestStore.CreateAsync(kind);
        await using var server = await ServerProcess.StartAsync(store);
        await server.Http.CreateAsync("payments", new CreateModelRequest { Preset = "classifier", Balance = new BalanceSpec { Limit = 8 }, AbstainBelow = 0.9f });
        var events = Enumerable.Range(0, 300).Select(Event).ToArray();
        var results = await server.Http.LearnAsync("payments", events);

        // The first example of the second class: half of the events so far would be its share, it has one of them.
        var rare = Array.FindIndex(events, sent => sent.Label == "fraud");
        Assert.Equal(Math.Min(8f, (rare + 1) / 2f), results[rare].Balance);
        var unsure = results.Count(result => result.Prediction?.Abstained == true);
        Assert.True(unsure > 0);
        Assert.All(results.Where(result => result.Prediction?.Abstained == true), result => Assert.Null(result.Prediction!.Label));
        var metrics = await server.Http.MetricsAsync("payments");
        Assert.Equal(unsure, metrics.Total.Abstained);
        Assert.True(metrics.Total.AnsweredAccuracy >= metrics.Total.Accuracy);

        var again = await server.Http.LearnAsync("payments", events[rare]);
        Assert.Equal((LearnStatus.Duplicate, results[rare].Balance), (again.Status, again.Balance));

        var asked = Event(313).Features;
        var withheld = await Ask(server, new PredictRequest { Features = asked, AbstainBelow = 1f });
        var answered = await Ask(server, new PredictRequest { Features = asked, AbstainBelow = 0f, Explain = true, Top = 2 });
        Assert.Equal((true, null), (withheld.Abstained, withheld.Label));
        Assert.Equal(withheld.MostProbable(), answered.Label);
        Assert.NotNull(answered.Explanation);
        Assert.True(answered.Explanation.Contributions.Count <= 2);
        Assert.Contains(answered.Explanation.Contributions, part => part.Feature == "amount" && part.Contribution > 0f);
        var probability = Math.Clamp((double)answered.Probability!.Value, 1e-7, 1 - 1e-7);
        Assert.Equal(Math.Log(probability / (1 - probability)), answered.Explanation.Score, 0.05);

        var printed = await CliRun.RunAsync("predict", "payments", "--url", server.Address.ToString(), "--features", """{"amount":900,"country":"DE"}""", "--explain", "--abstain-below", "0");
        Assert.Contains("amount", printed.Output, StringComparison.Ordinal);

        await server.Http.RefusedAsync(HttpStatusCode.BadRequest, HttpMethod.Post, "/v1/models/payments/predict", """{"rows":[{"amount":1}],"explain":true}""");
        await server.Http.RefusedAsync(HttpStatusCode.BadRequest, HttpMethod.Post, "/v1/models/payments/predict", """{"features":{"amount":1},"abstainBelow":2}""");
        await server.Http.RefusedAsync(HttpStatusCode.BadRequest, HttpMethod.Post, "/v1/models/payments/predict", """{"features":{"amount":1},"top":3}""");

        var before = await server.Http.ModelAsync("payments");
        await server.RestartAsync();
        Assert.Equal(before.StateHash, (await server.Http.ModelAsync("payments")).StateHash);
    }

    private static Task<PredictResponse> Ask(ServerProcess server, PredictRequest request) =>
        server.Http.PostAsync<PredictResponse>("/v1/models/payments/predict", request);

    private static LearnEvent Event(int number)
    {
        var isFraud = number % 20 == 13;
        var amount = isFraud ? 700 + ((number * 37) % 400) : (number * 61) % 500;
        return new LearnEvent
        {
            EventId = $"payment-{number}",
            Features = FeatureSet.Named(new Dictionary<string, object?> { ["amount"] = amount, ["country"] = number % 3 == 0 ? "DE" : "FR" }),
            Label = isFraud ? "fraud" : "fine",
        };
    }
}
