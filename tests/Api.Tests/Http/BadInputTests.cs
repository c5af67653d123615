using System.Net;
using LifelongApi.Api.Tests.Fakes;
using LifelongApi.Contracts.Problems;
using LifelongApi.Learning;
using LifelongApi.Storage;

namespace LifelongApi.Api.Tests.Http;

public sealed class BadInputTests : IDisposable
{
    private readonly TestService _service = new(new() { ["Lifelong:MaxBodyBytes"] = "100000", ["Lifelong:MaxBatch"] = "20" });

    public void Dispose() => _service.Dispose();

    [Theory]
    [InlineData("vector", """{"features":[1,2,3],"label":"a"}""", "features")]
    [InlineData("vector", """{"features":[1,2,3,4,5],"label":"a"}""", "features")]
    [InlineData("vector", """{"features":[1,2,3,1e39],"label":"a"}""", "features[3]")]
    [InlineData("vector", """{"features":[1,2,3,-3.5e38],"label":"a"}""", "features[3]")]
    [InlineData("vector", """{"features":[1,"2",3,4],"label":"a"}""", "features[1]")]
    [InlineData("vector", """{"features":[1,null,3,4],"label":"a"}""", "features[1]")]
    [InlineData("vector", """{"features":{"0":1},"label":"a"}""", "features")]
    [InlineData("vector", """{"features":"AAAA","label":"a"}""", "features")]
    [InlineData("vector", """{"features":"not base64!","label":"a"}""", "features")]
    [InlineData("vector", """{"features":"AACAfwAAAAAAAAAAAAAAAA==","label":"a"}""", "features[0]")]
    [InlineData("vector", """{"features":null,"label":"a"}""", "features")]
    [InlineData("vector", """{"label":"a"}""", "features")]
    [InlineData("vector", """{"features":[1,2,3,NaN],"label":"a"}""", "body")]
    [InlineData("vector", """{"features":[1,2,3,Infinity],"label":"a"}""", "body")]
    [InlineData("vector", """{"features":[1,2,3,4],"label":"a"} x""", "body")]
    [InlineData("vector", """{"features":[1,2,3,4],""", "body")]
    [InlineData("vector", "", "body")]
    [InlineData("vector", "[1,2,3,4]", "body")]
    [InlineData("vector", """{"features":[1,2,3,4],"lable":"a"}""", "lable")]
    [InlineData("vector", """{"features":[1,2,3,4],"label":"a","label":"b"}""", "label")]
    [InlineData("vector", """{"features":[1,2,3,4],"label":""}""", "label")]
    [InlineData("vector", """{"features":[1,2,3,4],"label":{}}""", "label")]
    [InlineData("vector", """{"features":[1,2,3,4],"target":1}""", "target")]
    [InlineData("regressor", """{"features":[1,2,3,4],"label":"a"}""", "label")]
    [InlineData("regressor", """{"features":[1,2,3,4],"target":1}""", "target")]
    [InlineData("regressor", """{"features":[1,2,3,4],"target":[1,"x"]}""", "target[1]")]
    [InlineData("regressor", """{"features":[1,2,3,4],"target":[1,1e39]}""", "target[1]")]
    [InlineData("regressor", """{"features":[1,2,3,4],"target":[]}""", "target")]
    [InlineData("vector", """{"features":[1,2,3,4],"weight":-1}""", "weight")]
    [InlineData("vector", """{"features":[1,2,3,4],"weight":1000001}""", "weight")]
    [InlineData("vector", """{"features":[1,2,3,4],"weight":"1"}""", "weight")]
    [InlineData("vector", """{"features":[1,2,3,4],"reward":1e400}""", "reward")]
    [InlineData("vector", """{"features":[1,2,3,4],"eventId":""}""", "eventId")]
    [InlineData("vector", """{"features":[1,2,3,4],"eventId":7}""", "eventId")]
    [InlineData("vector", """{"features":[1,2,3,4],"task":"-a"}""", "task")]
    [InlineData("vector", """{"features":[1,2,3,4],"task":"a b"}""", "task")]
    [InlineData("vector", """{"features":[1,2,3,4],"occurredAt":"yesterday"}""", "occurredAt")]
    [InlineData("vector", """{"features":[1,2,3,4],"occurredAt":5}""", "occurredAt")]
    [InlineData("vector", """{"features":[1,2,3,4],"label":"\ud800"}""", "label")]
    [InlineData("sparse", """{"features":{"100":1}}""", "features.100")]
    [InlineData("sparse", """{"features":{"-1":1}}""", "features.-1")]
    [InlineData("sparse", """{"features":{"a":1}}""", "features.a")]
    [InlineData("sparse", """{"features":{"7":1,"07":2}}""", "features.07")]
    [InlineData("sparse", """{"features":{"7":1e39}}""", "features.7")]
    [InlineData("sparse", """{"features":{"7":"x"}}""", "features.7")]
    [InlineData("sparse", """{"features":{"1":1,"2":1,"3":1,"4":1,"5":1,"6":1}}""", "features")]
    [InlineData("sparse", """{"features":[1,2]}""", "features")]
    [InlineData("named", """{"features":{"a":1,"b":1,"c":1,"d":1}}""", "features")]
    [InlineData("named", """{"features":{"a":1,"a":2}}""", "features.a")]
    [InlineData("named", """{"features":{"a":null,"a":2}}""", "features.a")]
    [InlineData("named", """{"features":{"":2}}""", "features.")]
    [InlineData("named", """{"features":{"a":[1]}}""", "features.a")]
    [InlineData("named", """{"features":{"a":-1e39}}""", "features.a")]
    [InlineData("named", """{"features":[1]}""", "features")]
    [InlineData("named", """{"events":[{"features":{"a":1}},{"features":{"a":{}}}]}""", "events[1].features.a")]
    [InlineData("vector", """{"events":[{"features":[1,2,3,4]},{"features":[1,2,3,1e39]}]}""", "events[1].features[3]")]
    [InlineData("vector", """{"events":[{"features":[1,2,3,4],"tag":1}]}""", "events[0].tag")]
    [InlineData("vector", """{"events":[7]}""", "events[0]")]
    [InlineData("vector", """{"events":[]}""", "events")]
    [InlineData("vector", """{"events":{}}""", "events")]
    [InlineData("vector", """{"events":[{"features":[1,2,3,4]}],"label":"a"}""", "events")]
    public async Task A_bad_event_is_refused_and_the_field_is_named(string model, string body, string field)
    {
        var response = await _service.Client().PostJsonAsync($"/v1/models/{model}/learn", body);

        await response.AsInvalidAsync(field);
        Assert.Empty(_service.Host.Models[model].Learned);
        Assert.Equal(0, _service.Host.Models[model].Dictionary.Count);
    }

