namespace LifelongApi.Contracts.Models;

/// <summary>What a follower does when the paired test says that it is better than its stream's leader, and what happens when it is not after all.</summary>
public sealed record ChallengeSpec
{
    /// <summary>Most that the probability of a wrong promotion may be, however often the test is looked at, 10^-6 … 0.5. Default 0.01.</summary>
    public double Alpha { get; init; } = 0.01;

    /// <summary>Events that have to be compared first, 1 or more. Default 200.</summary>
    public long MinEvents { get; init; } = 200;

    /// <summary>Whether it is promoted by itself. Default true. A model that was demoted is not.</summary>
    public bool Promote { get; init; } = true;

    /// <summary>Whether, once it leads, the model that it took over from takes the lead back where the test says that it is better since then. Default true.</summary>
    public bool Rollback { get; init; } = true;
}
