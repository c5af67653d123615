using LifelongApi.Api.Hosting;
using LifelongApi.Api.Tests.Fakes;
using LifelongApi.Contracts.Events;

namespace LifelongApi.Api.Tests.Http;

public sealed class EventsCallTests : IDisposable
{
    private readonly TestService _service = new();

    public void Dispose() => _service.Dispose();

    [Fact]
    public async Task Events_are_written_as_the_standard_says_and_only_what_can_be_resumed_from_has_an_id()
    {
        var lease = _service.Host.Models["vector"];
        lease.Told.Add(new ToldEvent(new ModelEvent { Type = ModelEventType.Drift, Sequence = 7, Detectors = ["adwin"] }, null));
        lease.Told.Add(new ToldEvent(new ModelEvent { Type = ModelEventType.Learned, Sequence = 7, EventId = "a\nb", Loss = 0.5f }, 7));
        lease.Told.Add(new ToldEvent(null, null));
        lease.Told.Add(new ToldEvent(new ModelEvent { Type = ModelEventType.Dropped, Sequence = 12, From = 8, Count = 5 }, null));

        using var response = await _service.Client().GetAsync("/v1/models/vector/events?types=drift,learned&after=6", Calls.Stop);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        Assert.True(response.Headers.CacheControl!.NoCache);
        const string wanted =
            "event: drift\ndata: {\"type\":\"drift\",\"sequence\":7,\"detectors\":[\"adwin\"]}\n\n"
            + "event: learned\nid: 7\ndata: {\"type\":\"learned\",\"sequence\":7,\"eventId\":\"a\\nb\",\"loss\":0.5}\n\n"
            + ": nothing new\n\n"
            + "event: dropped\ndata: {\"type\":\"dropped\",\"sequence\":12,\"from\":8,\"count\":5}\n\n";
        Assert.Equal(wanted, await response.Content.ReadAsStringAsync(Calls.Stop));
        Assert.Equal(6, lease.Asked.After);
        Assert.Equal([ModelEventType.Drift, ModelEventType.Learned], lease.Asked.Types!.Order().Reverse());
    }

    [Fact]
    public async Task The_header_that_browsers_send_comes_before_the_query()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/models/vector/events?after=1");
        request.Headers.Add("Last-Event-ID", "17");
        using var response = await _service.Client().SendAsync(request, Calls.Stop);
        Assert.Equal((17L, null), (_service.Host.Models["vector"].Asked.After, _service.Host.Models["vector"].Asked.Types));
    }

    [Theory]
    [InlineData("types=drift,nothing", "types")]
    [InlineData("after=-1", "after")]
    [InlineData("since=1", "since")]
    public async Task What_cannot_be_asked_is_named(string query, string field) =>
        await (await _service.Client().GetAsync($"/v1/models/vector/events?{query}", Calls.Stop)).AsInvalidAsync(field);
}
