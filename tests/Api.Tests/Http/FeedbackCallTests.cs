using System.Net;
using System.Runtime.InteropServices;
using LifelongApi.Api.Tests.Fakes;
using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Problems;
using LifelongApi.Learning.Features;

namespace LifelongApi.Api.Tests.Http;

public sealed class FeedbackCallTests : IDisposable
{
    private readonly TestService _service = new();

    public void Dispose() => _service.Dispose();

    [Fact]
    public async Task A_question_that_is_remembered_goes_through_the_stream_and_takes_names()
    {
        var client = _service.Client();
        var one = await client.PostJsonAsync("/v1/models/named/predict", """{"remember":true,"eventId":"q","features":{"a":1},"entity":"e","subject":"s","occurredAt":"1970-01-01T00:00:01Z"}""");
        var answer = await one.ReadAsync<PredictResponse>();
        var input = Assert.Single(_service.Host.Models["named"].Learned);
        Assert.Equal(("q", "1:1", "\"1:1\""), (answer.EventId, answer.Position, one.Headers.ETag?.Tag));
        Assert.Equal((true, "q", "e", "s", 1_000_000L), (input.Remember, input.EventId, input.Entity, input.Subject, input.OccurredAt));
        Assert.Equal(1, _service.Host.Models["named"].Dictionary.Count);
        Assert.Empty(_service.Host.Models["named"].Predicted);

        var many = await (await client.PostJsonAsync("/v1/models/vector/predict", """{"rows":[[1,2,3,4],[5,6,7,8]],"remember":true,"eventIds":["r","s"]}""")).ReadAsync<PredictBatchResponse>();
        Assert.Equal(["r", "s"], many.EventIds);
        Assert.Equal("1:2", many.Position);
        Assert.All(_service.Host.Models["vector"].Learned, row => Assert.True(row.Remember));
        await client.PostJsonAsync("/v1/models/vector/predict", """{"rows":[[1,2,3,4],[5,6,7,8]],"remember":true,"entities":["e",null],"occurredAt":"1970-01-01T00:00:01Z"}""");
        Assert.Equal([("e", 1_000_000L), (null, 1_000_000L)], _service.Host.Models["vector"].Learned.TakeLast(2).Select(row => (row.Entity, row.OccurredAt!.Value)));
        var made = await (await client.PostJsonAsync("/v1/models/vector/predict", """{"rows":[[1,2,3,4]],"remember":true}""")).ReadAsync<PredictBatchResponse>();
        Assert.Equal(["made-5"], made.EventIds);
    }

    [Fact]
    public async Task Raw_numbers_are_remembered_by_the_query()
    {
        var bytes = MemoryMarshal.AsBytes<float>([1.5f, 2, 3, 4]).ToArray();
        var answer = await (await _service.Client().PostRawAsync("/v1/models/vector/predict?remember=true&eventId=q", bytes)).ReadAsync<PredictResponse>();
        var input = Assert.Single(_service.Host.Models["vector"].Learned);
        Assert.Equal(("q", "q", true), (answer.EventId, input.EventId, input.Remember));
        Assert.Equal(bytes, PayloadReader.Read(input.Payload.Span).FeatureBytes.ToArray());
        await (await _service.Client().PostRawAsync("/v1/models/vector/predict?eventId=q", bytes)).AsInvalidAsync("eventId");
        await (await _service.Client().PostRawAsync("/v1/models/vector/predict?remember=true&version=3", bytes)).AsInvalidAsync("version");
    }

