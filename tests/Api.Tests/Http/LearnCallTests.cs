using System.Net;
using System.Runtime.InteropServices;
using System.Text;
using LifelongApi.Api.Tests.Fakes;
using LifelongApi.Contracts.Admin;
using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Problems;
using LifelongApi.Contracts.Streams;
using LifelongApi.Learning.Features;

namespace LifelongApi.Api.Tests.Http;

public sealed class LearnCallTests : IDisposable
{
    private readonly TestService _service = new();

    public void Dispose() => _service.Dispose();

    [Fact]
    public async Task An_event_is_learned_and_the_position_is_the_etag()
    {
        var response = await _service.Client().PostJsonAsync("/v1/models/vector/learn", """{"features":[1,2,3,4],"label":"a","eventId":"one"}""");

        var result = await response.ReadAsync<LearnResult>();
        Assert.Equal(LearnStatus.Learned, result.Status);
        Assert.Equal("one", result.EventId);
        Assert.Equal("\"1:1\"", response.Headers.ETag?.Tag);
        Assert.DoesNotContain("null", await response.Content.ReadAsStringAsync(Calls.Stop), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_batch_is_learned_in_order()
    {
        var response = await _service.Client().PostJsonAsync("/v1/models/named/learn", """{"events":[{"features":{"a":1},"label":"x"},{"features":{"b":true}}]}""");

        var batch = await response.ReadAsync<LearnBatchResponse>();
        Assert.Equal([LearnStatus.Learned, LearnStatus.Observed], batch.Results.Select(result => result.Status));
        Assert.Equal("1:2", batch.Position);
        Assert.Equal(2, _service.Host.Models["named"].Dictionary.Count);
    }

    [Fact]
    public async Task A_raw_body_takes_everything_else_from_the_query()
    {
        var bytes = MemoryMarshal.AsBytes<float>([1.5f, 2, 3, 4]).ToArray();
        var response = await _service.Client().PostRawAsync("/v1/models/vector/learn?label=a%20b&eventId=e&weight=2.5&task=t&occurredAt=1970-01-01T00:00:01Z", bytes);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.True(_service.Host.Models["vector"].Learned.TryDequeue(out var input));
        Assert.Equal(("a b", "e", 2.5f, "t", 1_000_000L), (input.Label, input.EventId, input.Weight, input.Task, input.OccurredAt));
        var payload = PayloadReader.Read(input.Payload.Span);
        Assert.Equal(bytes, payload.FeatureBytes.ToArray());
        Assert.Equal("a b"u8, payload.Label);
    }

    [Fact]
    public async Task A_predict_carries_entity_and_time_behind_its_features()
    {
        var client = _service.Client();
        var model = _service.Host.Models["vector"];
        await client.PostJsonAsync("/v1/models/vector/predict", """{"entity":"pump","features":[1,2,3,4],"occurredAt":"1970-01-01T00:00:01Z"}""");
        await client.PostJsonAsync("/v1/models/vector/predict", """{"rows":[[1,2,3,4],[1,2,3,4]],"entities":["pump",null]}""");
        await client.PostRawAsync("/v1/models/vector/predict?entity=pump&occurredAt=1970-01-01T00:00:02Z", MemoryMarshal.AsBytes<float>([1.5f, 2, 3, 4]).ToArray());
        await client.PostJsonAsync("/v1/models/vector/predict", """{"features":[1,2,3,4]}""");

        var key = FeatureHash.OfName("pump");
        var asked = model.Predicted.Select(payload => PayloadReader.Read(payload).Moment).ToList();
        Assert.Equal([key, key, LifelongApi.Learning.State.Moment.Nobody, key, LifelongApi.Learning.State.Moment.Nobody], asked.Select(moment => moment.Entity));
        Assert.Equal([1_000_000L, LifelongApi.Learning.State.Moment.Never, LifelongApi.Learning.State.Moment.Never, 2_000_000L, LifelongApi.Learning.State.Moment.Never], asked.Select(moment => moment.OccurredAt));
    }

    [Fact]
    public async Task A_raw_body_of_another_length_or_form_is_refused()
    {
        var client = _service.Client();

        await (await client.PostRawAsync("/v1/models/vector/learn", new byte[15])).AsInvalidAsync("features");
        await (await client.PostRawAsync("/v1/models/named/learn", new byte[16])).AsInvalidAsync("features");
        await (await client.PostRawAsync("/v1/models/vector/predict", MemoryMarshal.AsBytes<float>([1, 2, float.NaN, 4]).ToArray())).AsInvalidAsync("features[2]");
        await (await client.PostRawAsync("/v1/models/regressor/learn?target=1,x", new byte[16])).AsInvalidAsync("target");
        await (await client.PostRawAsync("/v1/models/vector/learn?lable=x", new byte[16])).AsInvalidAsync("lable");
    }

    [Theory]
    [InlineData(null, "k", 200, "k")]
    [InlineData("k", "k", 200, "k")]
    [InlineData("e", "k", 400, null)]
    public async Task Idempotency_key_and_event_id_are_the_same_thing(string? eventId, string key, int status, string? expected)
    {
        var id = eventId is null ? "" : $",\"eventId\":\"{eventId}\"";
        var request = new HttpRequestMessage(HttpMethod.Post, "/v1/models/vector/learn") { Content = new StringContent($$"""{"features":[1,2,3,4]{{id}}}""", Encoding.UTF8, "application/json") };
        request.Headers.Add("Idempotency-Key", key);

        var response = await _service.Client().SendAsync(request, Calls.Stop);

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(expected, _service.Host.Models["vector"].Learned.SingleOrDefault()?.EventId);
    }

    [Fact]
    public async Task A_question_is_answered_with_scores_and_position()
    {
        var response = await _service.Client().PostJsonAsync("/v1/models/vector/predict", """{"features":[1,2,3,4]}""");

        var answer = await response.ReadAsync<PredictResponse>();
        Assert.Equal(("yes", 0.75f, "vector", "1:0"), (answer.Label, answer.Probability, answer.Model, answer.Position));
        Assert.Equal(0.25f, answer.Probabilities!["no"]);
        Assert.Equal("\"1:0\"", response.Headers.ETag?.Tag);
        Assert.Equal([0.25f, 0f], (await (await _service.Client().PostJsonAsync("/v1/models/regressor/predict", """{"features":[1,2,3,4]}""")).ReadAsync<PredictResponse>()).Values);
    }

    [Fact]
    public async Task Several_questions_are_answered_in_order()
    {
        var answer = await (await _service.Client().PostJsonAsync("/v1/models/vector/predict", """{"rows":[[1,2,3,4],[5,6,7,8]]}""")).ReadAsync<PredictBatchResponse>();

        Assert.Equal(["yes", "yes"], answer.Results.Select(result => result.Label));
        Assert.Equal([1, 5], _service.Host.Models["vector"].Predicted.Select(payload => PayloadReader.Read(payload).FeatureBytes[0]));
    }

    [Fact]
    public async Task Labels_limit_the_answer_to_the_classes_that_the_caller_names()
    {
        var client = _service.Client();
        var one = await (await client.PostJsonAsync("/v1/models/vector/predict", """{"labels":["no","never seen"],"features":[1,2,3,4]}""")).ReadAsync<PredictResponse>();
        Assert.Equal(("no", 1f), (one.Label, one.Probability));
        Assert.Equal(["no"], one.Probabilities!.Keys);
        var both = await (await client.PostJsonAsync("/v1/models/vector/predict", """{"rows":[[1,2,3,4]],"labels":["yes","no"]}""")).ReadAsync<PredictBatchResponse>();
        Assert.Equal(("yes", 0.75f), (both.Results[0].Label, both.Results[0].Probability));
        var none = await (await client.PostJsonAsync("/v1/models/vector/predict", """{"features":[1,2,3,4],"labels":[7]}""")).ReadAsync<PredictResponse>();
        Assert.Null(none.Label);
        Assert.Null(none.Probabilities);
        var old = await (await client.PostJsonAsync("/v1/models/vector/predict?version=3", """{"features":[1,2,3,4],"labels":["old"]}""")).ReadAsync<PredictResponse>();
        Assert.Equal(("old", 3), (old.Label, old.Version));
        Assert.Null((await (await client.PostJsonAsync("/v1/models/vector/predict?version=3", """{"features":[1,2,3,4],"labels":["no"]}""")).ReadAsync<PredictResponse>()).Label);
    }

    [Theory]
    [InlineData("vector", """{"features":[1,2,3,4],"labels":[]}""", "labels")]
    [InlineData("vector", """{"features":[1,2,3,4],"labels":"a"}""", "labels")]
    [InlineData("vector", """{"features":[1,2,3,4],"labels":["a",null]}""", "labels[1]")]
    [InlineData("vector", """{"labels":["a"],"features":[1,2,3,4],"labels":["b"]}""", "labels")]
    [InlineData("vector", """{"labels":["a"]}""", "features")]
    [InlineData("regressor", """{"features":[1,2,3,4],"labels":["a"]}""", "labels")]
    public async Task Labels_that_cannot_be_read_are_named(string model, string body, string field) =>
        await (await _service.Client().PostJsonAsync($"/v1/models/{model}/predict", body)).AsInvalidAsync(field);

    [Fact]
    public async Task Unknown_names_are_left_out_of_a_question_and_not_remembered()
    {
        var client = _service.Client();
        await client.PostJsonAsync("/v1/models/named/learn", """{"features":{"a":1}}""");
        await client.PostJsonAsync("/v1/models/named/predict", """{"features":{"zzz":1,"a":2}}""");

        var lease = _service.Host.Models["named"];
        Assert.Equal(1, lease.Dictionary.Count);
        Assert.Equal(1, PayloadReader.Read(Assert.Single(lease.Predicted)).FeatureCount);
    }

    [Fact]
    public async Task A_stored_version_answers_when_asked()
    {
        var client = _service.Client();
        var one = await (await client.PostJsonAsync("/v1/models/vector/predict?version=3", """{"features":[1,2,3,4]}""")).ReadAsync<PredictResponse>();
        var two = await (await client.PostJsonAsync("/v1/models/vector/predict?version=3", """{"rows":[[1,2,3,4],[1,2,3,4]]}""")).ReadAsync<PredictBatchResponse>();

        Assert.Equal(("old", 3, "1:3"), (one.Label, one.Version, one.Position));
        Assert.Equal(2, two.Results.Count);
    }

    [Fact]
    public async Task Resources_answer_with_status_location_and_etag()
    {
        var client = _service.Client();

        var created = await client.SendJsonAsync(HttpMethod.Put, "/v1/models/new", """{"preset":"classifier"}""");
        Assert.Equal((HttpStatusCode.Created, "/v1/models/new"), (created.StatusCode, created.Headers.Location?.ToString()));
        Assert.Equal(HttpStatusCode.OK, (await client.SendJsonAsync(HttpMethod.Put, "/v1/models/vector", """{"preset":"classifier"}""")).StatusCode);
        Assert.Equal("\"1:7\"", (await client.GetAsync("/v1/models/vector", Calls.Stop)).Headers.ETag?.Tag);
        Assert.Equal(2, (await (await client.GetAsync("/v1/models?pageSize=2&pageToken=t", Calls.Stop)).ReadAsync<Page<ModelInfo>>()).Items.Count);
        Assert.Equal(HttpStatusCode.NoContent, (await client.DeleteAsync("/v1/models/vector", Calls.Stop)).StatusCode);
        var snapshot = await client.PostAsync("/v1/admin/models/vector/snapshots", null, Calls.Stop);
        Assert.Equal((HttpStatusCode.Created, "/v1/admin/models/vector/snapshots/3"), (snapshot.StatusCode, snapshot.Headers.Location?.ToString()));
        Assert.Equal(HttpStatusCode.Created, (await client.PostJsonAsync("/v1/admin/models/vector/snapshots/3:fork", """{"model":"twin"}""")).StatusCode);
        Assert.Equal("/swagger", (await client.GetAsync("/", Calls.Stop)).Headers.Location?.ToString());
    }

    [Theory]
    [InlineData("\"1:7\"", 200)]
    [InlineData("\"1:6\"", 412)]
    [InlineData("\"yesterday\"", 400)]
    public async Task Restore_asks_for_the_position_it_was_meant_for(string ifMatch, int status)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/v1/admin/models/vector/snapshots/3:restore");
        request.Headers.TryAddWithoutValidation("If-Match", ifMatch);

        Assert.Equal(status, (int)(await _service.Client().SendAsync(request, Calls.Stop)).StatusCode);
    }

    [Theory]
    [InlineData("", 1)]
    [InlineData("""{"slices":7}""", 7)]
    [InlineData("""{"slices":0}""", null)]
    [InlineData("""{"slices":1001}""", null)]
    public async Task Sleep_takes_its_slices_and_its_id(string body, int? slices)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/v1/admin/models/vector:sleep");
        request.Headers.Add("Idempotency-Key", "night");
        request.Content = body.Length == 0 ? null : new StringContent(body, Encoding.UTF8, "application/json");
        var answer = await _service.Client().SendAsync(request, Calls.Stop);
        if (slices is null)
        {
            Assert.Contains("slices", (await answer.AsProblemAsync(HttpStatusCode.BadRequest, ProblemTypes.InvalidRequest)).Errors!.Keys);
            return;
        }

        var result = await answer.ReadAsync<SleepResult>();
        Assert.Equal(("vector", slices, "\"1:8\"", "night"), (result.Model, result.Slices, answer.Headers.ETag?.Tag, _service.Host.BoundaryId));
    }

    [Fact]
    public async Task Task_boundaries_carry_their_id()
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/v1/streams/vector/tasks/jan.1:begin");
        request.Headers.Add("Idempotency-Key", "b1");
        var boundary = await (await _service.Client().SendAsync(request, Calls.Stop)).ReadAsync<TaskBoundary>();

        Assert.Equal(("jan.1", "began", "b1"), (boundary.Task, boundary.Status, _service.Host.BoundaryId));
        Assert.Equal("ended", (await (await _service.Client().PostAsync("/v1/streams/vector/tasks/jan.1:end", null, Calls.Stop)).ReadAsync<TaskBoundary>()).Status);
    }
}
