using LifelongApi.Api.OpenApi;
using LifelongApi.Contracts.Admin;
using static LifelongApi.Api.OpenApi.DescribedEndpoints;

namespace LifelongApi.Api.Sleep;

/// <summary>What the documentation says about sleep.</summary>
internal static class SleepDescriptions
{
    public static OperationDescription Sleep { get; } = new("Sleep now", "Journals slices of replay and consolidation, one after the other; events that arrive meanwhile come between them. A model sleeps by itself in quiet times where its spec says so.")
    {
        Parameters = [new("Idempotency-Key", true, "Id of the sleep: sent again, it sleeps no more.", "night-17")],
        Bodies = [Json<SleepRequest>("""{"slices":10}""")],
        BodyIsOptional = true,
        Answers = [Ok<SleepResult>("What it did.", """{"model":"fraud","slices":10,"consolidated":true,"position":"1:4721"}""")],
        Problems = [400, 404, 409, 413, 415, 429],
    };
}
