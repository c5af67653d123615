namespace LifelongApi.Contracts.Models;

/// <summary>Body of <c>PUT /v1/models/{model}</c>: a preset, or every part by hand.</summary>
public sealed record CreateModelRequest
{
    /// <summary><c>classifier</c>, <c>regressor</c>, <c>compact</c>, <c>classifier-large</c>, <c>analytic</c> or <c>anomaly</c>, optionally with a revision (<c>classifier@1</c>). Not together with <c>network</c>.</summary>
    public string? Preset { get; init; }

    /// <summary>What an event's features look like. Default with a preset: named features.</summary>
    public InputSpec? Input { get; init; }

    /// <summary>What is predicted. Default: a label for <c>classifier</c> and <c>compact</c>, one value for <c>regressor</c>, how unusual an event is for <c>anomaly</c>.</summary>
    public TargetSpec? Target { get; init; }

    /// <summary>Every part by hand. Not together with <c>preset</c>.</summary>
    public NetworkSpec? Network { get; init; }

    /// <summary>Seed of every keyed random draw. Default 1.</summary>
    public ulong? Seed { get; init; }

    /// <summary>When a learn call is acknowledged. Default <c>sync</c>.</summary>
    public Durability? Durability { get; init; }

    /// <summary>Class-balanced learning: examples of rare classes weigh more. Default: none.</summary>
    public BalanceSpec? Balance { get; init; }

    /// <summary>Probability of the most probable class below which the model abstains, above 0 and at most 1. Default: it never does.</summary>
    public float? AbstainBelow { get; init; }

    /// <summary>When the model sleeps by itself (replay and consolidation in quiet times). Default: only when asked to.</summary>
    public SleepSpec? Sleep { get; init; }

    /// <summary>What is learned where no label comes for a remembered prediction. Default: nothing.</summary>
    public FeedbackSpec? Feedback { get; init; }

    /// <summary>For a follower: when it takes the lead of its stream by itself. Default: only when asked to.</summary>
    public ChallengeSpec? Challenge { get; init; }

    /// <summary>Name of an existing stream to follow instead of leading one of the model's own name.</summary>
    public string? Follow { get; init; }

    /// <summary>Where a follower starts: <c>beginning</c> (default) or <c>now</c>.</summary>
    public FollowFrom? From { get; init; }
}

/// <summary>Where a follower starts in its stream.</summary>
public enum FollowFrom
{
    /// <summary>At the first event: the whole journal is replayed through the new model.</summary>
    Beginning,

    /// <summary>At the next event.</summary>
    Now,
}
