using LifelongApi.Api.OpenApi;

namespace LifelongApi.Api.Events;

/// <summary>What the documentation says about listening.</summary>
internal static class EventsDescriptions
{
    public static OperationDescription Events { get; } = new("Listen", "Server-sent events for as long as the connection lasts: learned, drift, modulators, task, growth, sleep, version, restored. The id is the sequence in the stream; a client that comes back with Last-Event-ID hears what it missed out of the journal. A listener that is too slow is told dropped, with the range that it missed; the model never waits for it. A comment line is sent when nothing happens for a while.")
    {
        Parameters =
        [
            new("types", false, "What to be told, separated by commas. Default: everything.", "drift,task"),
            new("after", false, "Sequence after which to begin, 0 for everything. Default: from now on.", "4711"),
            new("Last-Event-ID", true, "The same, as browsers send it; it comes before after.", "4711"),
        ],
        Answers = [new(200, "Events, until the caller leaves or the model closes.", new DescribedContent(EventsApi.MediaType, null, "event: learned\nid: 18\ndata: {\"type\":\"learned\",\"sequence\":18,\"eventId\":\"order-17\",\"kind\":\"learned\",\"status\":\"learned\",\"prediction\":{\"label\":\"legitimate\",\"probability\":0.93},\"loss\":2.66}\n\nevent: task\nid: 19\ndata: {\"type\":\"task\",\"sequence\":19,\"task\":\"january\",\"change\":\"began\",\"cause\":\"given\"}\n\n"))],
        Problems = [400, 404],
    };
}
