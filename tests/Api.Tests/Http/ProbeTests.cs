using System.Net;
using System.Text;
using LifelongApi.Api.Tests.Fakes;
using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Problems;
using LifelongApi.Contracts.Streams;

namespace LifelongApi.Api.Tests.Http;

public sealed class ProbeTests : IDisposable
{
    private const string Good = """{"features":[1,2,3,4],"label":"a"}""";
    private readonly TestService _service = new(new() { ["Lifelong:ProbeRows"] = "3" });

    public void Dispose() => _service.Dispose();

    [Fact]
    public async Task Rows_come_as_one_object_or_line_by_line()
    {
        var client = _service.Client();
        var whole = await client.SendJsonAsync(HttpMethod.Put, Path("vector"), $$"""{"rows":[{{Good}},{"label":"b","task":"winter","eventId":"x","features":[0,0,0,1]}]}""");
        Assert.Equal(("vector", "winter", 2), Of(await whole.ReadAsync<ProbeInfo>()));
        Assert.Equal(["a", "b"], _service.Host.Probe!.Select(row => row.Label!));

        var lines = new StringContent($"{Good}\r\n\n{Good}\n{Good}", Encoding.UTF8, "application/x-ndjson");
        var answer = await client.PutAsync(Path("vector"), lines, Calls.Stop);
        Assert.Equal(3, (await answer.ReadAsync<ProbeInfo>()).RowCount);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(Path("vector"), Calls.Stop)).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await client.DeleteAsync(Path("vector"), Calls.Stop)).StatusCode);
    }

    [Theory]
    [InlineData("vector", """{"rows":[GOOD,{"features":[1,2],"label":"a"}]}""", "rows[1].features")]
    [InlineData("vector", """{"rows":[GOOD,{"features":[1,2,3,"x"],"label":"a"}]}""", "rows[1].features[3]")]
    [InlineData("vector", """{"rows":[GOOD,{"features":[1,2,3,4]}]}""", "rows[1].label")]
    [InlineData("vector", """{"rows":[GOOD,{"features":[1,2,3,4],"label":"a","task":"summer"}]}""", "rows[1].task")]
    [InlineData("vector", """{"rows":[GOOD,{"features":[1,2,3,4],"label":"a","subject":"ann"}]}""", "rows[1].subject")]
    [InlineData("vector", """{"rows":[GOOD,{"features":[1,2,3,4],"lable":"a"}]}""", "rows[1].lable")]
    [InlineData("vector", """{"rows":[GOOD,[1,2,3,4]]}""", "rows[1]")]
    [InlineData("vector", """{"rows":[GOOD,GOOD,GOOD,GOOD]}""", "rows")]
    [InlineData("vector", """{"rows":[GOOD],"rows":[GOOD]}""", "rows")]
    [InlineData("vector", """{"rows":[]}""", "rows")]
    [InlineData("vector", """{"rows":{}}""", "rows")]
    [InlineData("vector", "{}", "rows")]
    [InlineData("vector", """{"events":[GOOD]}""", "events")]
    [InlineData("vector", """{"rows":[GOOD""", "body")]
    [InlineData("vector", "", "body")]
    [InlineData("named", """{"rows":[{"features":{"fresh":1},"label":"a"},{"features":{"f":1e39},"label":"a"}]}""", "rows[1].features.f")]
    [InlineData("regressor", """{"rows":[{"features":[1,2,3,4],"target":[1,2]},{"features":[1,2,3,4]}]}""", "rows[1].target")]
    public async Task A_bad_row_is_refused_with_its_row_and_field_and_nothing_changes(string stream, string body, string field)
    {
        var response = await _service.Client().SendJsonAsync(HttpMethod.Put, Path(stream), body.Replace("GOOD", Good, StringComparison.Ordinal));

        await response.AsInvalidAsync(field);
        Assert.Null(_service.Host.Probe);
        Assert.Equal(-1, _service.Host.Models["named"].Dictionary.Find("fresh"u8));
    }

    [Theory]
    [InlineData("{\"features\":[1,2,3,4],\"label\":\"a\"}\n{oops}", "rows[1]")]
    [InlineData("{\"features\":[1,2,3,4],\"label\":\"a\"}\n{\"features\":[1,2,3,4]}", "rows[1].label")]
    [InlineData("{\"features\":[1,2,3,4],\"label\":\"a\"} {}", "rows[0]")]
    [InlineData(" \n\n", "rows")]
    public async Task A_bad_line_is_refused_in_the_same_words(string lines, string field)
    {
        var response = await _service.Client().PutAsync(Path("vector"), new StringContent(lines, Encoding.UTF8, "application/x-ndjson"), Calls.Stop);

        await response.AsInvalidAsync(field);
        Assert.Null(_service.Host.Probe);
    }

    [Fact]
    public async Task What_is_not_there_or_not_a_name_or_not_JSON_is_told()
    {
        var client = _service.Client();

        await (await client.SendJsonAsync(HttpMethod.Put, Path("nobody"), $$"""{"rows":[{{Good}}]}""")).AsProblemAsync(HttpStatusCode.NotFound, ProblemTypes.NotFound);
        await (await client.GetAsync(Path("vector"), Calls.Stop)).AsProblemAsync(HttpStatusCode.NotFound, ProblemTypes.NotFound);
        await (await client.DeleteAsync(Path("vector"), Calls.Stop)).AsProblemAsync(HttpStatusCode.NotFound, ProblemTypes.NotFound);
        await (await client.SendJsonAsync(HttpMethod.Put, "/v1/streams/vector/tasks/-x/probe", $$"""{"rows":[{{Good}}]}""")).AsInvalidAsync("task");
        var text = await client.PutAsync(Path("vector"), new StringContent("a,b", Encoding.UTF8, "text/csv"), Calls.Stop);
        await text.AsProblemAsync(HttpStatusCode.UnsupportedMediaType, ProblemTypes.NotSupported);
    }

    [Fact]
    public async Task The_matrix_is_part_of_the_metrics_unless_it_is_not_wanted()
    {
        var row = new ScenarioRow { Position = "1:7", Scores = [0.5, null] };
        _service.Host.Scenario = new ScenarioMetrics
        {
            Measure = "accuracy", Tasks = [], Untrained = [], Rows = [row], Now = row, AtLastEnd = new ScenarioSummary { AverageScore = 0.5 }, AtPresent = new ScenarioSummary(), Pending = 0,
        };
        var client = _service.Client();

        var with = await (await client.GetAsync("/v1/models/vector/metrics", Calls.Stop)).ReadAsync<ModelMetrics>();
        var without = await (await client.GetAsync("/v1/models/vector/metrics?scenario=false", Calls.Stop)).ReadAsync<ModelMetrics>();

        Assert.Equal([0.5, null], with.Scenario!.Rows[0].Scores);
        Assert.Null(without.Scenario);
        await (await client.GetAsync("/v1/models/vector/metrics?scenario=perhaps", Calls.Stop)).AsInvalidAsync("scenario");
    }

    private static string Path(string stream) => $"/v1/streams/{stream}/tasks/winter/probe";

    private static (string, string, int) Of(ProbeInfo probe) => (probe.Stream, probe.Task, probe.RowCount);
}