    [Theory]
    [InlineData("predict", """{"features":[1,2,3,4],"eventId":"q"}""", "eventId")]
    [InlineData("predict", """{"features":[1,2,3,4],"remember":"yes"}""", "remember")]
    [InlineData("predict", """{"features":[1,2,3,4],"remember":true,"remember":true}""", "remember")]
    [InlineData("predict", """{"features":[1,2,3,4],"remember":true,"labels":["no"]}""", "labels")]
    [InlineData("predict", """{"features":[1,2,3,4],"remember":true,"eventIds":["q"]}""", "eventIds")]
    [InlineData("predict", """{"rows":[[1,2,3,4]],"remember":true,"eventIds":["q","r"]}""", "eventIds")]
    [InlineData("predict", """{"rows":[[1,2,3,4]],"remember":true,"eventIds":[7]}""", "eventIds[0]")]
    [InlineData("predict", """{"rows":[[1,2,3,4]],"remember":true,"subject":"s"}""", "subject")]
    [InlineData("predict?version=3", """{"features":[1,2,3,4],"remember":true}""", "version")]
    [InlineData("feedback", """{"label":"yes"}""", "eventId")]
    [InlineData("feedback", """{"eventId":"q"}""", "label")]
    [InlineData("feedback", """{"eventId":"q","label":"yes","features":[1,2,3,4]}""", "features")]
    [InlineData("feedback", """{"eventId":"q","target":1}""", "target")]
    [InlineData("feedback", """{"eventId":"q","label":"yes","weight":-1}""", "weight")]
    [InlineData("feedback", """{"feedback":[]}""", "feedback")]
    [InlineData("feedback", """{"feedback":[{"eventId":"q","label":"yes"},{"eventId":"r"}]}""", "feedback[1].label")]
    [InlineData("feedback", """{"eventId":"q","feedback":[]}""", "feedback")]
    [InlineData("learn", """{"features":[1,2,3,4],"label":"yes","remember":true}""", "remember")]
    [InlineData("learn", """{"feedback":"q","features":[1,2,3,4],"label":"yes"}""", "feedback")]
    [InlineData("learn", """{"feedback":"q","eventId":"r","label":"yes"}""", "feedback")]
    public async Task What_cannot_be_is_named(string route, string body, string field)
    {
        await (await _service.Client().PostJsonAsync($"/v1/models/vector/{route}", body)).AsInvalidAsync(field);
        Assert.Empty(_service.Host.Models["vector"].Learned);
    }

    [Fact]
    public async Task Answers_come_alone_in_batches_and_as_events()
    {
        var client = _service.Client();
        await client.PostJsonAsync("/v1/models/vector/feedback", """{"eventId":"q","label":7,"reward":0.5,"weight":2,"occurredAt":"1970-01-01T00:00:01Z"}""");
        var batch = await (await client.PostJsonAsync("/v1/models/vector/feedback", """{"feedback":[{"eventId":"r","label":"yes"},{"reward":1,"eventId":"s"}]}""")).ReadAsync<LearnBatchResponse>();
        await client.PostJsonAsync("/v1/models/regressor/learn", """{"events":[{"features":[1,2,3,4],"remember":true,"eventId":"t"},{"feedback":"t","target":[1,2]}]}""");

        Assert.Equal(2, batch.Results.Count);
        var taken = _service.Host.Models["vector"].Learned.ToList();
        Assert.Equal(["q", "r", "s"], taken.Select(input => input.Feedback!.EventId));
        Assert.Equal(("7", 0.5, 2f, 1_000_000L, true), (taken[0].Label, taken[0].Feedback!.Reward, taken[0].Weight, taken[0].OccurredAt, taken[0].HasTarget));
        Assert.False(taken[2].HasTarget);
        var values = _service.Host.Models["regressor"].Learned.ToList();
        Assert.True(values[0].Remember);
        Assert.Equal([1.0, 2.0], values[1].Feedback!.Target);
    }

    [Fact]
    public async Task To_remember_is_to_write()
    {
        using var service = new TestService(new Dictionary<string, string>
        {
            ["Lifelong:ApiKeys:0:Name"] = "shop", ["Lifelong:ApiKeys:0:Key"] = "shop-key", ["Lifelong:ApiKeys:0:Scopes"] = "predict",
        });
        var client = service.Client("shop-key");
        Assert.Equal(HttpStatusCode.OK, (await client.PostJsonAsync("/v1/models/vector/predict", """{"features":[1,2,3,4],"remember":false}""")).StatusCode);
        await (await client.PostJsonAsync("/v1/models/vector/predict", """{"features":[1,2,3,4],"remember":true}""")).AsProblemAsync(HttpStatusCode.Forbidden, ProblemTypes.Forbidden);
        await (await client.PostJsonAsync("/v1/models/vector/feedback", """{"eventId":"q","label":"yes"}""")).AsProblemAsync(HttpStatusCode.Forbidden, ProblemTypes.Forbidden);
        Assert.Empty(service.Host.Models["vector"].Learned);
    }
}
