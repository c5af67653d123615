namespace LifelongApi.Api.OpenApi;

/// <summary>Pieces of examples that several operations share.</summary>
internal static class Samples
{
    public const string Prediction = """{"label":"legitimate","probability":0.93,"probabilities":{"legitimate":0.93,"fraud":0.07}}""";

    public const string LearnResult = $$$"""{"status":"learned","eventId":"order-17","position":"1:18","sequence":18,"prediction":{{{Prediction}}},"loss":2.66,"plasticity":{"readout":0.0031},"modulators":{"acetylcholine":0.21,"noradrenaline":0},"protection":{"readout":0.12},"entityKnown":true}""";

    public const string Model = """{"name":"fraud","stream":"fraud","role":"leader","preset":"classifier@1","status":"open","lineage":1,"sequence":18,"version":1,"stateHash":"sha256:6f1c2c0b3a","stateBytes":262144,"classes":["legitimate","fraud"],"engine":"lifelong-1","createdAt":"2026-03-01T12:00:00+00:00"}""";

    public const string Snapshot = """{"version":3,"position":"1:4711","stateHash":"sha256:6f1c2c0b3a","bytes":262144,"newBytes":65536,"pinned":true,"cause":"snapshot","note":"before the holidays","createdAt":"2026-03-01T12:00:00+00:00"}""";

    public const string Stream = """{"name":"fraud","sequence":4711,"eventCount":4700,"currentTask":"january","epoch":2,"models":[{"name":"fraud","role":"leader","sequence":4711,"lag":0}],"createdAt":"2026-03-01T12:00:00+00:00"}""";

    /// <summary>One page that holds one row.</summary>
    public static string Page(string row) => $$"""{"items":[{{row}}],"nextPageToken":"ZnJhdWQ"}""";
}