    [Theory]
    [InlineData("vector", """{"rows":[[1,2,3,4],[1,2,3]]}""", "rows[1]")]
    [InlineData("vector", """{"rows":[[1,2,3,4],[1,2,3,1e39]]}""", "rows[1][3]")]
    [InlineData("named", """{"rows":[{"a":1},{"a":[]}]}""", "rows[1].a")]
    [InlineData("vector", """{"features":[1,2,3,4],"rows":[]}""", "rows")]
    [InlineData("vector", """{"rows":[]}""", "rows")]
    [InlineData("vector", """{}""", "features")]
    [InlineData("vector", """{"features":[1,2,3,4],"label":"a"}""", "label")]
    [InlineData("vector", """{"features":[1,2,3,4],"entity":""}""", "entity")]
    [InlineData("vector", """{"features":[1,2,3,4],"entity":7}""", "entity")]
    [InlineData("vector", """{"features":[1,2,3,4],"entity":"a","entity":"b"}""", "entity")]
    [InlineData("vector", """{"features":[1,2,3,4],"occurredAt":"yesterday"}""", "occurredAt")]
    [InlineData("vector", """{"features":[1,2,3,4],"entities":["a"]}""", "entities")]
    [InlineData("vector", """{"rows":[[1,2,3,4],[1,2,3,4]],"entities":["a"]}""", "entities")]
    [InlineData("vector", """{"rows":[[1,2,3,4]],"entities":["a"],"entity":"b"}""", "entities")]
    [InlineData("vector", """{"rows":[[1,2,3,4]],"entities":[7]}""", "entities[0]")]
    public async Task A_bad_question_is_refused_and_the_field_is_named(string model, string body, string field) =>
        await (await _service.Client().PostJsonAsync($"/v1/models/{model}/predict", body)).AsInvalidAsync(field);

