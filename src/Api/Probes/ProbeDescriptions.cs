using LifelongApi.Api.OpenApi;
using LifelongApi.Api.Requests;
using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Streams;
using static LifelongApi.Api.OpenApi.DescribedEndpoints;

namespace LifelongApi.Api.Probes;

/// <summary>What the documentation says about probe sets.</summary>
internal static class ProbeDescriptions
{
    private const string Row = """{"features":{"amount":12.5,"country":"DE"},"label":"fraud"}""";
    private const string Info = """{"stream":"fraud","task":"january","rowCount":1,"bytes":36,"hash":"sha256:9f2c","createdAt":"2026-03-01T12:00:00+00:00"}""";

    public static OperationDescription Put { get; } = new("Upload the probe set of a task", "Labelled rows that every model of the stream is asked after tasks end, and that are never learned: the columns of the accuracy matrix in the metrics. In the form of learn events; takes the place of the task's last probe set. The task need not have begun. Where any row is wrong, nothing changes.")
    {
        Bodies =
        [
            new(MediaTypes.Json, typeof(ProbeRequest), $$"""{"rows":[{{Row}}]}"""),
            new(MediaTypes.Rows, typeof(LearnEvent), Row + "\n"),
        ],
        Answers = [Ok<ProbeInfo>("The probe set, without its rows.", Info)],
        Problems = [400, 404, 409, 413, 415],
    };

    public static OperationDescription Get { get; } = new("Get the probe set of a task", "With its rows as they are kept.")
    {
        Answers = [Ok<ProbeInfo>("The probe set.", $$"""{{Info[..^1]}},"rows":[{{Row}}]}""")],
        Problems = [404],
    };

    public static OperationDescription Delete { get; } = new("Delete the probe set of a task", "With every score on it. A sample of the task's own events takes its place.")
    {
        Answers = [NoContent("It is gone.")],
        Problems = [404],
    };
}
