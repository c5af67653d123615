using LifelongApi.Api.OpenApi;
using LifelongApi.Contracts.Models;
using static LifelongApi.Api.OpenApi.DescribedEndpoints;

namespace LifelongApi.Api.Followers;

/// <summary>What the documentation says about followers.</summary>
internal static class FollowerDescriptions
{
    public static OperationDescription Compare { get; } = new("Compare with the leader", "A follower beside the leader of its stream, on the same events, by answers given before learning. The test may be looked at after every event: evidence of 1/α comes with a probability of at most α where there is no difference, however often one looks.")
    {
        Answers = [Ok<ComparisonInfo>("The comparison.", """{"challenger":"challenger","leader":"fraud","since":0,"sequence":4711,"pending":0,"events":4500,"measure":"error","leaderScore":0.08,"challengerScore":0.06,"difference":0.02,"differenceLow":0.011,"differenceHigh":0.029,"evidenceBetter":81234.5,"evidenceWorse":0.0004,"verdict":"better"}""")],
        Problems = [404, 409],
    };

    public static OperationDescription Promote { get; } = new("Promote", "The follower leads its stream from now on, and the leader follows: the same journal, the next sequence, duplicates by what the new leader has learned. Callers that arrive meanwhile are told to try again (503).")
    {
        Answers = [Ok<PromotionResult>("Who leads now.", """{"leader":"challenger","follower":"fraud","stream":"fraud","position":"2:4711"}""")],
        Problems = [404, 409],
    };
}