    [Fact]
    public async Task The_message_says_what_is_wrong_and_what_would_be_right()
    {
        var client = _service.Client();

        Assert.Equal("1e39 is beyond the range of a 32-bit float (±3.4e38).", await (await client.PostJsonAsync("/v1/models/vector/learn", """{"features":[1,2,3,1e39]}""")).AsInvalidAsync("features[3]"));
        Assert.Equal("Holds 3 numbers; the model takes 4.", await (await client.PostJsonAsync("/v1/models/vector/learn", """{"features":[1,2,3]}""")).AsInvalidAsync("features"));
        Assert.Equal("is empty; send a JSON object.", await (await client.PostJsonAsync("/v1/models/vector/learn", "")).AsInvalidAsync("body"));
        Assert.Contains("the known ones are preset, input, target, network", await (await client.SendJsonAsync(HttpMethod.Put, "/v1/models/new", """{"pre":"x"}""")).AsInvalidAsync("pre"), StringComparison.Ordinal);
        Assert.Contains("NaN and Infinity are not JSON", await (await client.PostJsonAsync("/v1/models/vector/learn", """{"features":[NaN]}""")).AsInvalidAsync("body"), StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", await (await client.PostJsonAsync("/v1/models/vector/learn", """{"features":[x]}""")).AsInvalidAsync("body"), StringComparison.Ordinal);
        Assert.Contains("line 2, byte 15", await (await client.PostJsonAsync("/v1/models/vector/learn", "{\n\"features\":[1,,2]}")).AsInvalidAsync("body"), StringComparison.Ordinal);
        Assert.Contains("give 'target' instead", await (await client.PostJsonAsync("/v1/models/regressor/learn", """{"features":[1,2,3,4],"label":"a"}""")).AsInvalidAsync("label"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_can_be_read_as_it_stands()
    {
        var response = await _service.Client().GetAsync("/v1/models/nobody", Calls.Stop);

        Assert.Contains("'nobody'", await response.Content.ReadAsStringAsync(Calls.Stop), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("eventId", 128, 200)]
    [InlineData("eventId", 129, 400)]
    [InlineData("label", 256, 200)]
    [InlineData("label", 257, 400)]
    [InlineData("entity", 256, 200)]
    [InlineData("entity", 257, 400)]
    [InlineData("subject", 257, 400)]
    [InlineData("task", 128, 200)]
    [InlineData("task", 129, 400)]
    public async Task Texts_have_a_longest_length(string property, int bytes, int status)
    {
        var response = await _service.Client().PostJsonAsync("/v1/models/vector/learn", $$"""{"features":[1,2,3,4],"{{property}}":"{{new string('a', bytes)}}"}""");

        Assert.Equal(status, (int)response.StatusCode);
    }

    [Theory]
    [InlineData(256, 1024, 200)]
    [InlineData(257, 1, 400)]
    [InlineData(1, 1025, 400)]
    public async Task Feature_names_and_texts_have_a_longest_length(int name, int text, int status)
    {
        var response = await _service.Client().PostJsonAsync("/v1/models/named/learn", $$$"""{"features":{"{{{new string('n', name)}}}":"{{{new string('t', text)}}}"}}""");

        Assert.Equal(status, (int)response.StatusCode);
    }

    [Theory]
    [InlineData("GET", "/v1/models/nobody")]
    [InlineData("DELETE", "/v1/models/nobody")]
    [InlineData("GET", "/v1/models/nobody/metrics")]
    [InlineData("GET", "/v1/streams/nobody")]
    [InlineData("GET", "/v1/streams/nobody/tasks")]
    [InlineData("GET", "/v1/admin/models/nobody/snapshots")]
    [InlineData("GET", "/v1/admin/models/vector/snapshots/9")]
    [InlineData("GET", "/v1/admin/models/vector/snapshots/first")]
    [InlineData("POST", "/v1/admin/models/vector/snapshots/9:restore")]
    [InlineData("GET", "/v1/admin/models/nobody/history")]
    [InlineData("DELETE", "/v1/admin/keys/nobody")]
    [InlineData("GET", "/v2/nothing")]
    public async Task What_is_not_there_is_404(string method, string path)
    {
        var response = await _service.Client().SendAsync(new HttpRequestMessage(new HttpMethod(method), path), Calls.Stop);

        await response.AsProblemAsync(HttpStatusCode.NotFound, ProblemTypes.NotFound);
    }

    [Fact]
    public async Task Calls_to_an_unknown_model_are_404()
    {
        var client = _service.Client();

        await (await client.PostJsonAsync("/v1/models/nobody/learn", "{}")).AsProblemAsync(HttpStatusCode.NotFound, ProblemTypes.NotFound);
        await (await client.PostJsonAsync("/v1/models/nobody/predict", "{}")).AsProblemAsync(HttpStatusCode.NotFound, ProblemTypes.NotFound);
        await (await client.PostRawAsync("/v1/models/nobody/stream", [], "application/x-ndjson")).AsProblemAsync(HttpStatusCode.NotFound, ProblemTypes.NotFound);
        await (await client.PostJsonAsync("/v1/models/vector/predict?version=9", """{"features":[1,2,3,4]}""")).AsProblemAsync(HttpStatusCode.NotFound, ProblemTypes.NotFound);
    }

    [Fact]
    public async Task A_method_or_media_type_that_is_not_spoken_is_a_problem_too()
    {
        var client = _service.Client();

        await (await client.PatchAsync("/v1/models/vector", null, Calls.Stop)).AsProblemAsync(HttpStatusCode.MethodNotAllowed, ProblemTypes.NotSupported);
        await (await client.PostRawAsync("/v1/models/vector/learn", [1], "text/plain")).AsProblemAsync(HttpStatusCode.UnsupportedMediaType, ProblemTypes.NotSupported);
        await (await client.PostRawAsync("/v1/models/vector/stream", [1], "application/json")).AsProblemAsync(HttpStatusCode.UnsupportedMediaType, ProblemTypes.NotSupported);
        await (await client.SendAsync(new HttpRequestMessage(HttpMethod.Put, "/v1/models/new") { Content = new StringContent("{}") }, Calls.Stop)).AsProblemAsync(HttpStatusCode.UnsupportedMediaType, ProblemTypes.NotSupported);
    }

    [Fact]
    public async Task A_body_that_is_too_large_is_413()
    {
        var response = await _service.Client().PostJsonAsync("/v1/models/vector/learn", new string(' ', 100_001));

        await response.AsProblemAsync(HttpStatusCode.RequestEntityTooLarge, ProblemTypes.TooLarge);
    }

    [Fact]
    public async Task A_batch_that_is_too_long_is_refused()
    {
        var events = string.Join(',', Enumerable.Repeat("""{"features":[1,2,3,4]}""", 21));

        await (await _service.Client().PostJsonAsync("/v1/models/vector/learn", $$"""{"events":[{{events}}]}""")).AsInvalidAsync("events");
        Assert.Empty(_service.Host.Models["vector"].Learned);
    }

    [Theory]
    [InlineData("""{"preset":"classifier","colour":"red"}""", "colour")]
    [InlineData("""{"preset":7}""", "preset")]
    [InlineData("""{"input":{"kind":"cube"}}""", "input.kind")]
    [InlineData("""{"input":{"kind":"vector","size":"four"}}""", "input.size")]
    [InlineData("""{"input":{}}""", "input.kind")]
    [InlineData("""{"preset":"classifier",}""", "body")]
    [InlineData("", "body")]
    public async Task A_bad_spec_names_the_field(string body, string field) =>
        await (await _service.Client().SendJsonAsync(HttpMethod.Put, "/v1/models/new", body)).AsInvalidAsync(field);

    [Fact]
    public async Task A_bad_name_or_parameter_is_400()
    {
        var client = _service.Client();

        await (await client.SendJsonAsync(HttpMethod.Put, "/v1/models/-x", "{}")).AsInvalidAsync("model");
        await (await client.GetAsync("/v1/models?pageSize=0", Calls.Stop)).AsInvalidAsync("pageSize");
        await (await client.GetAsync("/v1/models?size=3", Calls.Stop)).AsInvalidAsync("size");
        await (await client.PostJsonAsync("/v1/models/vector/predict?asOf=x", "{}")).AsInvalidAsync("asOf");
        await (await client.PostJsonAsync("/v1/models/vector/predict?version=x", "{}")).AsInvalidAsync("version");
    }

    [Fact]
    public async Task Errors_of_the_host_become_their_problems()
    {
        var client = _service.Client();
        const string Event = """{"features":[1,2,3,4]}""";
        var lease = _service.Host.Models["vector"];

        lease.Fails = _ => new Api.Hosting.ProblemException(429, ProblemTypes.QueueFull, "Queue full", "full") { RetryAfter = TimeSpan.FromMilliseconds(200) };
        var full = await client.PostJsonAsync("/v1/models/vector/learn", Event);
        await full.AsProblemAsync(HttpStatusCode.TooManyRequests, ProblemTypes.QueueFull);
        Assert.Equal(TimeSpan.FromSeconds(1), full.Headers.RetryAfter?.Delta);

        lease.Fails = _ => new StoreUnavailableException("host=db;password=secret");
        var away = await client.PostJsonAsync("/v1/models/vector/learn", Event);
        var problem = await away.AsProblemAsync(HttpStatusCode.ServiceUnavailable, ProblemTypes.Unavailable);
        Assert.Equal(TimeSpan.FromSeconds(1), away.Headers.RetryAfter?.Delta);
        Assert.DoesNotContain("secret", problem.Detail, StringComparison.Ordinal);

        lease.Fails = _ => new FencedException("epoch");
        await (await client.PostJsonAsync("/v1/models/vector/learn", Event)).AsProblemAsync(HttpStatusCode.ServiceUnavailable, ProblemTypes.Fenced);

        lease.Fails = _ => new InvalidOperationException("inside");
        problem = await (await client.PostJsonAsync("/v1/models/vector/learn", Event)).AsProblemAsync(HttpStatusCode.InternalServerError, ProblemTypes.Internal);
        Assert.DoesNotContain("inside", problem.Detail, StringComparison.Ordinal);

        _service.Host.Fails = new SpecException([new SpecError("network.head", "does not fit")]);
        await (await client.SendJsonAsync(HttpMethod.Put, "/v1/models/new", "{}")).AsInvalidAsync("network.head");
    }
}
